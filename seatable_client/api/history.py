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
    from seatable_client.rows import DeletedRow


_NO_LOG = (ApiNotAvailable, NotFound, PermissionDenied, RequestRejected, ServerUnavailable)
"""Errors that mean that there is no log. A server that is down fails the next call, too."""


def read_log(base: Base, *, after: int, up_to: int, max_calls: int) -> list[Operation] | None:
    """Read every operation after one version, if the log has them all.

    Args:
        base: the base.
        after: the version up to which everything is known.
        up_to: the version that has to be reached; later operations come along.
        max_calls: calls to make at most.

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
                # The first is the later of two, where a base was put back.
                found.setdefault(operation.number, operation)
            if not operations or any(operation.number <= after for operation in operations):
                break
    except (*_NO_LOG, ValueError) as error:
        log.info("Could not use the operations log: %s", error)
        return None
    if not all(number in found for number in range(after + 1, up_to + 1)):
        return None
    return sorted(found.values(), key=lambda operation: operation.number, reverse=True)


def find_operation(base: Base, number: int, *, up_to: int) -> Operation | None:
    """Find one operation in the log. One call.

    Args:
        base: the base.
        number: of the operation.
        up_to: the base's version, which tells the page that the operation is on.

    Returns:
        The operation; None where that page does not have it, or cannot be read.
    """
    try:
        page = [Operation.parse(entry) for entry in base.operations((up_to - number) // PAGE + 1)]
    except (*_NO_LOG, ValueError) as error:
        log.info("Could not use the operations log: %s", error)
        return None
    return next((operation for operation in page if operation.number == number), None)


def read_deleted_rows(base: Base, *, since: datetime) -> list[DeletedRow]:
    """Read the server's own list of rows deleted since then; empty where it keeps none.

    The list is not complete: it forgets after days. Each row that it names was deleted.
    """
    try:
        return list(base.deleted_rows(since))
    except (*_NO_LOG, KeyError, TypeError, ValueError) as error:
        log.info("Could not use the list of deleted rows: %s", error)
        return []
