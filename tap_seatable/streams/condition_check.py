"""Checks the condition that the setting `where` gives a table, before anything is read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from seatable_client.api import ReadRequest
from seatable_client.errors import ConfigError, RequestRejected, SeaTableError
from tap_seatable.errors import InvalidCondition

if TYPE_CHECKING:
    from seatable_client.api import Base
    from tap_seatable.catalog import StreamPlan

log = logging.getLogger(__name__)


def check_options(plan: StreamPlan, stream: str, *, is_first_run: bool) -> None:
    """Check that the options that the condition names exist.

    No row has another one. If the option was renamed since the last run, all rows would be
    emitted as deleted ones; in a first run none is lost.

    Args:
        plan: of the stream.
        stream: its name.
        is_first_run: whether no row of the stream has been emitted.

    Raises:
        InvalidCondition: an option does not exist.
    """
    table, unknown = plan.table, plan.condition.unknown_options
    if not unknown:
        return
    names = ", ".join(f"{option!r} for column {column!r}" for column, option in unknown)
    sentence = (
        f"The setting where gives table {table.name!r} a condition with {names}, but the "
        "column has no such option, so no row has it."
    )
    if is_first_run:
        log.warning("Stream %r: %s", stream, sentence)
        return
    raise InvalidCondition(
        f"Stream {stream!r}: {sentence} If the option was renamed or removed, all its rows would "
        "count as deleted: change where."
    )


def check_condition(plan: StreamPlan, base: Base) -> None:
    """Have the server check the stream's condition. One call.

    Raises:
        InvalidCondition: the server refuses it.
    """
    table, where = plan.table, plan.row_filter.where
    try:
        base.read(ReadRequest(table, where=where))
    except RequestRejected as error:
        raise InvalidCondition(
            f"The setting where gives table {table.name!r} of base {base.name!r} the condition "
            f"{where!r}, which the server refuses: it said {error.server_message!r}."
        ) from None
    except ConfigError:
        raise
    except SeaTableError:
        return  # reading the table will fail, and only its stream
