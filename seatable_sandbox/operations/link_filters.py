"""Filters of link columns: which rows of the other table can be linked.

It is not known whether SeaTable's API minds them; the profile says what happens here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_sandbox.formulas import filter_rows
from seatable_sandbox.model import OperationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatable_sandbox.engine import Engine
    from seatable_sandbox.model import Base, Table


def apply_filters(
    engine: Engine,
    base: Base,
    table: Table,
    other: Table,
    link_id: object,
    linked_ids: dict[str, Sequence[str]],
    action: str,
) -> dict[str, Sequence[str]]:
    """The links that are to be written: without those that the column's filter excludes.

    Raises:
        OperationError: The filter excludes a link, and the profile refuses such calls.
    """
    column = base.link_column(table, link_id)
    filters = column.setting("filters") if column else None
    behaviour = engine.profile.link_filters
    if column is None or not filters or behaviour == "ignored" or action == "remove":
        return linked_ids
    if not all(isinstance(others, list) for others in linked_ids.values()):
        return linked_ids  # refused as what it is
    wanted = [other_id for others in linked_ids.values() for other_id in others]
    candidates = engine.store.existing_ids(other, wanted)
    conjunction = str(column.setting("filter_conjunction"))
    allowed = set(filter_rows(engine, base, other, filters, conjunction, candidates))
    excluded = set(candidates) - allowed
    if excluded and behaviour == "refused":
        message = "The link does not meet the filters of the column."
        raise OperationError("link_not_allowed", message)
    return {
        row_id: [other_id for other_id in others if str(other_id) not in excluded]
        for row_id, others in linked_ids.items()
    }
