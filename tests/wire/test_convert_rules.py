"""Rules travel from the orchestrator to its experts unchanged, and whatever is no rule is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.policy import Policy
from aethel.profile import MAY_BE_REQUIRED, Bound, SecurityProfile
from aethel.rules import Cap, Rules
from aethel.runtime.faults import Reason, RequestFault
from aethel.text_types import TextType
from aethel.v1 import expert_pb2, intent_pb2
from aethel.wire.convert_rules import rules_from_proto, rules_to_proto

_NAMES = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=20)
_DIGITS = st.text("0123456789", min_size=1, max_size=30)
_AMOUNTS = st.one_of(_DIGITS, st.tuples(_DIGITS, _DIGITS).map(".".join))
_PATTERNS = st.one_of(_NAMES, _NAMES.map(".{}".format), st.tuples(_NAMES, _NAMES).map(".".join))
_ASSETS = st.text("abcXYZ_9", max_size=12).map("Tok{}".format)
_LISTS = st.lists(_NAMES, max_size=5).map(tuple)
_BOUNDS = st.tuples(st.integers(-99, 0), st.integers(1, 99)).map(lambda ends: Bound(str(ends[0]), f"{ends[1]}.5"))
_PROFILES = st.builds(
    SecurityProfile,
    st.lists(st.sampled_from(MAY_BE_REQUIRED)).map(tuple),
    *(_LISTS, _LISTS, _LISTS, _LISTS),
    st.dictionaries(_NAMES, _BOUNDS, max_size=5),
)
_RULES = st.builds(
    Rules,
    st.dictionaries(_NAMES, st.builds(Cap, _AMOUNTS, _AMOUNTS)),
    st.lists(_PATTERNS).map(tuple),
    st.dictionaries(_ASSETS, st.integers(0, 30)),
    st.builds(
        Policy,
        st.lists(st.integers(0, 99).map("G{:02}".format)).map(tuple),
        st.booleans(),
        st.dictionaries(_NAMES, st.integers(0, 10**9).map(str)),
    ),
    st.dictionaries(_NAMES, st.sampled_from(TextType)),
    _PROFILES,
    st.lists(_NAMES).map(tuple),
)


@given(_RULES)
def test_rules_survive_the_wire(rules: Rules) -> None:
    sent = expert_pb2.Rules.FromString(rules_to_proto(rules).SerializeToString())
    assert rules_from_proto(sent) == rules


def test_no_rules_allow_nothing() -> None:
    assert rules_from_proto(expert_pb2.ExpertServiceVerifyRequest().rules).is_empty()
    assert rules_from_proto(expert_pb2.Rules(issuance={"EUR": expert_pb2.IssuanceCap()})) == Rules({"EUR": Cap()})


@pytest.mark.parametrize(
    "message",
    [
        expert_pb2.Rules(issuance={"EUR": expert_pb2.IssuanceCap(mint="-1")}),
        expert_pb2.Rules(issuance={"": expert_pb2.IssuanceCap(mint="1")}),
        expert_pb2.Rules(writes=["a.b.c"]),
        expert_pb2.Rules(texts={"memo": "Prose"}),
        expert_pb2.Rules(ledger=expert_pb2.LedgerPolicy(required=["all"])),
        expert_pb2.Rules(ledger=expert_pb2.LedgerPolicy(rounding_tolerance={"EUR": "-1"})),
        expert_pb2.Rules(security=expert_pb2.SecurityProfile(required=["S01"])),
        expert_pb2.Rules(security=expert_pb2.SecurityProfile(bounds={"price": expert_pb2.ExternalBound(lowest="1")})),
        expert_pb2.Rules(assets={"EUR": 3}),
        expert_pb2.Rules(assets={"USDC": 31}),
        expert_pb2.Rules(known_payees=[" "]),
        expert_pb2.Rules(known_payees=["a\nb"]),
        expert_pb2.Rules(known_payees=["a" * 141]),
        expert_pb2.Rules.FromString(b"\xfa\x3e\x02no"),
        expert_pb2.Rules.FromString(
            expert_pb2.Rules(issuance={"EUR": expert_pb2.IssuanceCap.FromString(b"\xfa\x3e\x02no")}).SerializeToString()
        ),
    ],
)
def test_whatever_is_no_rule_is_refused(message: expert_pb2.Rules) -> None:
    with pytest.raises(RequestFault) as raised:
        rules_from_proto(message)
    assert raised.value.reason is Reason.INVALID_REQUEST


def test_a_callers_question_has_no_place_for_rules() -> None:
    """Else a caller could bring an authority of its own."""
    fields = {name.full_name for name in intent_pb2.Question.DESCRIPTOR.fields}
    types = {field.message_type.full_name for field in intent_pb2.Question.DESCRIPTOR.fields if field.message_type}
    assert "aethel.v1.Question.rules" not in fields
    assert "aethel.v1.Rules" not in types
