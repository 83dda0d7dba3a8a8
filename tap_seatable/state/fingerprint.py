"""A short text in the state for everything that decides a stream's records and how they look.

With another fingerprint than in the last run, no content that was emitted then counts as known, and
all rows go out again. Option names, formulas and column names that properties do not show are not
part of it: they change what rows hold, which a comparison finds.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_client.formatting import show_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_seatable.catalog import Selection, StreamPlan

_encode = msgspec.json.Encoder(decimal_format="number").encode


def compute_fingerprint(
    plan: StreamPlan,
    selection: Selection,
    *,
    server_timezone: str | None,
    in_utc: bool,
    mapping: Sequence[Any],
) -> str:
    """The fingerprint of a stream, 16 hexadecimal digits.

    Args:
        plan: the stream's.
        selection: the properties of its records.
        server_timezone: the setting.
        in_utc: whether date-times are emitted in UTC.
        mapping: what `stream_maps.describe_maps` returns.
    """
    start, policy = plan.row_filter.start_date, plan.attachments
    rows = [start.isoformat() if start else None, server_timezone, *plan.row_filter.definition]
    looks: list[Any] = [
        (name, column.key, column.type, policy.schema(column))
        for name, column in selection.columns.items()
    ]
    if any(map(policy.applies_to, selection.columns.values())):
        looks.append(("", "", "", {"attachments": show_path(policy.folder)}))
    if in_utc:
        looks.append(("", "", "", {"date_times": "utc"}))
    parts = [rows, looks, sorted(selection.without_column), *([mapping] if mapping else [])]
    return blake2b(_encode(parts), digest_size=8).hexdigest()
