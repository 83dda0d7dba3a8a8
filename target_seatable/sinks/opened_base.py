"""What a run has of its base, once that is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from target_seatable.links import Linker
from target_seatable.load_methods import LOAD_METHODS
from target_seatable.results import PlannedLoad
from target_seatable.tables import (
    CopiedColumns,
    CopiedViews,
    StreamTables,
    check_subscription,
    open_base,
)

if TYPE_CHECKING:
    from target_seatable.results import RunReport
    from target_seatable.settings import TargetConfig
    from target_seatable.sinks.nested_tables import NestedTables


class OpenedBase(NamedTuple):
    """What a run has of its base: the part of the load context that the same names have there."""

    tables: StreamTables
    copied_columns: CopiedColumns
    copied_views: CopiedViews
    linker: Linker
    planned: PlannedLoad | None


def open_target_base(
    config: TargetConfig, *, report: RunReport, nested: NestedTables
) -> OpenedBase:
    """Open the base to load into, or the one of the plan.

    Args:
        config: the target's settings.
        report: counters and rejected records.
        nested: the arrays of objects that become tables of their own.

    Raises:
        SeaTableError: the base cannot be opened, or a setting is invalid.
    """

    def removes_missing(stream: str) -> bool:
        return LOAD_METHODS[nested.config_of(stream).load_method].removes_missing

    check_subscription(config)
    planned = PlannedLoad(config.plan_path) if config.plan_path and not config.dry_run else None
    opening = config
    if planned is not None:
        planned.check_settings(config.by_name)
        if not planned.creates_base:
            opening = replace(config, create_base=False)  # the base of the plan exists
    connection = open_base(opening)
    tables = StreamTables(
        connection,
        config,
        removes_missing=removes_missing,
        contract_of=lambda stream: nested.config_of(stream).contract,
        planned=planned,
    )
    copied_columns = CopiedColumns(tables)
    if planned is not None:
        metadata = tables.base_tables.metadata
        planned.check_base(tables.base, metadata, is_new=connection.is_new)
    return OpenedBase(
        tables=tables,
        copied_columns=copied_columns,
        copied_views=CopiedViews(tables, copied_columns),
        linker=Linker(tables, report.rejected.add_link),
        planned=planned,
    )
