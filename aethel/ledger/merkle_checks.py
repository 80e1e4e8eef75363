"""Judges Merkle proofs, G24 to G28: what each shows, from which root, and whether its tree is what it seems."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

from aethel.ledger.checked import LISTED_NUMBERS, Checked, Judgement, run
from aethel.ledger.merkle import (
    RFC6962,
    SCHEMES,
    Scheme,
    Unproved,
    consistency_roots,
    inclusion_root,
)
from aethel.ledger.merkle_ics23 import SPECIFICATIONS, existence_root
from aethel.ledger.merkle_multiproof import update_roots
from aethel.ledger.merkle_reading import ProofReader, Trusted, read_roots, sizes
from aethel.ledger.wording import counted, quoted
from aethel.transaction import MerkleProof, TreeRoot
from aethel.verdict import Finding, ObligationResult, Outcome

PROOF_PARTS = 5_000
"""Hashes, fields, leaves, steps and roots of all proofs of one question together: judging them takes some 30 ms."""

CODES = ("G24", "G25", "G26", "G27", "G28")
"""The checks of this module, in their order of precedence."""

CODE_BY_OPERATION: Mapping[str, str] = MappingProxyType(
    {"inclusion": "G25", "existence": "G25", "consistency": "G26", "update": "G28"}
)
"""Which check decides each operation; one that is not here is put to G25, which leaves it open."""


def judge_proofs(proofs: Sequence[tuple[str, MerkleProof]], roots: Sequence[TreeRoot]) -> Judgement:
    """Runs G24 to G28 on proofs, each with the name it has in messages, against the roots that are trusted.

    Where no root is trusted, the one that comes with a proof is the caller's word and an assumption. A scheme or an
    operation that no check covers leaves its obligation open.
    """
    parts = sizes(proof for _, proof in proofs) + len(proofs) + len(roots)
    if parts > PROOF_PARTS:
        message = f"the proofs have {parts} hashes, fields, leaves, steps and roots, expected at most {PROOF_PARTS}"
        return Judgement(findings=(Finding("TOO_LARGE", message),), not_applicable=CODES)
    seen = _Seen(*read_roots(roots))
    for name, proof in proofs:
        _ProofCheck(seen, name, proof).look()
    judgement = run(PROOF_CHECKS, seen)
    return _left_open(replace(judgement, assumptions=tuple(dict.fromkeys(seen.assumptions))), seen.open)


@dataclass(slots=True)
class _Seen:
    """What all proofs show: sentences on what holds and findings, by code."""

    trusted: list[Trusted]
    faults: list[str]
    by_tree: dict[tuple[str, int | None], set[bytes]] = field(init=False)
    by_root: dict[bytes, Trusted] = field(init=False)
    shown: dict[str, list[str]] = field(default_factory=dict)
    findings: dict[str, list[Finding]] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)
    open: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_tree, self.by_root = {}, {}
        for each in self.trusted:
            if each.root:
                self.by_tree.setdefault((each.scheme, each.size), set()).add(each.root)
                self.by_root.setdefault(each.root, each)


class _ProofCheck:
    """Looks at one proof and adds what it shows to `seen`."""

    def __init__(self, seen: _Seen, name: str, proof: MerkleProof) -> None:
        self._seen = seen
        self._name = name
        self._proof = proof
        self._code = CODE_BY_OPERATION.get(proof.op, "G25")

    def look(self) -> None:
        scheme = SCHEMES.get(self._proof.scheme)
        specification = SPECIFICATIONS.get(self._proof.scheme)
        if scheme is not None and self._proof.op == "inclusion":
            self._inclusion(scheme)
        elif scheme is RFC6962 and self._proof.op == "consistency":
            self._consistency(scheme)
        elif scheme is not None and self._proof.op == "update":
            self._update(scheme)
        elif specification is not None and self._proof.op == "existence":
            self._existence()
        else:
            what = f"proof of {quoted(self._proof.op)} under {quoted(self._proof.scheme)}"
            self._seen.open.setdefault(self._code, f"no check of this version covers a {what}")

    def _inclusion(self, scheme: Scheme) -> None:
        reader = ProofReader(self._proof)
        index, size = reader.count("leaf_index"), reader.count("tree_size")
        content = reader.content_or_none("leaf")
        given = reader.hash("leaf_hash") if content is None else reader.hash_or_none("leaf_hash")
        root, path = reader.hash_or_none("root"), reader.hashes()
        if self._refused(reader) or self._too_deep(scheme, size):
            return
        leaf = self._leaf(scheme, content, given)
        base = self._base(root, size)
        if leaf is None or base is None:
            return
        found = inclusion_root(scheme, leaf, index, size, path)
        if self._reached(found, base, "root"):
            self._shows(f"leaf {index} of {size} is under root {base.hex()}")

    def _consistency(self, scheme: Scheme) -> None:
        reader = ProofReader(self._proof)
        first, second = reader.count("size1"), reader.count("size2")
        older, newer, path = reader.hash_or_none("root1"), reader.hash("root2"), reader.hashes()
        if self._refused(reader) or self._too_deep(scheme, max(first, second)):
            return
        base = self._base(older, first)
        if base is None:
            return
        if self._known(second) - {newer}:
            self._finds(self._code, f"another root is trusted for the tree of {second} leaves")
            return
        found = consistency_roots(scheme, first, second, base, path)
        if isinstance(found, Unproved):
            self._reached(found, base, "root1")
        elif self._reached(found[0], base, "root1") and self._reached(found[1], newer, "root2"):
            self._shows(f"the tree of {second} leaves under root {newer.hex()} continues the one of {first}")

    def _update(self, scheme: Scheme) -> None:
        reader = ProofReader(self._proof)
        size, root, after = reader.count("tree_size"), reader.hash_or_none("root"), reader.hash("post_root")
        leaves, path = reader.leaves(), reader.hashes()
        if self._refused(reader) or self._too_deep(scheme, size):
            return
        base = self._base(root, size)
        if base is None:
            return
        found = update_roots(scheme, size, leaves, path)
        if isinstance(found, Unproved):
            self._reached(found, base, "root")
        elif self._reached(found[0], base, "root") and self._reached(found[1], after, "post_root"):
            touched = counted(len(leaves), "leaf", "leaves")
            self._shows(f"{touched} of {size} changed take root {base.hex()} to {after.hex()}")
            self._assumes("touched leaves are what the hashes given for them stand for")

    def _existence(self) -> None:
        reader = ProofReader(self._proof)
        key, value, form = reader.content("key"), reader.content("value"), reader.leaf_form()
        root, steps = reader.hash_or_none("root"), reader.steps()
        if self._refused(reader):
            return
        base = self._base(root, None)
        if base is None:
            return
        found = existence_root(SPECIFICATIONS[self._proof.scheme], key, value, form, steps)
        if self._reached(found, base, "root"):
            self._shows(f"the value stands under key {quoted(key.hex())} and root {base.hex()}")

    def _leaf(self, scheme: Scheme, content: bytes | None, given: bytes | None) -> bytes | None:
        """The hash of the leaf, from its bytes where they are given; None after a finding."""
        if content is None:
            self._assumes("a leaf is what the hash given for it stands for")
            return given
        if len(content) == scheme.ambiguous_leaf_bytes:
            self._finds("G27", f"the leaf has {len(content)} bytes, which may be a node (CVE-2017-12842)")
            return None
        leaf = scheme.leaf(content)
        if given not in (None, leaf):
            self._finds("G27", f"the bytes of the leaf hash to {leaf.hex()}, expected its `leaf_hash`")
            return None
        return leaf

    def _base(self, claimed: bytes | None, size: int | None) -> bytes | None:
        """The root to start from: a trusted one wherever any is, else the caller's; None after a finding."""
        if not self._seen.trusted:
            if claimed is None:
                self._finds(self._code, "no root is given, neither a trusted one nor one with the proof")
            else:
                self._assumes("a root is as the caller gave it with the proof")
            return claimed
        known = self._known(size)
        if claimed in known:
            return claimed
        if claimed is None and len(known) == 1:
            return next(iter(known))
        pinned = None if claimed is None else self._seen.by_root.get(claimed)
        if pinned is not None and pinned.scheme != self._proof.scheme:
            message = f"the root is pinned to {quoted(pinned.scheme)}, the proof is under {quoted(self._proof.scheme)}"
            self._finds("G27", message)
        elif pinned is not None:
            leaves = "any number of" if pinned.size is None else pinned.size
            self._finds(self._code, f"the root is trusted for {leaves} leaves, the proof is about {size}")
        else:
            leaves = "" if size is None else f" of {size} leaves"
            which = "no root is given and" if claimed is None else "the root is not trusted:"
            count = counted(len(known), "trusted root is", "trusted roots are")
            self._finds(self._code, f"{which} {count} of such a tree{leaves}, expected one to start from")
        return None

    def _known(self, size: int | None) -> AbstractSet[bytes]:
        """The roots that are trusted for the proof's scheme and this size."""
        return self._seen.by_tree.get((self._proof.scheme, size), frozenset())

    def _refused(self, reader: ProofReader) -> bool:
        for fault in reader.faults:
            self._finds(self._code, fault)
        return bool(reader.faults)

    def _too_deep(self, scheme: Scheme, size: int) -> bool:
        if size > scheme.most_leaves:
            message = f"the tree has {size} leaves, expected at most {scheme.most_leaves} under `{scheme.name}`"
            self._finds("G27", message)
        return size > scheme.most_leaves

    def _reached(self, found: bytes | Unproved, expected: bytes, what: str) -> bool:
        """Whether the expected root was found; a pitfall is one only where the path leads to that root at all."""
        root = found.root or expected if isinstance(found, Unproved) else found
        if root != expected:
            numbers = (("computed", root.hex()), (what, expected.hex()))
            self._finds(self._code, f"the path leads to {root.hex()}, expected the {what}, {expected.hex()}", numbers)
        elif isinstance(found, Unproved):
            self._finds("G27" if found.pitfall else self._code, found.message)
        return found == expected

    def _shows(self, sentence: str) -> None:
        self._seen.shown.setdefault(self._code, []).append(self._named(sentence))
        self._seen.shown.setdefault("G27", []).append(
            self._named(f"hashed as {self._proof.scheme} hashes, no node or leaf being ambiguous")
        )

    def _finds(self, code: str, message: str, numbers: tuple[tuple[str, str], ...] = ()) -> None:
        self._seen.findings.setdefault(code, []).append(Finding(code, self._named(message), numbers=numbers))

    def _assumes(self, sentence: str) -> None:
        self._seen.assumptions.append(sentence)

    def _named(self, sentence: str) -> str:
        return f"{self._name}: {sentence}" if self._name else sentence


def _freshness(seen: _Seen) -> Checked | None:
    """G24: the verdict is bound to the roots that are trusted, each of which is one."""
    if not seen.trusted:
        return None
    findings = tuple(Finding("G24", fault) for fault in seen.faults)
    trace = tuple(
        ("trusted root", f"{quoted(each.scheme)} {'' if each.size is None else each.size} {each.root.hex()}")
        for each in seen.trusted[:LISTED_NUMBERS]
    )
    roots = counted(len(seen.trusted), "trusted root", "trusted roots")
    return Checked(f"bound to {roots}, under which every proof stands", findings, trace)


def _of_code(code: str, seen: _Seen) -> Checked | None:
    """G25 to G28: what the proofs show, and what is wrong with those that show nothing."""
    shown, findings = seen.shown.get(code, []), tuple(seen.findings.get(code, ()))
    if not shown and not findings:
        return None
    detail = shown[0] if len(shown) == 1 else f"{len(shown)} proofs hold"
    return Checked(detail, findings, tuple((code, each) for each in shown[:LISTED_NUMBERS] if len(shown) > 1))


PROOF_CHECKS: tuple[tuple[str, Callable[[_Seen], Checked | None]], ...] = (
    ("G24", _freshness),
    *((code, partial(_of_code, code)) for code in CODES[1:]),
)


def _left_open(judgement: Judgement, open_codes: Mapping[str, str]) -> Judgement:
    """The judgement with the obligations left open that nobody here can decide, unless they are refuted anyway."""
    if not open_codes:
        return judgement
    refuted = {result.id for result in judgement.obligations if result.outcome is Outcome.REFUTED}
    left = {code: why for code, why in open_codes.items() if code not in refuted}
    results = [result for result in judgement.obligations if result.id not in left]
    results += [ObligationResult(code, Outcome.UNMODELLED, detail=why) for code, why in left.items()]
    return replace(
        judgement,
        obligations=tuple(sorted(results, key=lambda result: result.id)),
        not_applicable=tuple(code for code in judgement.not_applicable if code not in left),
    )
