"""The file of a book: read again when it changes, and replaced at once when it is written."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aethel.clients.book import MAX_BOOK_BYTES, Book, BookError, read_book, written


class BookFile:
    """The book in a file, as it is now.

    `current` looks at the file's identity, size and time on every call, which takes about two microseconds, so that a
    replaced book counts from the next request on and nothing waits for a clock.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._state: tuple[int, ...] | None = None
        self._book: Book | BookError = BookError("not read yet")

    def current(self) -> Book:
        """The book; raises BookError while the file is no book or cannot be read."""
        try:
            found = self._path.stat()
            state = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        except OSError as error:
            self._state = None
            raise BookError(f"`{self._path}` cannot be read: {_reason(error)}") from error
        if state != self._state:
            self._book = self._read()
            self._state = state
        if isinstance(self._book, BookError):
            raise self._book
        return self._book

    def _read(self) -> Book | BookError:
        try:
            with self._path.open("rb") as file:
                return read_book(file.read(MAX_BOOK_BYTES + 1))
        except BookError as error:
            return BookError(f"`{self._path}`: {error}")
        except OSError as error:
            return BookError(f"`{self._path}` cannot be read: {_reason(error)}")


def change_book(path: Path, change: Callable[[Book], Book]) -> Book:
    """Replace a book by what `change` makes of it, an empty one where there is no file; returns the new one.

    One change at a time; a reader sees the old book or the new one. Raises BookError, and what `change` raises; the
    file stays as it is then.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.with_name(f"{path.name}.lock")):
            book = change(BookFile(path).current() if path.exists() else Book())
            _replace(path, written(book))
            return book
    except OSError as error:
        raise BookError(f"`{path}` cannot be written: {_reason(error)}") from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(path: Path, content: bytes) -> None:
    """Only its owner reads it: hashes are no secrets, and whoever has nobody to look for needs no names."""
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(draft).unlink()
        raise


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
