"""The errors of the target, beside those of the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatable_client.errors import ErrorKind, SeaTableError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Refusal(NamedTuple):
    """One reason why a record cannot be stored.

    Attributes:
        property: the property whose value is the reason; None if it is the record as a whole.
        error: what is wrong.
    """

    property: str | None
    error: Exception


def distinct_errors(refusals: Iterable[Refusal]) -> list[Exception]:
    """All reasons of a record: of each property the first, as others say the same of it."""
    errors: list[Exception] = []
    seen: set[str] = set()
    for refusal in refusals:
        if refusal.property is None or refusal.property not in seen:
            errors.append(refusal.error)
        seen.update(filter(None, [refusal.property]))
    return errors


class LinkTargetNotFound(SeaTableError):
    """A link names a row that the other table does not have."""

    kind = ErrorKind.DATA


class LinkExcluded(SeaTableError):
    """The server left out a link to a row that the filter of the link column excludes."""

    kind = ErrorKind.DATA


class CannotLink(SeaTableError):
    """The id of a row is not known, so that it cannot be linked."""


class CannotRemove(SeaTableError):
    """A tombstone came in a stream that only appends."""

    kind = ErrorKind.DATA


class RowLimitExceeded(SeaTableError):
    """The base would get more rows than it takes."""

    kind = ErrorKind.DATA


class ContractViolated(SeaTableError):
    """A stream does not fit its table, and schema_contract says that this ends the run."""

    kind = ErrorKind.DATA


class PlanOutdated(SeaTableError):
    """The base or the input has changed since the plan was made, or the planned load would fail."""

    kind = ErrorKind.DATA


class AmbiguousKey(SeaTableError):
    """Several rows of a table have the key of one record."""

    kind = ErrorKind.DATA


class RowLocked(SeaTableError):
    """A row is locked: the server would not change it, and would report success."""

    kind = ErrorKind.DATA
