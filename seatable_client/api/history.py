"""Reads what has happened in a base: its operations log and its deleted rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.api.operation_log import PAGE, Operation, log
from seatable_client.errors import (
    ApiNotAvailable,
    NotFound,
    PermissionDenied,
    RequestRejected,
    ServerUnavailable,
)

if TYPE_CHECKING:
    from datetime import datetime

    from seatable_client.api.base import Base
    from seatable_client.rows.results import DeletedRow


_NO_LOG = (ApiNotAvailable, NotFound, PermissionDenied, RequestRejected, ServerUnavailable)
"""What reading it raises where there is none. A server that is down shows in the next call."""


def read_log(base: Base, *, after: int, up_to: int, max_calls: int) -> list[Operation] | None:
    """Every operation after one version, if the log has them all.

    Args:
        base: the base.
        after: the version up to which everything is known.
        up_to: the version that has to be reached; later operations come along.
        max_calls: calls that the answer is worth.

    Returns:
        The operations, newest first, and some from before; None where the log is not complete,
        cannot be read or is too expensive to.
    """
    if up_to < after or -(-(up_to - after) // PAGE) > max_calls:
        return None
    found: dict[int, Operation] = {}
    try:
        for page in range(1, max_calls + 1):
            operations = [Operation.parse(entry) for entry in base.operations(page)]
            for operation in operations:
                found.setdefault(
                    operation.number, operation
                )  # the later of two, where a base was put back
            if not operations or any(operation.number <= after for operation in operations):
                break
    except (*_NO_LOG, ValueError) as error:
        log.info("The operations log is of no use: %s", error)
        return None
    if not all(number in found for number in range(after + 1, up_to + 1)):
        return None
    return sorted(found.values(), key=lambda operation: operation.number, reverse=True)


def read_deleted_rows(base: Base, *, since: datetime) -> list[DeletedRow]:
    """What the server's own list says of rows deleted since then; empty where it keeps none.

    It is no log: it forgets after days and leaves out much. What it does name was deleted.
    """
    try:
        return list(base.deleted_rows(since))
    except (*_NO_LOG, KeyError, TypeError, ValueError) as error:
        log.info("The list of deleted rows is of no use: %s", error)
        return []
