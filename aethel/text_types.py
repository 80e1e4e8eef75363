"""The types of text fields: what a text is for, and with that where it may go."""

from __future__ import annotations

from enum import Enum


class TextType(Enum):
    """What a field of text holds. The first three are written by people for people, the others go to one machine.

    NAME names somebody or something (a payee), REFERENCE is what somebody gives a payment to know it by (a memo, a
    code), FREE_TEXT is any prose. URL, PATH, SHELL, SQL, MARKUP and TEMPLATE are put into a text of that language.
    """

    NAME = "Name"
    REFERENCE = "Reference"
    FREE_TEXT = "FreeText"
    URL = "Url"
    PATH = "Path"
    SHELL = "Shell"
    SQL = "Sql"
    MARKUP = "Markup"
    TEMPLATE = "Template"


TYPES_BY_NAME = {type_.value: type_ for type_ in TextType}
"""As rules and messages spell them."""
