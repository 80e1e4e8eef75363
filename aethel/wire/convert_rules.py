"""The rules of a client to protobuf messages and back; they travel from an orchestrator to its experts only."""

from __future__ import annotations

from aethel.policy import Policy, PolicyError
from aethel.profile import Bound, ProfileError, SecurityProfile
from aethel.rules import Cap, Rules, RulesError, text_type
from aethel.runtime.faults import Reason, RequestFault
from aethel.v1 import expert_pb2


def rules_to_proto(rules: Rules) -> expert_pb2.Rules:
    """The message of rules."""
    return expert_pb2.Rules(
        issuance={asset: expert_pb2.IssuanceCap(mint=cap.mint, burn=cap.burn) for asset, cap in rules.issuance.items()},
        writes=rules.writes,
        assets=rules.assets,
        ledger=None
        if rules.ledger.is_strict()
        else expert_pb2.LedgerPolicy(
            required=rules.ledger.required,
            implicit_exchange=rules.ledger.implicit_exchange,
            rounding_tolerance=rules.ledger.rounding_tolerance,
        ),
        texts={name: type_.value for name, type_ in rules.texts.items()},
        security=None if rules.security.is_empty() else _profile_to_proto(rules.security),
        known_payees=rules.payees,
    )


def rules_from_proto(message: expert_pb2.Rules) -> Rules:
    """The rules of a message; raises `RequestFault` (INVALID_REQUEST) where it holds anything that is no rule.

    A field that this version does not know is refused too, since it may narrow what the others allow.
    """
    known = expert_pb2.Rules()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    if known.ByteSize() != message.ByteSize():
        raise _malformed("the rules have a field that this version of the contract does not know")
    try:
        return Rules(
            {asset: Cap(cap.mint or "0", cap.burn or "0") for asset, cap in message.issuance.items()},
            tuple(message.writes),
            dict(message.assets),
            Policy(
                tuple(message.ledger.required),
                message.ledger.implicit_exchange,
                dict(message.ledger.rounding_tolerance),
            ),
            {name: text_type(name, value) for name, value in message.texts.items()},
            _profile_from_proto(message.security),
            tuple(message.known_payees),
        )
    except (RulesError, PolicyError, ProfileError) as error:
        raise _malformed(f"the rules are none: {error}") from error


def _profile_to_proto(profile: SecurityProfile) -> expert_pb2.SecurityProfile:
    return expert_pb2.SecurityProfile(
        required=profile.required,
        principals=profile.principals,
        nonces=profile.nonces,
        expiries=profile.expiries,
        domains=profile.domains,
        bounds={
            name: expert_pb2.ExternalBound(lowest=bound.lowest, highest=bound.highest)
            for name, bound in profile.bounds.items()
        },
    )


def _profile_from_proto(message: expert_pb2.SecurityProfile) -> SecurityProfile:
    return SecurityProfile(
        tuple(message.required),
        tuple(message.principals),
        tuple(message.nonces),
        tuple(message.expiries),
        tuple(message.domains),
        {name: Bound(bound.lowest, bound.highest) for name, bound in message.bounds.items()},
    )


def _malformed(message: str) -> RequestFault:
    return RequestFault(Reason.INVALID_REQUEST, message)
