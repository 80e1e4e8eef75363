"""`aethel scan`: what hides in intents and in lines of text, for people, programs and pipelines."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import FormatChecker
from jsonschema.validators import validator_for

from aethel.cli.exits import ExitCode
from aethel.security.catalogue import CATALOGUE
from tests.cli.command import EXAMPLES, Command
from tests.tools import node_modules

PAYEES = "Müller Москва GmbH\r\nCАRTER LTD\n\nPay\u200bPal\nCoca-Co1a\n"
KNOWN = '[default]\npayees = ["Coca-Cola"]\n'
HOSTILE = (EXAMPLES / "payment.ae").read_text().replace("guard {", 'guard { memo == "PayP\u0430l"; // \u202e\n', 1)


@pytest.fixture
def payees(tmp_path: Path) -> Path:
    file = tmp_path / "payees of today.txt"
    file.write_text(PAYEES, "utf-8", newline="")
    return file


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "rules.toml"
    file.write_text(KNOWN, "utf-8")
    return file


def test_an_ordinary_intent_is_clean(aethel: Command) -> None:
    done = aethel("scan", EXAMPLES / "payment.ae")
    assert done.code == ExitCode.FINE
    assert done.out == f"{EXAMPLES / 'payment.ae'}: clean\n"


def test_a_finding_is_shown_with_place_weakness_impact_and_advice(aethel: Command, payees: Path) -> None:
    done = aethel("scan", "--text", "--type", "Name", payees)
    assert done.code == ExitCode.FAILED
    assert "finding S04: 2:2: U+0410 CYRILLIC CAPITAL LETTER A in a name stands among Latin letters" in done.out
    assert "(CWE-1007, impact high)" in done.out
    assert "2 | CАRTER LTD\n      |  ^\n" in done.out
    assert "advice: write each word in the letters of one script" in done.out
    assert "finding S03: 4:4: U+200B ZERO WIDTH SPACE" in done.out


def test_known_payees_come_with_the_rules(aethel: Command, payees: Path, rules: Path) -> None:
    done = aethel("scan", "--text", "--type", "Name", "--rules", rules, payees)
    assert "5:1: the text is drawn like the known payee `Coca-Cola` and is another name" in done.out


def test_a_program_reads_one_object_for_each_file(aethel: Command, payees: Path) -> None:
    done = aethel("scan", "--json", "--text", "--type", "Name", "-", payees, stdin="Łódź\n")
    clean, refused = done.rows
    assert clean == {"file": "-", "is_refused": False, "undecided": [], "findings": []}
    assert refused["is_refused"] is True
    found = refused["findings"]
    assert isinstance(found, list)
    assert [(one["code"], one["impact"], one["cwe"], one["confidence"]) for one in found] == [
        ("S04", "HIGH", 1007, 1.0),
        ("S03", "HIGH", 1007, 1.0),
    ]
    assert found[0]["span"] == {"start": 21, "end": 22, "line": 2, "column": 2}


def test_advice_alone_is_clean(aethel: Command) -> None:
    done = aethel("scan", "--text", "--type", "Name", "-", stdin="Яndex\n")
    assert done.code == ExitCode.FINE
    assert "advice S04" in done.out


def test_a_text_that_is_no_intent_is_not_decided(aethel: Command) -> None:
    done = aethel("scan", "-", stdin="pay everybody")
    assert done.code == ExitCode.UNCERTAIN
    assert done.out.startswith("-: not decided\nthe text could not be read: 1:1: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--text", "-"],
        ["--type", "Name", "-"],
        ["--text", "--type", "Poem", "-"],
        ["--json", "--sarif", "-"],
        ["no such file"],
        [],
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(aethel: Command, arguments: list[str]) -> None:
    assert aethel("scan", *arguments).code == ExitCode.USAGE


def sarif(done_json: dict[str, object]) -> dict[str, Any]:
    runs = done_json["runs"]
    assert isinstance(runs, list)
    (run,) = runs
    assert isinstance(run, dict)
    return run


def test_sarif_results_have_rule_level_region_and_taxa(aethel: Command, payees: Path) -> None:
    done = aethel("scan", "--sarif", "--text", "--type", "Name", payees)
    assert done.code == ExitCode.FAILED
    run = sarif(done.json)
    first, second = run["results"]
    assert (first["ruleId"], second["ruleId"]) == ("S04", "S03")
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == "S04"
    assert first["level"] == "error"
    assert first["properties"] == {"confidence": 1.0, "impact": "HIGH"}
    assert first["taxa"] == [{"id": "1007", "toolComponent": {"name": "CWE", "index": 0}}]
    place = first["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 2, "startColumn": 2, "endLine": 2, "endColumn": 3}
    assert place["artifactLocation"]["uri"].startswith("file:///")
    assert place["artifactLocation"]["uri"].endswith("payees%20of%20today.txt")


def test_sarif_describes_every_class_and_every_weakness(aethel: Command) -> None:
    run = sarif(aethel("scan", "--sarif", EXAMPLES / "payment.ae").json)
    assert run["results"] == []
    described = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in described] == [each.class_.value for each in CATALOGUE]
    taxa = {taxon["id"] for taxon in run["taxonomies"][0]["taxa"]}
    related = {each["target"]["id"] for rule in described for each in rule["relationships"]}
    assert related == taxa


def test_sarif_says_what_is_not_decided(aethel: Command) -> None:
    done = aethel("scan", "--sarif", "-", stdin="pay everybody")
    assert done.code == ExitCode.UNCERTAIN
    (note,) = sarif(done.json)["invocations"][0]["toolExecutionNotifications"]
    assert note["level"] == "warning"
    assert "could not be read" in note["message"]["text"]


@pytest.mark.parametrize("text", ["pay everybody", HOSTILE, "Ренt \udcff".encode("utf-8", "surrogateescape")])
def test_a_log_is_valid_by_the_published_schema(aethel: Command, payees: Path, text: str | bytes) -> None:
    package = node_modules("@microsoft/jest-sarif") / "@microsoft/jest-sarif"
    schema = json.loads((package / "lib/schemas/sarif-2.1.0-rtm.5.json").read_text("utf-8"))
    validator = validator_for(schema)(schema, format_checker=FormatChecker())
    for done in (
        aethel("scan", "--sarif", "-", stdin=text),
        aethel("scan", "--sarif", "--text", "--type", "Name", payees, "-", stdin=text),
    ):
        assert [error.message for error in validator.iter_errors(done.json)] == []
