"""Every route answers what the mesh answers, as JSON that the document describes."""

import json
import time
from typing import Any

import jsonschema
import pytest

from services.http_face.description import OPERATIONS, openapi
from tests.http_face.conftest import RunningFace
from tests.tools import REPOSITORY

pytestmark = pytest.mark.asyncio(loop_scope="session")

INTENT = (REPOSITORY / "examples" / "payment.ae").read_text(encoding="utf-8")
PAYMENT = json.loads((REPOSITORY / "examples" / "formats" / "x402.json").read_text(encoding="utf-8"))
MOVED = {
    "postings": [
        {"account": "cash", "amount": "-10", "commodity": "EUR"},
        {"account": "sales", "amount": "10", "commodity": "EUR"},
    ],
    "states": [{"account": "cash", "commodity": "EUR", "balance": "100", "lower": "0", "version": "1"}],
}


def row(name: str, **more: object) -> dict[str, object]:
    return {"id": name, "intent": INTENT, "args": {"amount": 10}, **more}


def valid(schema: str, value: object) -> None:
    """Raise unless a value is what the document says."""
    components = openapi()["components"]
    whole = {"$ref": f"#/components/schemas/{schema}", "components": components}
    jsonschema.Draft202012Validator(whole).validate(value)


async def posted(face: RunningFace, path: str, value: object, schema: str, **headers: str) -> Any:
    response = await face.client.post(path, json=value, headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    valid(schema, response.json())
    return response.json()


async def test_a_row_is_verified(face: RunningFace) -> None:
    answer = await posted(face, "/api/v1/verify", row("verify-1"), "Result")
    assert (answer["id"], answer["consensus"]) == ("verify-1", "APPROVED")


async def test_a_row_that_must_not_execute_is_rejected_with_its_evidence(face: RunningFace) -> None:
    unbalanced = {**MOVED, "postings": [MOVED["postings"][0], {**MOVED["postings"][1], "amount": "11"}]}
    answer = await posted(face, "/api/v1/verify", {"id": "verify-2", "transaction": unbalanced}, "Result")
    assert answer["consensus"] == "REJECTED"
    assert any(verdict["findings"] for verdict in answer["experts"].values())


async def test_a_batch_keeps_its_order_and_says_what_is_wrong_with_each_row(face: RunningFace) -> None:
    rows = [row("batch-1"), {"id": "batch-2"}, 7, row("batch-3")]
    answers = (await posted(face, "/api/v1/verify/batch", {"questions": rows}, "Answers"))["answers"]
    assert [answer["id"] for answer in answers] == ["batch-1", "batch-2", "", "batch-3"]
    assert [answer.get("consensus") for answer in answers] == ["APPROVED", None, None, "APPROVED"]


async def test_a_prepared_intent_has_a_certificate(face: RunningFace) -> None:
    answer = await posted(face, "/api/v1/prepare", {"id": "prepare-1", "intent": INTENT}, "Prepared")
    assert answer["certificate"]


async def test_an_explanation_tells_every_obligation(face: RunningFace) -> None:
    explained = await posted(face, "/api/v1/explain", row("explain-1"), "Explanation")
    assert any(one["is_required"] and one["claim"] for one in explained["obligations"])


async def test_a_replay_decides_again(face: RunningFace) -> None:
    answer = await posted(face, "/api/v1/replay", {"question": row("replay-1")}, "Result")
    assert answer["consensus"] == "APPROVED"


async def test_a_token_settles_once_and_the_result_is_kept(face: RunningFace) -> None:
    token = (await posted(face, "/api/v1/verify", {"id": "shop/1", "transaction": MOVED}, "Result"))["token"]
    kept = await face.client.get("/api/v1/results/shop%2F1")
    valid("Kept", kept.json())
    assert kept.json()["phase"] == "RESERVED"
    assert (await posted(face, "/api/v1/settle", {"token": token}, "Settled"))["id"] == "shop/1"
    again = await face.client.post("/api/v1/settle", json={"token": token})
    assert (again.status_code, again.json()["reason"]) == (409, "ALREADY_SETTLED")


async def test_a_released_token_settles_nothing(face: RunningFace) -> None:
    moved = {**MOVED, "states": [{**MOVED["states"][0], "account": "cash2"}]}
    moved["postings"] = [{**MOVED["postings"][0], "account": "cash2"}, MOVED["postings"][1]]
    token = (await posted(face, "/api/v1/verify", {"id": "shop-2", "transaction": moved}, "Result"))["token"]
    await posted(face, "/api/v1/release", {"token": token}, "Released")
    assert (await face.client.post("/api/v1/settle", json={"token": token})).status_code == 409


async def test_a_foreign_token_is_forbidden_and_an_unknown_id_not_found(face: RunningFace) -> None:
    assert (await face.client.post("/api/v1/settle", json={"token": "x.y.z"})).status_code == 403
    assert (await face.client.get("/api/v1/results/nobody")).status_code == 404


@pytest.mark.parametrize("mode", [1, 2, 3, 4])
async def test_a_mode_says_how_it_is(face: RunningFace, mode: int) -> None:
    health = await face.client.get(f"/api/v1/expert/mode{mode}/health")
    valid("ModeHealth", health.json())
    assert (health.status_code, health.json()["timeout_s"]) == (200, {1: 60, 2: 90, 3: 300, 4: 600}[mode])


def asked_of_facilitator(after_s: int, before_s: int) -> dict[str, object]:
    payload = json.loads(json.dumps(PAYMENT))
    payload["payload"]["authorization"] |= {"validAfter": str(after_s), "validBefore": str(before_s)}
    return {"x402Version": 2, "paymentPayload": payload, "paymentRequirements": payload["accepted"]}


async def test_a_payment_that_the_mesh_approves_is_valid_with_what_was_assumed(face: RunningFace) -> None:
    now_s = int(time.time())
    answer = await posted(face, "/verify", asked_of_facilitator(now_s - 60, now_s + 600), "Valid")
    assert answer["payer"] == PAYMENT["payload"]["authorization"]["from"]
    assert answer["isValid"] or answer["invalidReason"]
    assert not answer["isValid"] or any("signature" in one for one in answer["assumptions"])


@pytest.mark.parametrize(("after_s", "before_s", "edge"), [(0, 10, "before"), (2**40, 2**40 + 10, "after")])
async def test_a_payment_outside_its_window_is_not_valid(
    face: RunningFace, after_s: int, before_s: int, edge: str
) -> None:
    answer = await posted(face, "/verify", asked_of_facilitator(after_s, before_s), "Valid")
    assert (answer["isValid"], answer["invalidReason"].rsplit("_", 1)[1]) == (False, edge)


async def test_a_payment_of_another_scheme_or_another_amount_is_not_valid(face: RunningFace) -> None:
    other = asked_of_facilitator(0, 2**40)
    other["paymentPayload"]["accepted"]["scheme"] = "upto"  # type: ignore[index]
    assert (await posted(face, "/verify", other, "Valid"))["isValid"] is False
    less = asked_of_facilitator(0, 2**40)
    less["paymentPayload"]["payload"]["authorization"]["value"] = "1"  # type: ignore[index]
    assert (await posted(face, "/verify", less, "Valid"))["invalidReason"] == "invalid_payload"


async def test_health_names_every_component(face: RunningFace) -> None:
    assert (await face.client.get("/health")).json() == {"status": "serving"}
    detailed = (await face.client.get("/health/detailed")).json()
    valid("Health", detailed)
    assert detailed["status"] == "serving"
    assert set(detailed["components"]) == {"orchestrator", "z3", "sentinel", "guardian"}


async def test_metrics_count_requests_by_route_and_status(face: RunningFace) -> None:
    await face.client.get("/nowhere/secret")
    shown = (await face.client.get("/metrics")).text
    assert 'aethel_http_requests_total{route="other",status="404"}' in shown
    assert "secret" not in shown


async def test_the_keys_of_tokens_are_shown_as_the_file_has_them(face: RunningFace) -> None:
    keys = await face.client.get("/.well-known/jwks.json")
    assert (keys.headers["content-type"], keys.json()) == ("application/jwk-set+json", {"keys": []})


async def test_the_document_describes_every_route_and_no_other(face: RunningFace) -> None:
    document = (await face.client.get("/openapi.json")).json()
    assert document == openapi()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == set(OPERATIONS)


async def test_the_trace_and_the_credentials_of_the_caller_reach_the_orchestrator(face: RunningFace) -> None:
    plain = await face.client.post("/api/v1/verify", json=row("headers-1"), headers={"authorization": "Bearer x"})
    assert plain.status_code == 200
    double = await face.client.post(
        "/api/v1/verify", json=row("headers-2"), headers=[("authorization", "Bearer a"), ("authorization", "Bearer b")]
    )
    assert double.status_code == 400
