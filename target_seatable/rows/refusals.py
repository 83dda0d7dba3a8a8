"""Why values are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_client.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def first_refusal(values: Iterable[Any], write: Callable[[Any], Any]) -> str | None:
    """Why the first value that cannot be written is refused; None if all can."""
    for value in values:
        try:
            write(value)
        except InvalidValueError as refusal:  # noqa: PERF203  (the first refusal ends the loop)
            return str(refusal)
    return None
