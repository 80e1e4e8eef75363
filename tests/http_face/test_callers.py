"""Who asks over HTTP is whom the orchestrator knows by the token, and nobody else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from aethel.clients.book import Book, Client, Limits
from aethel.clients.book_file import change_book
from aethel.clients.tokens import new_token
from aethel.runtime.caller import Role
from aethel.runtime.settings import Process
from tests.http_face.test_routes import row
from tests.orchestrator.processes import running_orchestrator, start

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True)
class Known:
    """A face before an orchestrator without experts that knows its callers, and a token for each role."""

    client: httpx.AsyncClient
    tokens: dict[Role, str]


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def known(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Known]:
    path: Path = tmp_path_factory.mktemp("known") / "clients.json"
    tokens = {}
    for role in (Role.VERIFY, Role.SETTLE):
        tokens[role], kept = new_token()
        added = Client(role.value, frozenset({role}), (kept,), (f"spiffe://test/{role.value}",), Limits())
        change_book(path, partial(_with, added))
    async with running_orchestrator({}, {"AETHEL_CLIENTS_FILE": str(path)}) as (orchestrator, _):
        process = await start(Process.HTTP, {"AETHEL_ORCHESTRATOR_ADDRESS": str(orchestrator.address)})
        try:
            async with httpx.AsyncClient(base_url=f"http://{process.address}", timeout=30, trust_env=False) as client:
                yield Known(client, tokens)
        finally:
            await process.stop()


def _with(client: Client, book: Book) -> Book:
    return book.with_client(client)


async def asked(known: Known, *authorization: str) -> httpx.Response:
    headers = [("authorization", one) for one in authorization]
    return await known.client.post("/api/v1/verify", json=row("known-1"), headers=headers)


@pytest.mark.parametrize("shown", [(), ("Bearer x",), ("Basic YTpi",), (f"Bearer {new_token()[0]}",)])
async def test_whoever_is_unknown_is_not_answered(known: Known, shown: tuple[str, ...]) -> None:
    response = await asked(known, *shown)
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_token_without_the_role_is_forbidden(known: Known) -> None:
    response = await asked(known, f"Bearer {known.tokens[Role.SETTLE]}")
    assert (response.status_code, response.json()["reason"]) == (403, "PERMISSION_DENIED")


async def test_a_token_with_the_role_is_answered(known: Known) -> None:
    assert (await asked(known, f"Bearer {known.tokens[Role.VERIFY]}")).status_code == 200
