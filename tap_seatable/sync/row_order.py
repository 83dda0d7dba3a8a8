"""Brings rows into the order of their creation, as far as they fit into memory.

Pages are read in the order of the rows' ids, which is no order to people: a copy would show the
rows shuffled, and count them in another order. What is read, and what the state knows of it, does
not depend on the order in which the rows of a buffer go out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_seatable.records import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_ROWS = 50_000
"""Rows at most that wait for later pages."""

MAX_BYTES = 64 << 20
"""Bytes at most of the records that wait, but for the last page."""


class OrderedRows:
    """Holds pages until there are enough, and gives their records back in order.

    A page goes as it came where the server does not tell when rows were created.
    """

    def __init__(self) -> None:
        self._pages: list[Page] = []
        self._rows = 0
        self._bytes = 0

    def add(self, page: Page, *, wait: bool = True) -> Iterator[Sequence[bytes]]:
        """Take a page, and yield the records that go out now.

        Args:
            page: the page.
            wait: whether rows may wait for those of later pages.
        """
        self._pages.append(page)
        self._rows += len(page)
        self._bytes += sum(map(len, page.encoded))
        may_be_ordered = None not in page.places
        if not (wait and may_be_ordered) or self._rows >= MAX_ROWS or self._bytes >= MAX_BYTES:
            yield from self.take()

    def take(self) -> Iterator[Sequence[bytes]]:
        """Yield the records of all rows that wait."""
        pages, self._pages, self._rows, self._bytes = self._pages, [], 0, 0
        if len(pages) < 2 or any(None in page.places for page in pages):  # noqa: PLR2004
            yield from map(Page.in_order, pages)
            return
        whole = Page.joined(pages).in_order()
        size = max(map(len, pages))
        for start in range(0, len(whole), size or 1):
            yield whole[start : start + size]


def in_order(pages: Iterable[Page]) -> Iterator[Sequence[bytes]]:
    """The records of these pages, in order as far as they fit into memory."""
    buffer = OrderedRows()
    for page in pages:
        yield from buffer.add(page)
    yield from buffer.take()
