"""Comments on rows. They are no operations: no version, log or `_mtime` knows of them."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seatable_sandbox.engine.engine import Engine
    from seatable_sandbox.model import Base

_DAY_MS = 86_400_000
_COUNTED_DAYS = 180
"""How old the comments are at most that are counted by row."""


def add_comment(engine: Engine, base: Base, row_id: str, author: str, comment: str) -> None:
    """Add a comment to a row, which need not exist."""
    now = engine.clock.milliseconds()
    engine.store.execute(
        "INSERT INTO comments (base, row_id, author, comment, created_ms, updated_ms)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (base.number, row_id, author, comment, now, now),
    )


def list_comments(engine: Engine, base: Base, row_id: str) -> list[dict[str, Any]]:
    """The comments of a row, oldest first."""
    return _find(engine, base, "row_id = ?", row_id)


def list_recent_comments(engine: Engine, base: Base, days: int) -> list[dict[str, Any]]:
    """The comments of the last days on all rows, oldest first."""
    return _find(engine, base, "created_ms >= ?", engine.clock.milliseconds() - days * _DAY_MS)


def find_comment(engine: Engine, base: Base, comment_id: int) -> dict[str, Any] | None:
    found = _find(engine, base, "id = ?", comment_id)
    return found[0] if found else None


def count_by_row(engine: Engine, base: Base) -> dict[str, int]:
    """How many comments each row has got lately; rows without one are left out."""
    counts: dict[str, int] = {}
    for comment in list_recent_comments(engine, base, _COUNTED_DAYS):
        counts[comment["row_id"]] = counts.get(comment["row_id"], 0) + 1
    return counts


def resolve_comment(engine: Engine, base: Base, comment_id: int, *, resolved: bool) -> None:
    """Mark a comment as resolved, or take the mark away."""
    engine.store.execute(
        "UPDATE comments SET resolved = ?, updated_ms = ? WHERE base = ? AND id = ?",
        (int(resolved), engine.clock.milliseconds(), base.number, comment_id),
    )


def delete_comment(engine: Engine, base: Base, comment_id: int) -> None:
    engine.store.execute(
        "DELETE FROM comments WHERE base = ? AND id = ?", (base.number, comment_id)
    )


def _find(engine: Engine, base: Base, condition: str, value: object) -> list[dict[str, Any]]:
    found = engine.store.execute(
        "SELECT id, author, comment, row_id, created_ms, updated_ms, resolved FROM comments"
        f" WHERE base = ? AND {condition} ORDER BY id",
        (base.number, value),
    )
    return [
        {
            "id": number,
            "author": author,
            "comment": comment,
            "dtable_uuid": base.uuid,
            "row_id": row_id,
            "created_at": _format_time(created),
            "updated_at": _format_time(updated),
            "resolved": resolved,
        }
        for number, author, comment, row_id, created, updated, resolved in found
    ]


def _format_time(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
