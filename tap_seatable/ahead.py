"""Working on one page while the next one travels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Item = TypeVar("Item")


def one_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items, each asked for while the one before is being worked on.

    Never more than one is waiting, so memory holds two. An error comes when its item is due.
    """
    nothing = object()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="next-page") as thread:
        due = thread.submit(next, items, nothing)
        while (item := due.result()) is not nothing:
            due = thread.submit(next, items, nothing)
            yield item  # type: ignore[misc]
