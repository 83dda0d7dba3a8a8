"""Buffers pages on disk, compressed, until it is known which of their rows have to go out."""

from __future__ import annotations

import contextlib
import tempfile
import zlib
from typing import TYPE_CHECKING

import msgspec

from tap_seatable.errors import SpoolUnusable
from tap_seatable.records import Page
from tap_seatable.state import content_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Self

    from tap_seatable.state import Changes

_SIZE_BYTES = 8

_contents = msgspec.msgpack.Decoder(tuple[list[str | None], list[bytes]])
"""Of the places of a page's rows, and their records."""


class Spool:
    """A temporary file of pages. Memory holds one page, whatever the table's size.

    Raises:
        SpoolUnusable: by each method: the file cannot be written or read.
    """

    def __init__(self) -> None:
        with _explained():
            self._file = tempfile.TemporaryFile(prefix="tap-seatable-")  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        with contextlib.suppress(OSError):  # of what was still to be written
            self._file.close()

    def add(self, page: Page) -> None:
        """Append a page to the buffer."""
        for part in (list(page.ids), [list(page.places), list(page.encoded)]):
            packed = zlib.compress(msgspec.msgpack.encode(part), level=1)
            with _explained():
                self._file.write(len(packed).to_bytes(_SIZE_BYTES, "big") + packed)

    def ids(self) -> Iterator[list[str]]:
        """Yield the ids of every page."""
        for page in self._parts(skip_contents=True):
            yield list(page.ids)

    def pages(self) -> Iterator[Page]:
        """Yield every page in its order; the times of creation are not kept, but the places."""
        yield from self._parts(skip_contents=False)

    def _parts(self, *, skip_contents: bool) -> Iterator[Page]:
        with _explained():
            self._file.seek(0)
            yield from self._parts_from_here(skip_contents=skip_contents)

    def _parts_from_here(self, *, skip_contents: bool) -> Iterator[Page]:
        while size := self._file.read(_SIZE_BYTES):
            ids = msgspec.msgpack.decode(self._unpack(size), type=list[str])
            size = self._file.read(_SIZE_BYTES)
            unknown = [None] * len(ids)
            if skip_contents:
                self._file.seek(int.from_bytes(size, "big"), 1)
                yield Page(ids, unknown, unknown, [])
            else:
                yield Page(ids, unknown, *_contents.decode(self._unpack(size)))

    def _unpack(self, size: bytes) -> bytes:
        return zlib.decompress(self._file.read(int.from_bytes(size, "big")))


def changed_rows(pages: Iterable[Page], changes: Changes) -> Iterator[Page]:
    """Yield the pages with no rows but those that were added or have other contents.

    Args:
        pages: all rows of a table.
        changes: what differs, with the contents where they are known.
    """
    contents = changes.contents or frozenset()
    ids = changes.added | {row_id for row_id, _ in contents}
    for page in pages:
        yield page.only(
            [
                row_id in ids
                and (row_id in changes.added or (row_id, content_digest(content)) in contents)
                for row_id, content in page.contents
            ]
        )


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SpoolUnusable(
            "The temporary file in which a comparison keeps the rows cannot be written or read: "
            f"{error.strerror or error}. Make room in the folder for temporary files, or set "
            "TMPDIR to another."
        ) from error
