"""Whether a text leaves a shell's word and starts a command: read at every operator, then judged by its shape.

Wherever an operator stands there is a quoting context of the sink in which it is outside quotes: the bare one, or that
whose quote the text closes itself. So the text is read once, not once for each context, and commands start at each
operator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import chain

from aethel.security.breakout import Breakout
from aethel.security.classes import SecurityClass, Weakness
from aethel.security.shell_words import Command, Dialect, read_command
from aethel.security.sink_names import SinkNames, sink_names

_NAMED = r"(?P<name>[^\s;|&()`<>$]++)?"
# Written without classes, so that a search skips at once to a character that an operator begins with.
_OPERATOR = r"(?P<operator>\|\||&&|\|&|;|\||&|\n|\(|\)|`|\$\(\(?|<\(|>\()(?:[\s;|&()`{]|\$\{?IFS\}?(?:\$9)?)*+"
_START = re.compile(_OPERATOR + _NAMED)
_FIRST = re.compile(rf"(?:{_OPERATOR}|[\s'\"+]*+){_NAMED}")
# An operator with those behind it is one match, with or without a name, so that each character is matched once.
_ENCLOSED = frozenset({"$(", "`", "<(", ">("})
_LISTS = frozenset({";", "|", "||", "&&", "|&", "(", ")"})
_QUOTING = str.maketrans("", "", "'\"\\^")
_OPTION = re.compile(r"--[a-z][a-z0-9-]+(?:=.*)?$|-(?![\d.,]+$)[A-Za-z0-9]{1,5}$", re.DOTALL)
_SWITCH = re.compile(r"/[A-Za-z?]{1,8}(?::\S*)?$")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?$")
_NAME = re.compile(r"[a-z_][a-z0-9_.+-]*$")
_VARIABLE = re.compile(r"\$\{?([A-Z_]{2,16})\b|%([A-Z]{2,16})%")
_SPLIT = re.compile(r"(?<=[a-z])(?:''|\"\"|['\"\\^])(?=[a-z])")
_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,12}(?:[:,/]\S*)?$")
_EMPTY = re.compile(r"[A-Za-z]\$(?:[@*]|\(\)|\{[a-z]?\})[A-Za-z]|[a-z)]\s?<<<\s?['\"$]")
_EMPTY_SIGNS = ("$@", "$*", "$(", "${", "<<<")
_ENDED = re.compile(r"\s*(?:;|\|\|?|&&)[ \t]?[a-z]{2,12}\n\s*")
_BRACES = re.compile(r"\{([a-z]{2,12}),(?:-\w|[^\s{},]*/)[^\s{}]*\}")
_SIGNAL = re.compile(r"-\d{1,2}$")
_ASSIGNMENT = re.compile(r"[A-Z_]{2,32}=\S")
_MACHINE = re.compile(r"(?:[a-z]{1,16}=)?(?:\d{1,3}\.){3}\d{1,3}[ ;]?|[a-z]{1,16}=[\w.]{1,64}|\w{0,16}\*")
_LONGEST_LEFT = 96
_SHORT_LEFT = 3
_DEVICE = re.compile(r"[a-z]{2,5}\d{1,2}$")
_VERSION = re.compile(r"\d{1,2}(?:\.\d{1,2})*$")
_ARITHMETIC = re.compile(r"\$\(\(\s*\d+\s*[-+*/%]")
_DEFINITION = re.compile(r"\s*\(\)\s*\{")
_LONG_OPTION = re.compile(r"\s*-[a-z][A-Za-z]{2,30}=\S+\s*$|\s*--[a-z]{2,30}(?:-[a-z]{1,30}){0,6}(?:=\S*)?\s*$")
_EMBEDDED_OPTION = re.compile(r"--[a-z][a-z-]{1,30}=[`$'\"/]")
_FILE = re.compile(r"(?:.*[\\/].*|[\w-]+\.\w{1,5}|&\d|nul|NUL)$", re.DOTALL)
_SCRIPT_FILES = (".exe", ".bat", ".cmd", ".ps1", ".sh", ".vbs")
_OPTION_HINT = re.compile(r"\s--?[A-Za-z]")
_ATTEMPTS = 256
"""Commands that are read in full before the text counts as one: prose has no 256 programs behind operators."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A command and where it stands. `first`: only operators, blanks and a quote stand before it; `opens`: the
    text begins with its operator; `machine`: an address, an assignment or a pattern stands before it; `short`: two
    characters at most do; `freed`: a bracket
    that the text does not open closes before it; `hidden`: quoting stands inside its name.
    """

    operator: str
    name: str
    kind: str
    hidden: bool
    operands: tuple[str, ...]
    command: Command
    first: bool
    opens: bool
    machine: bool
    short: bool
    freed: bool
    tight: bool
    last: bool


def breakouts(text: str) -> Iterator[Breakout]:
    """The first command, substitution or expansion that a shell would run, or none; linear in the text."""
    names = sink_names()
    found = _of_whole(text, names)
    if found is not None:
        yield found
        return
    unknown = _OPTION_HINT.search(text) is not None and ("/" in text or ">" in text)
    attempts = 0
    # First all names, each once: most texts have none that a shell knows.
    first = _FIRST.match(text)
    assert first is not None, "what stands at the start of a text may be nothing"
    named = {name for _, name in _START.findall(text, first.end())} | {first["name"] or ""}
    kinds = {name: _kind(name) for name in named}
    if not unknown and not any(kinds.values()):
        return
    for start in chain((first,), _START.finditer(text, first.end())):
        word = start["name"]
        if word is None:
            continue
        kind = kinds[word]
        if not kind and not (unknown and _NAME.match(word)):
            continue
        attempts += 1
        reason = _reason(text, start, kind, names) if attempts < _ATTEMPTS else "a list of programs"
        if reason:
            yield _breakout(start.start(), start.end(), f"is read by a shell as {reason}")
            return


def _of_whole(text: str, names: SinkNames) -> Breakout | None:
    """What a shell does with a word before it looks for commands: options, function definitions, expansions."""
    found = _DEFINITION.match(text)
    if found is not None:
        return _breakout(0, found.end(), "is read by a POSIX shell as the definition of a function")
    if "-" in text:
        found = _LONG_OPTION.match(text) or (_EMBEDDED_OPTION.search(text) if "=" in text else None)
        if found is not None:
            return _breakout(found.start(), found.end(), "is read by a program as an option, not as a value")
    found = _ENDED.fullmatch(text) if "\n" in text else None
    if found is not None:
        return _breakout(0, found.end(), "is read by a shell as a command and the end of its line")
    found = _EMPTY.search(text) if any(sign in text for sign in _EMPTY_SIGNS) else None
    if found is not None:
        return _breakout(found.start(), found.end(), "is expanded by a shell inside a word")
    found = _BRACES.search(text) if "{" in text else None
    if found is not None and found.group(1) in names["shell.programs"] | names["shell.words"]:
        return _breakout(found.start(), found.end(), "is expanded by a shell to a command and its operands")
    if "$" not in text and "%" not in text:
        return None
    found = _ARITHMETIC.search(text)
    if found is not None:
        return _breakout(found.start(), found.end(), "is computed by a POSIX shell as an arithmetic expansion")
    for variable in _VARIABLE.finditer(text):
        known = variable.group(1) in names["shell.variables"] or variable.group(2) in names["shell.windows_variables"]
        # `$HOME improvement` is prose, `$HOME/x` is not.
        if known and not text[variable.end() : variable.end() + 2].strip().isalnum():
            return _breakout(variable.start(), variable.end(), "is read by a shell as one of its variables")
    return None


def _plain(word: str) -> str:
    """A word without its quotes, and without a comment sign at its end; an interpreter without its version."""
    name = word if word.isalnum() else word.translate(_QUOTING).removesuffix("#")
    base = _VERSION.sub("", name) if name[-1:].isdigit() else name
    return base if base in sink_names()["shell.versioned"] else name


def _is_hidden(word: str) -> bool:
    """Whether quotes or backslashes stand between the letters of a name, twice or more, as nobody writes a word."""
    return len(_SPLIT.findall(word)) > 1


_KEPT_LENGTH = 40
"""Characters of a word whose kind is kept: ordinary words come again, and what is kept stays small."""


def _kind(word: str) -> str:
    """What a command's first word names: a "program", a "word" that is one too, a "path", a "file", or "" (neither)."""
    return _kept_kind(word) if len(word) <= _KEPT_LENGTH else _new_kind(word)


@lru_cache(maxsize=8192)
def _kept_kind(word: str) -> str:
    return _new_kind(word)


def _new_kind(word: str) -> str:
    names = sink_names()
    name = _plain(word)
    if name in names["shell.programs"]:
        return "program"
    if name in names["shell.words"]:
        return "word"
    folded = name.lower()
    if folded in names["shell.windows"] or folded.removesuffix(".exe") in names["shell.windows"]:
        return "program"
    if folded in names["shell.windows_words"]:
        return "word"
    if "/" in name and _is_program_path(name, names):
        return "path"
    return "file" if name.endswith(_SCRIPT_FILES) and name.islower() else ""


def _reason(text: str, start: re.Match[str], kind: str, names: SinkNames) -> str:
    """What makes the shell run the command, or "" when the words are no command that anyone would mean."""
    operator = start.group("operator") or ""
    if kind in ("path", "file") and operator:
        return f"a program {kind}"
    call = _read(text, start, operator, kind, names)
    if call is None or (operator == "`" and call.command.terminator != "`"):
        return ""
    if not kind:
        likely = operator != "" and _evidence(call, names) > 3
        return f"a call of `{call.name}` with options and paths" if likely else ""
    return _known_reason(call, names)


def _read(text: str, start: re.Match[str], operator: str, kind: str, names: SinkNames) -> _Call | None:
    name = _plain(start.group("name"))
    windows = name.lower() in names["shell.windows"] or name.lower() in names["shell.windows_words"]
    command = read_command(text, start.start("name"), Dialect.CMD if windows else Dialect.POSIX)
    if not command.words:
        return None
    at = start.start()
    while at > 0 and text[at - 1] in " \t\r" and start.start() - at < 16:
        at -= 1
    between = text[start.start() - 1 : start.start()] + text[start.start() : start.start("name")]
    behind = text[command.end : command.end + 16].strip(";|&()#'\" \n`")
    return _Call(
        operator=operator,
        name=name,
        kind=kind,
        hidden=_is_hidden(start.group("name")),
        operands=_before_comment(command.words[1:]),
        command=command,
        first=at == 0 or text[at - 1] in "'\"",
        opens=at == 0 and operator not in ("", "(", ")"),
        machine=_MACHINE.fullmatch(text, 0, at) is not None if at < _LONGEST_LEFT else False,
        short=at < _SHORT_LEFT,
        freed=operator == ")" and text.count("(", 0, start.start("name")) < text.count(")", 0, start.start("name")),
        tight="".join(between.split()) == between,
        last=command.end >= len(text) or not behind,
    )


def _known_reason(call: _Call, names: SinkNames) -> str:
    """Why a call of a known program is meant as one."""
    evidence = _evidence(call, names)
    enclosed = call.operator in _ENCLOSED
    if not call.operator:
        return f"a call of `{call.name}`" if _is_whole_call(call, evidence, names) else ""
    if call.kind == "program":
        apart = len(call.operands) < 3 or call.operator in ("||", "&&", "|&")
        apart = apart or _has_subcommand(call, names)
        return f"a call of `{call.name}`" if enclosed or evidence or apart else ""
    if enclosed and (evidence or len(call.operands) < 1 + (call.name in names["shell.words"])):
        return f"a substitution of `{call.name}`"
    if evidence or _has_subcommand(call, names):
        return f"a call of `{call.name}` with operands"
    return f"a call of `{call.name}`" if _is_bare_call(call, names) else ""


def _is_whole_call(call: _Call, evidence: int, names: SinkNames) -> bool:
    """Whether the text starts with a command: there is no operator to say so, so its words must.

    Two telling operands' worth or one of each kind are enough; a name that means nothing else is by itself, or before
    the name of a host or a file; a short one is before an operator that ends the text.
    """
    operands = call.operands
    if call.kind in ("path", "file"):
        return any(map(_OPTION.match, operands[:2]))
    if evidence > 1 or call.hidden:
        return True
    if call.name.lower() in names["shell.lone"]:
        known = names.pairs["shell.subcommands"].get(call.name.lower(), frozenset())
        telling = operands[:1] and (operands[0] in known or _HOST.match(operands[0]) or _DEVICE.match(operands[0]))
        return (
            not operands
            or bool(telling)
            or _has_subcommand(call, names)
            or call.command.terminator in ("|", "||", "&&", ";")
        )
    if not call.last or not call.name.islower():
        return False
    if not operands:
        return call.command.terminator == "|" or (
            call.name in names["shell.terse"] and call.command.terminator in ("||", "&&")
        )
    if len(operands) == 1:
        if call.name in names["shell.delays"] and operands[0].isdigit():
            return True
        return operands[0].lower() in names.pairs["shell.whole"].get(call.name, frozenset())
    return call.kind == "program" and len(operands) < 3 and _HOST.match(operands[0]) is not None


def _is_bare_call(call: _Call, names: SinkNames) -> bool:
    """Whether a short name alone is a command: `a;id` and `\\nid\\n` are, `dog & cat` and `name | id | sum` are not."""
    terse = call.name in names["shell.terse"]
    if call.operator in ("|", "||") and call.last and call.name == "sh":
        return True
    if call.last and call.name.islower() and len(call.operands) < 2:
        apart = call.operator in _LISTS and call.tight and (call.first or call.short)
        if apart or ((call.opens or call.machine) and (call.operator not in ("&", "\n") or not call.operands)):
            return True
    if call.operands:
        number = len(call.operands) < 3 and all(operand.lstrip("-").isdigit() for operand in call.operands)
        if number and call.name in names["shell.numeric"]:
            return True
        return terse and call.first and call.operator in _LISTS and len(call.operands) == 1
    if call.freed and terse and call.last:
        return True
    if not call.name.islower() or (call.name in names["shell.windows_words"] and not terse):
        return False
    if call.operator in ("&", "\n"):
        return call.first and (terse or call.command.terminator not in ("", "(", ")"))
    # `ref;date` is a list of fields, `a;date` is not.
    last = call.last and (call.first or (call.tight and call.short))
    return call.operator in _LISTS and (last or (terse and (call.first or (call.tight and call.last))))


def _has_subcommand(call: _Call, names: SinkNames) -> bool:
    known = names.pairs["shell.subcommands"].get(call.name.lower(), frozenset())
    operands = call.operands
    if len(operands) == 1 and operands[0] in names.pairs["shell.whole"].get(call.name, frozenset()):
        return True
    return bool(operands) and operands[0].lower() in known and len(operands) < 7 and (call.opens or len(operands) != 2)


def _before_comment(operands: tuple[str, ...]) -> tuple[str, ...]:
    return next((operands[:index] for index, operand in enumerate(operands) if operand.startswith("#")), operands)


def _evidence(call: _Call, names: SinkNames) -> int:
    """How much the operands look like a program's: 2 for each kind that prose does not have, 1 for quotes."""
    kinds: set[str] = set()
    for operand in call.operands[:16]:
        if _OPTION.match(operand) or (call.name in names["shell.numeric"] and _SIGNAL.match(operand)):
            kinds.add("option")
        elif _SWITCH.match(operand):
            kinds.add("switch")
        elif _is_place(operand, names):
            kinds.add("place")
    if any(_FILE.match(target) for target in call.command.redirects):
        kinds.add("redirection")
    return 2 * len(kinds) + call.command.quoted


def _is_place(operand: str, names: SinkNames) -> bool:
    """Whether an operand is an address, a variable, a pattern of files or a path, not words with a slash between."""
    if operand in ("..", "*", "/") or operand.startswith(("*.", "./", "../", "~/", "/.")) or "://" in operand:
        return True
    if operand.startswith(("HKLM", "HKCU", "HKCR", "HKEY_")):
        return True
    if _ASSIGNMENT.match(operand) or _DRIVE.match(operand) or _ADDRESS.match(operand) or _VARIABLE.match(operand):
        return True
    if not operand.startswith("/"):
        return operand.split("/", 1)[0].split("\\", 1)[0] in names["path.roots"] and ("/" in operand or "\\" in operand)
    first = operand[1:].split("/", 1)
    return first[0] in names["path.roots"] or (len(first) > 1 and first[0].islower())


def _is_program_path(word: str, names: SinkNames) -> bool:
    parts = word.split("/", 3)
    return len(parts) > 2 and parts[0] in ("", "~") and parts[1] in names["path.roots"] and parts[2] != ""


def _breakout(start: int, end: int, what: str) -> Breakout:
    return Breakout(
        SecurityClass.BREAKOUT,
        start,
        end,
        what,
        "leave out the characters by which a shell ends a word, or pass the text as one argument without a shell",
        Weakness.COMMAND_INJECTION,
        Decimal("0.98"),
    )
