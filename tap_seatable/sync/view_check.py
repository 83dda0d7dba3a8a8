"""Checks that a view was still there when all of its rows were read.

A server may answer with the whole table for a view that it does not know. So the rows of a view
that was deleted or renamed after the structure was read are those of the table, and nothing shows
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatable_client.errors import NotFound

if TYPE_CHECKING:
    from seatable_client.metadata import Metadata, Table, View


def check_view(metadata: Metadata, table: Table, view: View) -> None:
    """Check that a table still has a view under its name.

    Args:
        metadata: the structure of the base, read after the rows.
        table: the table as it was before.
        view: the view as it was before.

    Raises:
        NotFound: it has not.
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
