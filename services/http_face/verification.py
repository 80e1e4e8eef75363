"""Questions over HTTP: rows of JSON become calls of the orchestrator, and its answers rows again."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from aethel.explanation import ExplainedObligation
from aethel.request import Question
from aethel.runtime.faults import Reason, RequestFault
from aethel.v1 import intent_pb2, verdict_pb2, verification_pb2, watching_pb2
from aethel.verdict import MOEResult
from aethel.wire.client import MAX_BATCH_QUESTIONS
from aethel.wire.convert import MAX_ID_CHARS, MalformedAnswer, question_to_proto, result_from_proto
from aethel.wire.convert_explanation import explanation_from_proto
from aethel.wire.convert_fault import fault_from_proto
from aethel.wire.exact_json import RowError
from aethel.wire.fields import Fields
from aethel.wire.rows import error_row, obligation_to_row, question_from_row, result_to_row
from services.http_face.answers import json_response
from services.http_face.bodies import Bodies, off_loop
from services.http_face.calls import MeshCalls, answered, deadline_ms
from services.http_face.problems import Problem, malformed

Row = dict[str, object]


class Verification:
    """The routes that ask; no request takes longer than `timeout_ms`."""

    def __init__(self, mesh: MeshCalls, bodies: Bodies, timeout_ms: int) -> None:
        self._mesh = mesh
        self._bodies = bodies
        self._timeout_ms = timeout_ms

    async def verify(self, request: Request) -> Response:
        """One answer to one row."""
        async with self._bodies.json_of(request) as (value, content):
            question = await off_loop(len(content), lambda: asked(value))
            return json_response(result_to_row(await self.answer(request, question)))

    async def answer(self, request: Request, question: intent_pb2.Question) -> MOEResult:
        """The answer of the mesh to a written question; raises `Problem`."""
        told = verification_pb2.VerificationServiceVerifyRequest(
            question=question, remaining_ms=deadline_ms(request, self._timeout_ms)
        )
        response = await self._mesh.ask(request, self._mesh.stub.Verify, told, self._timeout_ms)
        with answered():
            return _result(question.transaction_id, response.result)

    async def batch(self, request: Request) -> Response:
        """An answer to each row, in their order; a row that is no request has an error in its place."""
        async with self._bodies.json_of(request) as (value, content):
            rows = await off_loop(len(content), lambda: _rows(value))
            questions = [row for row in rows if isinstance(row, intent_pb2.Question)]
            told = verification_pb2.VerificationServiceVerifyBatchRequest(
                questions=questions, remaining_ms=deadline_ms(request, self._timeout_ms)
            )
            answers: list[Row] = []
            if questions:
                response = await self._mesh.ask(request, self._mesh.stub.VerifyBatch, told, self._timeout_ms)
                with answered():
                    answers = _answers(questions, response)
            given = iter(answers)
            return json_response(
                {"answers": [next(given) if isinstance(row, intent_pb2.Question) else row for row in rows]}
            )

    async def prepare(self, request: Request) -> Response:
        """What is proved of an intent for all values, with its certificate."""
        async with self._bodies.json_of(request) as (value, _):
            transaction_id, text = _to_prepare(value)
            told = verification_pb2.VerificationServicePrepareRequest(
                transaction_id=transaction_id, intent=text, remaining_ms=deadline_ms(request, self._timeout_ms)
            )
            response = await self._mesh.ask(request, self._mesh.stub.Prepare, told, self._timeout_ms)
            with answered():
                row = result_to_row(_result(transaction_id, response.result))
            return json_response(row | {"certificate": response.certificate.decode("ascii", "backslashreplace")})

    async def replay(self, request: Request) -> Response:
        """What the mesh would answer now, by the rules of a client; it changes nothing."""
        async with self._bodies.json_of(request) as (value, content):
            question, client = await off_loop(len(content), lambda: _to_replay(value))
            told = verification_pb2.VerificationServiceReplayRequest(
                question=question, client=client, remaining_ms=deadline_ms(request, self._timeout_ms)
            )
            response = await self._mesh.ask(request, self._mesh.stub.Replay, told, self._timeout_ms)
            with answered():
                return json_response(result_to_row(_result(question.transaction_id, response.result)))

    async def explain(self, request: Request) -> Response:
        """How a question is decided, obligation by obligation; nothing is reserved."""
        async with self._bodies.json_of(request) as (value, content):
            question = await off_loop(len(content), lambda: asked(value))
            told = watching_pb2.VerificationServiceExplainRequest(
                question=question, remaining_ms=deadline_ms(request, self._timeout_ms)
            )
            response = await self._mesh.ask(request, self._mesh.stub.Explain, told, self._timeout_ms)
            with answered():
                result = _result(question.transaction_id, response.result)
                obligations = [_explained(one) for one in explanation_from_proto(response).obligations]
            return json_response({"result": result_to_row(result), "obligations": obligations})


def _explained(one: ExplainedObligation) -> Row:
    row: Row = {"expert": one.expert_name, "kind": one.kind, "claim": one.claim, "is_required": one.is_required}
    return row | obligation_to_row(one.result) | ({"repair": one.repair} if one.repair else {})


def asked(value: object) -> intent_pb2.Question:
    """The question of a row, as it is sent; raises `Problem`."""
    with answered():
        return question_to_proto(_question(value))


def _question(value: object) -> Question:
    try:
        return question_from_row(Fields(value, "").take_all())
    except RowError as error:
        raise malformed(error.message) from None
    except RecursionError:
        raise malformed("the values are nested too deeply, expected a flat row") from None


def _to_prepare(value: object) -> tuple[str, bytes]:
    try:
        fields = Fields(value, "")
        transaction_id, text = fields.text("id"), fields.text("intent")
        fields.done()
    except RowError as error:
        raise malformed(error.message) from None
    if not 1 <= len(transaction_id) <= MAX_ID_CHARS:
        raise malformed(f"`id` has {len(transaction_id)} characters, expected 1 to {MAX_ID_CHARS}")
    return transaction_id, text.encode()


def _to_replay(value: object) -> tuple[intent_pb2.Question, str]:
    try:
        fields = Fields(value, "")
        question, client = fields.take("question"), fields.text("client", "")
        fields.done()
    except RowError as error:
        raise malformed(error.message) from None
    return asked(question), client


def _rows(value: object) -> list[intent_pb2.Question | Row]:
    """Each row of a batch as a question, or as the answer that says why it is none; raises `Problem`."""
    try:
        fields = Fields(value, "")
        items = fields.items("questions")
        fields.done()
    except RowError as error:
        raise malformed(error.message) from None
    if len(items) > MAX_BATCH_QUESTIONS:
        detail = f"`questions` has {len(items)} rows, expected at most {MAX_BATCH_QUESTIONS}"
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Reason.REQUEST_TOO_LARGE.value, detail)
    return [_row(item) for item, _ in items]


def _row(item: object) -> intent_pb2.Question | Row:
    try:
        return question_to_proto(question_from_row(Fields(item, "").take_all()))
    except RowError as error:
        return _refused(error.transaction_id, Reason.INVALID_REQUEST, error.message)
    except RequestFault as fault:
        return _refused("", fault.reason, fault.message)
    except RecursionError:
        return _refused("", Reason.INVALID_REQUEST, "the values are nested too deeply, expected a flat row")


def _refused(transaction_id: str, reason: Reason, message: str) -> Row:
    return error_row(transaction_id, message) | {"reason": reason.value}


def _answers(
    questions: list[intent_pb2.Question], response: verification_pb2.VerificationServiceVerifyBatchResponse
) -> list[Row]:
    if len(response.answers) != len(questions):
        raise MalformedAnswer(f"{len(response.answers)} answers, expected {len(questions)}")
    return [_answer(question, answer) for question, answer in zip(questions, response.answers, strict=True)]


def _answer(question: intent_pb2.Question, answer: verification_pb2.BatchAnswer) -> Row:
    match answer.WhichOneof("outcome"):
        case "result":
            return result_to_row(_result(question.transaction_id, answer.result))
        case "fault":
            fault = fault_from_proto(answer.fault)
            return _refused(question.transaction_id, fault.reason, fault.message)
        case None:
            raise MalformedAnswer("an answer is empty")


def _result(transaction_id: str, message: verdict_pb2.MOEResult) -> MOEResult:
    """The answer to the question of that id; raises `MalformedAnswer`."""
    result = result_from_proto(message)
    if result.transaction_id != transaction_id:
        raise MalformedAnswer("the answer is to another question")
    return result
