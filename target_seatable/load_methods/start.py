"""Starts the load of a stream: its table is found or created, and its load method is made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seatable_client.errors import NotFound
from target_seatable.load_methods.base import LoadOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_seatable.load_methods.base import CheckRemoval, LoadMethod, NoteLink
    from target_seatable.load_methods.coverage import Coverages
    from target_seatable.results import StreamStats
    from target_seatable.schema import StreamSchema
    from target_seatable.settings import StreamConfig
    from target_seatable.tables import StreamTables


def start_load(  # noqa: PLR0913  (what a load is made of)
    tables: StreamTables,
    stream: StreamSchema,
    method: type[LoadMethod],
    sample: Sequence[Mapping[str, Any]],
    *,
    config: StreamConfig,
    batch_size: int,
    stats: StreamStats,
    coverages: Coverages,
    note_link: NoteLink,
    check_removal: CheckRemoval | None,
) -> LoadMethod | None:
    """Find or create the table of a stream, now that its first records show what is in them.

    Args:
        tables: the tables of the base.
        stream: the stream.
        method: the load method of the stream.
        sample: its first records.
        config: the settings of the stream.
        batch_size: rows to write in one call.
        stats: where to count the stream's rows.
        coverages: what each stream has brought of its table.
        note_link: notes what a row is to be linked to.
        check_removal: checks that so many rows may be removed; None where no plan says how many.

    Returns:
        How records get into the table; None if the stream is left out.

    Raises:
        NotFound: there is no table, and the load method adds no rows.
        SeaTableError: the table cannot be found or created.
    """
    is_new = tables.table(stream) is None
    if is_new and not method.adds_rows:
        raise NotFound(
            f"Stream {stream.name!r}: load_method {config.load_method} adds no rows, and the base "
            f"has no table {tables.table_name(stream)!r}. Name its table in table_mapping, or "
            "choose another load_method."
        )
    if is_new and tables.leaves_out(stream):
        return None
    keys = stream.keys if method.needs_key else ()
    layout = tables.layout(replace(stream, keys=keys), sample)
    if method.removes_missing:
        coverages.check_names(stream.name, layout.table.name)
    options = LoadOptions(
        batch_size=batch_size,
        skip_unchanged=config.skip_unchanged,
        hard_delete=config.hard_delete,
        on_ambiguous_key=config.on_ambiguous_key,
        max_delete_fraction=config.max_delete_fraction,
    )
    return method(
        tables,
        layout,
        stats,
        options,
        coverages[stream.name],
        is_new=is_new,
        note_link=note_link,
        check_removal=check_removal,
    )
