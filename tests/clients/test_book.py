"""The book of clients: what was written is read, and what is not understood lets nobody in."""

import json
import threading
from pathlib import Path

import pytest

from aethel.clients.book import MAX_BOOK_BYTES, Book, BookError, Client, Limits, read_book, written
from aethel.clients.book_file import BookFile, change_book
from aethel.clients.tokens import new_token
from aethel.runtime.caller import Role


def client(name: str = "shop", **given: object) -> Client:
    return Client(name, frozenset({Role.VERIFY}), **given)  # type: ignore[arg-type]


def test_what_was_written_is_read() -> None:
    limits = Limits(5, 2, 7)
    book = Book(
        (
            client("shop", tokens=(new_token()[1],), limits=limits),
            client("bank", certificates=("spiffe://bank/pay", "dns:pay.bank.example")),
            client("gone", is_revoked=True),
        )
    )
    assert read_book(written(book)).clients == book.clients


WRONG = {
    "no JSON": "{",
    "no object": "[]",
    "no clients": "{}",
    "unknown entry": '{"clients": {"a": {"roles": [], "role": "verify"}}}',
    "unknown role": '{"clients": {"a": {"roles": ["root"]}}}',
    "a name twice": '{"clients": {"a": {"roles": []}, "a": {"roles": []}}}',
    "no name": '{"clients": {"": {"roles": []}}}',
    "a name that steers": '{"clients": {"a\\u001b[0m": {"roles": []}}}',
    "no roles": '{"clients": {"a": {}}}',
    "a token that is none": '{"clients": {"a": {"roles": [], "tokens": [{"id": "1", "salt": "2", "hash": "3"}]}}}',
    "a limit of nothing": '{"clients": {"a": {"roles": [], "limits": {"concurrency": 0}}}}',
    "a limit that is true": '{"clients": {"a": {"roles": [], "limits": {"concurrency": true}}}}',
    "a wildcard": '{"clients": {"a": {"roles": [], "certificates": ["dns:*.example"]}}}',
    "one certificate for two": '{"clients": {"a": {"roles": [], "certificates": ["dns:x"]}, '
    '"b": {"roles": [], "certificates": ["dns:x"]}}}',
    "credentials of the revoked": '{"clients": {"a": {"roles": [], "revoked": true, "certificates": ["dns:x"]}}}',
    "too many bytes": " " * (MAX_BOOK_BYTES + 1),
    "deep nesting": "[" * 100_000,
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_book_is_refused(name: str) -> None:
    with pytest.raises(BookError):
        read_book(WRONG[name].encode())


def test_a_certificate_of_two_clients_is_nobodys() -> None:
    book = Book((client("a", certificates=("dns:a",)), client("b", certificates=("dns:b",))))
    assert book.of_certificate(["dns:a", "dns:b"]) is None
    assert book.of_certificate(["dns:b", "dns:c"]) == book.named("b")


def test_a_changed_file_is_another_book_at_once(tmp_path: Path) -> None:
    path = tmp_path / "clients.json"
    change_book(path, lambda book: book.with_client(client("a")))
    file = BookFile(path)
    first = file.current()
    assert file.current() is first
    change_book(path, lambda book: book.with_client(client("b")))
    assert [one.name for one in file.current().clients] == ["a", "b"]


def test_a_file_that_is_gone_or_broken_is_no_book_until_it_is_one_again(tmp_path: Path) -> None:
    path = tmp_path / "clients.json"
    good = written(Book((client(),)))
    path.write_bytes(good)
    file = BookFile(path)
    assert file.current().named("shop") is not None
    for breakage in (lambda: path.write_bytes(b"{"), path.unlink):
        breakage()
        with pytest.raises(BookError):
            file.current()
    path.write_bytes(good)
    assert file.current().named("shop") is not None


def test_changes_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "clients.json"

    def add(number: int) -> None:
        change_book(path, lambda book: book.with_client(client(str(number))))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(BookFile(path).current().clients) == 8


def test_a_change_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "clients.json"
    change_book(path, lambda book: book.with_client(client("a", certificates=("dns:x",))))
    before = path.read_bytes()
    with pytest.raises(BookError):
        change_book(path, lambda book: book.with_client(client("b", certificates=("dns:x",))))
    assert path.read_bytes() == before
    assert json.loads(before)["clients"].keys() == {"a"}
    assert path.stat().st_mode & 0o077 == 0
