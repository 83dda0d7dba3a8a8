"""Removal of rows at the end of the input."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from target_seatable.load_methods import LoadMethod
    from target_seatable.tables import StreamTables

log = logging.getLogger(__name__)

NO_STATE = "no STATE followed the stream's last record, so the source may have broken off"
"""Why nothing is removed of a stream that may be incomplete."""


def remove_rows(
    load: LoadMethod, reason_not_to_delete: str | None, *, overwrites: bool, version: int | None
) -> None:
    """Remove the rows that a stream, now complete, lacks.

    Args:
        load: how the stream is loaded.
        reason_not_to_delete: why the stream may be incomplete, so that nothing is removed.
        overwrites: whether the table is to equal the stream.
        version: the version that is active now; None if there are none.

    Raises:
        SeaTableError: more rows would be removed than `max_delete_fraction` allows.
    """
    if reason_not_to_delete:
        load.skip_removal(reason_not_to_delete)
    elif overwrites:
        load.remove_missing()
    elif version:
        load.remove_older(version)


def ignore_version(load: LoadMethod, tables: StreamTables, stream: str) -> None:
    """Warn that rows of older versions stay, unless this run created the table."""
    if not tables.has_made(load.layout.table):
        log.warning(
            "Stream %r: ACTIVATE_VERSION is ignored, because the table does not hold the version "
            "of its rows. Set add_record_metadata to true.",
            stream,
        )
