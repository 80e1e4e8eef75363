"""The stand-alone checker: what it needs, which bytes it takes, and that no file keeps or breaks it."""

import ast
import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

import certificate_checker
from certificate_checker import Refused, check
from tests.prover.asking import PAY
from tests.prover.certificate.files import SPECIAL, certified, opened, signed, single_files
from tests.tools import REPOSITORY

CHECKER = REPOSITORY / "certificate_checker.py"

SMALL = certified(SPECIAL[0])

Document = dict[str, Any]
Change = Callable[[Document], object]


def is_refused(data: bytes) -> bool:
    try:
        check(data)
    except Refused:
        return True
    return False


def changed(change: Change, data: bytes = SMALL) -> bytes:
    """The file after a change of its document, with a checksum that fits."""
    document = copy.deepcopy(opened(data))
    change(document)
    return signed(document)


def program(document: Document) -> Document:
    found: Document = document["programs"][0]
    return found


def obligation(document: Document) -> Document:
    found: Document = program(document)["obligations"][0]
    return found


def test_it_imports_the_standard_library_alone() -> None:
    tree = ast.parse(CHECKER.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named = {alias.name for node in imports for alias in node.names} | {node.module or "" for node in froms}
    assert named
    assert {name.partition(".")[0] for name in named} <= sys.stdlib_module_names


def test_it_has_no_floats_and_evaluates_no_text() -> None:
    tree = ast.parse(CHECKER.read_text(encoding="utf-8"))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"eval", "exec", "compile", "float", "__import__"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The checker as a stranger runs it: isolated, elsewhere, without installed packages."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(CHECKER), *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_stranger_runs_it_from_another_folder(tmp_path: Path) -> None:
    (tmp_path / "pay.certificate").write_bytes(certified(PAY))
    done = run(tmp_path, "pay.certificate")
    assert done.returncode == 0
    assert "pay: solvent.sender_balance holds" in done.stdout.splitlines()
    assert "pay: non_vacuous can hold" in done.stdout.splitlines()


def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "pay.certificate").write_bytes(certified(PAY).replace(b'"pay"', b'"pax"'))
    done = run(tmp_path, "pay.certificate")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "refused: the checksum does not fit the file\n"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path, "absent").returncode == 1


@pytest.mark.parametrize("arguments", [(), ("a", "b")])
def test_wrong_usage_is_told_apart(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage:")


def test_every_changed_bit_is_refused() -> None:
    assert not is_refused(SMALL)
    for place in range(len(SMALL)):
        for bit in range(8):
            data = bytearray(SMALL)
            data[place] ^= 1 << bit
            assert is_refused(bytes(data)), (place, bit)


@pytest.mark.full
@pytest.mark.timeout(300)
def test_every_changed_byte_is_refused() -> None:
    for place in range(len(SMALL)):
        for byte in set(range(256)) - {SMALL[place]}:
            assert is_refused(SMALL[:place] + bytes([byte]) + SMALL[place + 1 :]), (place, byte)


def test_sampled_changes_of_other_files_are_refused() -> None:
    random = Random(1)
    for data in (certified(PAY), *single_files()[::20]):
        for _ in range(60):
            place = random.randrange(len(data))
            kept, byte = random.choice([0, 1, 1, 2]), bytes([random.randrange(256)])
            other = data[:place] + byte + data[place + kept :]
            assert other == data or is_refused(other), (place, byte)


@pytest.mark.parametrize(
    "rewritten",
    [
        SMALL.rstrip(b"\n"),
        SMALL + b"\n",
        b" " + SMALL,
        SMALL.replace(b":", b": ", 1),
        b"\xef\xbb\xbf" + SMALL,
        SMALL.replace(b"parity", b"p\\u0061rity"),
        json.dumps(opened(SMALL), indent=1).encode() + b"\n",
        json.dumps(dict(reversed(opened(SMALL).items())), separators=(",", ":")).encode() + b"\n",
        SMALL.replace(b'{"checksum"', b'{"checksum":"","checksum"'),
    ],
)
def test_another_way_to_write_the_same_is_refused(rewritten: bytes) -> None:
    assert rewritten != SMALL
    assert is_refused(rewritten)


@pytest.mark.parametrize(
    "number", [b"-0", b"0.0", b"1e0", b"NaN", b"Infinity", b"1E400", b"9" * 5000, b"true", b"null"]
)
def test_only_plain_whole_numbers_are_numbers(number: bytes) -> None:
    data = changed(lambda document: program(document)["terms"].insert(0, ["integer", 7777]))
    assert data.count(b"7777") == 1
    assert is_refused(data.replace(b"7777", number))


def terms(*added: list[object]) -> Change:
    """Replace the terms; proofs and assumptions no longer matter where these are refused."""
    return lambda document: program(document).__setitem__("terms", list(added))


def proof(*steps: object) -> Change:
    return lambda document: obligation(document).__setitem__("proof", list(steps))


def nested(depth: int, opening: bytes, closing: bytes) -> bytes:
    return opening * depth + closing * depth


SQUARES: list[list[object]] = [["variable", 0], *(["*", place, place] for place in range(40))]
DOUBLES: list[list[object]] = [["integer", 10**4000], *(["*", place, place] for place in range(40))]
PRIMES = [["fraction", 1, 10**4000 + odd] for odd in range(1, 400, 2)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "canonical JSON"),
        (b"null\n", "fields"),
        (nested(200_000, b"[", b"]"), "canonical JSON"),
        (nested(200_000, b'{"a":', b"}"), "canonical JSON"),
        (b"x" * (certificate_checker.MAXIMUM_BYTES + 1), "bytes"),
        (changed(lambda document: document.__setitem__("more", 1)), "fields"),
        (changed(lambda document: document.__setitem__("format", "aethel-certificate/2")), "format"),
        (changed(lambda document: document.__setitem__("programs", [])), "obligations"),
        (changed(lambda document: document["programs"].append(document["programs"][0])), "each once"),
        (changed(lambda document: obligation(document).__setitem__("kind", "lemma")), "kind"),
        (changed(lambda document: obligation(document).__setitem__("kind", ["post"])), "kind"),
        (changed(lambda document: obligation(document).__setitem__("claim", 10**9)), "claim"),
        (changed(lambda document: obligation(document).__setitem__("claim", -1)), "claim"),
        (changed(lambda document: obligation(document).__setitem__("claim", 0)), "claim"),
        (changed(terms(["variable", 0], ["not", 0])), "not a term"),
        (changed(terms(["+", 0])), "wrong arguments"),
        (changed(terms(["variable", 99])), "not a term"),
        (changed(terms([["variable"], 0])), "expected a text"),
        (changed(terms(["fraction", 2, 4])), "not a term"),
        (changed(terms(["fraction", 1, 0])), "not a term"),
        (changed(terms(["integer", True])), "wrong arguments"),
        (changed(terms(*SQUARES)), "too large a polynomial"),
        (changed(terms(*DOUBLES)), "too long"),
        (changed(terms(*PRIMES, ["+", *range(len(PRIMES))])), "too long"),
        (changed(proof()), "ends before"),
        (changed(proof(["case", 4], ["case", 4])), "ends before"),
        (changed(proof(["clash", 0])), "does not end"),
        (changed(proof(["farkas", []])), "does not end"),
        (changed(proof(["farkas", [[1, "row", 0]]])), "no step has added"),
        (changed(proof(["farkas", [[1, ["row"], 0]]])), "expected a text"),
        (changed(proof(["farkas", [["1", "true", 4]]])), "whole number"),
        (changed(proof(["farkas", [[1, "below", 4]]])), "gives no row"),
        (changed(proof(["differ", 4])), "no step"),
        (changed(proof(["split", 1, [[1, 10**6]]])), "does not exist"),
        (changed(proof(["split", True, [[1, 0]]])), "whole number"),
        (changed(proof(["lemma", 4])), "no step"),
        (changed(proof([])), "no step"),
        (changed(proof(7)), "a step must be a list"),
    ],
)
def test_a_hostile_file_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        check(data)


@pytest.mark.parametrize(
    "change",
    [
        terms(["variable", 0], *(["*", 0, 0] for _ in range(3_000))),
        proof(*(["case", 4] for _ in range(3_000))),
        proof(*(["cut", [[1, "true", 4]] * 20] for _ in range(200))),
    ],
)
def test_a_file_that_is_much_work_is_given_up(change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_checker, "MAXIMUM_WORK", 5_000)
    with pytest.raises(Refused, match="too much work"):
        check(changed(change))


def test_a_file_of_many_terms_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_checker, "MAXIMUM_STORED", 1_000)
    with pytest.raises(Refused, match="too many"):
        check(changed(terms(*(["integer", number] for number in range(1_001)))))


def test_garbled_documents_are_refused_and_never_break_it() -> None:
    random = Random(2)
    kinds = [None, True, -1, 0, 1, 2, 10**30, "", "true", "+", [], [0], {}, {"id": 1}]
    for data in single_files()[::6]:
        for _ in range(40):
            document = opened(data)
            place, key = random.choice(list(places(document)))
            place[key] = random.choice(kinds)
            is_refused(signed(document))


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document where something stands."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [found for key in keys for found in ((value, key), *places(value[key]))]
