"""Opening the base of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_seatable.links import Linker
from target_seatable.load_methods import LOAD_METHODS
from target_seatable.sinks.context import LoadContext
from target_seatable.tables import CopiedColumns, CopiedViews, StreamTables, open_base

if TYPE_CHECKING:
    from target_seatable.results import RunReport
    from target_seatable.settings import TargetConfig
    from target_seatable.sinks.nested_tables import NestedTables


def open_context(
    config: TargetConfig, *, report: RunReport, nested: NestedTables, **shared: Any
) -> LoadContext:
    """Open the base, and return what all sinks of a run share.

    Args:
        config: the target's settings.
        report: counters and rejected records.
        nested: the arrays of objects that become tables of their own.
        shared: the rest of `LoadContext`.

    Raises:
        SeaTableError: the base cannot be opened, or a setting cannot be right.
    """

    def removes_missing(stream: str) -> bool:
        return LOAD_METHODS[nested.config_of(stream).load_method].removes_missing

    tables = StreamTables(
        open_base(config.by_name),
        config,
        removes_missing=removes_missing,
        contract_of=lambda stream: nested.config_of(stream).contract,
    )
    copied_columns = CopiedColumns(tables)
    return LoadContext(
        config=config,
        tables=tables,
        copied_columns=copied_columns,
        copied_views=CopiedViews(tables, copied_columns),
        linker=Linker(tables, report.rejected.add_link),
        report=report,
        nested=nested,
        **shared,
    )
