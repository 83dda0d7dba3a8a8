"""Checks that what chooses the rows of a stream still meant the same when all of them were read.

A server may answer with the whole table for a view that it does not know. So the rows of a view
that was deleted or renamed after the structure was read are those of the table, and nothing shows
it. A condition on an option that was renamed meanwhile finds no row, and all would count as
deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.errors import NotFound
from tap_seatable.catalog import options_named
from tap_seatable.errors import MissingRowsError

if TYPE_CHECKING:
    from seatable_client.metadata import Metadata, Table, View


def check_view(metadata: Metadata, table: Table, view: View) -> None:
    """Check that a table still has a view under its name.

    Args:
        metadata: the structure of the base, read after the rows.
        table: the table as it was before.
        view: the view as it was before.

    Raises:
        NotFound: the view was renamed or deleted.
    """
    views = [known for entry in metadata.tables if entry.id == table.id for known in entry.views]
    found = next((known for known in views if known.id == view.id), None)
    if found is not None and found.name == view.name:
        return
    change = "was deleted" if found is None else f"was renamed to {found.name!r}"
    raise NotFound(
        f"View {view.name!r} of table {table.name!r} {change} while its rows were read. They are "
        "not emitted, as a server may return all rows for a view that it does not know. Correct "
        "the setting views, or run again if the view is back."
    )


def names_options(table: Table, condition: str) -> bool:
    """Whether a condition compares with options of the table."""
    return any(options_named(condition, column) for column in table.columns)


def check_options(metadata: Metadata, table: Table, condition: str) -> None:
    """Check that the options that a condition names are still called so.

    Args:
        metadata: the structure of the base, read after the rows.
        table: the table as it was before.
        condition: in SQL.

    Raises:
        MissingRowsError: an option was renamed or deleted.
    """
    now = {
        column.key: options_named(condition, column)
        for entry in metadata.tables
        if entry.id == table.id
        for column in entry.columns
    }
    for column in table.columns:
        for name, option_id in options_named(condition, column).items():
            if now.get(column.key, {}).get(name) != option_id:
                raise MissingRowsError(
                    f"Table {table.name!r}: the option {name!r} of column {column.name!r}, which "
                    "the setting where names, was renamed or deleted while its rows were read. No "
                    "row is treated as deleted. Correct the name in where, and run again."
                )
