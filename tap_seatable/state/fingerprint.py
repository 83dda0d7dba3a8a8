"""What decides which records a stream has and how they look, as a short text in the state.

With another one than in the last run nothing that was emitted then counts as known, and all rows go
out again. Names of options, formulas and names of columns that properties do not show are no part
of it: they change what rows hold, which a comparison sees.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from tap_seatable.records.writer import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from seatable_client.metadata import Column
    from tap_seatable.catalog.stream_plan import StreamPlan


def fingerprint(
    plan: StreamPlan,
    selected: Mapping[str, Column],
    *,
    without_column: Iterable[str],
    start: datetime | None,
    server_timezone: str | None,
    mapping: Sequence[Any],
) -> str:
    """The fingerprint of a stream, 16 hexadecimal digits.

    Args:
        plan: the stream's.
        selected: the columns that records carry, by property.
        without_column: properties beside them.
        start: from when on rows count.
        server_timezone: the setting.
        mapping: what `mapping.definition` says.
    """
    rows = [start.isoformat() if start else None, server_timezone, *plan.bounds.definition]
    looks: list[Any] = [
        (name, column.key, column.type, plan.attachments.schema(column))
        for name, column in selected.items()
    ]
    if any(map(plan.attachments.concern, selected.values())):
        looks.append(("", "", "", {"attachments": plan.attachments.folder}))
    told = [rows, looks, sorted(without_column), *([mapping] if mapping else [])]
    return blake2b(encode(told), digest_size=8).hexdigest()
