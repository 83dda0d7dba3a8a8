"""Names that are too long for warehouses, which fail at them or cut them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from seatable_client.formatting import format_count
from tap_seatable.catalog import LONGEST_NAME

if TYPE_CHECKING:
    from singer_seatable.run_log import StandingWarnings
    from tap_seatable.streams import TableStream

log = logging.getLogger(__name__)


def warn_of_long_names(
    stream: TableStream, max_bytes: int | None, standing: StandingWarnings
) -> None:
    """Warn of the name of a stream, and of its properties, that PostgreSQL would cut.

    A loader takes `a-b` for table b of schema a, so each part counts.

    Args:
        stream: the stream, whose catalog is known.
        max_bytes: the setting `max_name_bytes`.
        standing: which warnings were logged already.
    """
    limit = max_bytes or LONGEST_NAME
    names = [*stream.name.split("-"), *stream.selection.empty_record]
    long = [name for name in names if len(name.encode()) > limit]
    if not long:
        return
    standing.warn(
        log,
        "Stream %r: %s longer than %d bytes, and %s: %s. %s",
        stream.name,
        f"{format_count(len(long), 'name')} {'is' if len(long) == 1 else 'are'}",
        limit,
        "the catalog keeps them" if max_bytes else "PostgreSQL keeps no more of a name",
        ", ".join(map(repr, long)),
        "Run discovery again (with Meltano: --refresh-catalog) to shorten them."
        if max_bytes
        else f"If the warehouse has such a limit, set max_name_bytes, for PostgreSQL to "
        f"{LONGEST_NAME}, and run discovery again (with Meltano: --refresh-catalog).",
    )
