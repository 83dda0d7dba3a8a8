"""One base, as a test holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.engine import OWNER, Actor, comments, links, trash
from seatable_sandbox.model import Base, other_table_id
from seatable_sandbox.operations import columns, listing, options, rows, tables, views

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatable_sandbox.routes import ServerContext

_ACTOR = Actor(OWNER)
"""Who the server takes the Python API for."""


class SandboxBase:
    """One base. Its methods change the store directly, which counts as no call.

    Attributes:
        api_token: The API token with which a client reads and writes.
        read_only_token: An API token that only reads.
    """

    def __init__(
        self, context: ServerContext, base: Base, api_token: str, read_only_token: str
    ) -> None:
        self._context = context
        self._engine = context.engine
        self._base = base
        self.api_token = api_token
        self.read_only_token = read_only_token

    @property
    def name(self) -> str:
        return self._base.name

    @property
    def uuid(self) -> str:
        return self._context.tokens.format_uuid(self._base)

    @property
    def workspace_id(self) -> int:
        return self._base.workspace_id

    def enable_big_data(self) -> None:
        """Enable the base's big data storage, as a person does in its menu."""
        with self._engine.store.transaction():
            self._base.big_data = True
            self._engine.store.save(self._base)

    def add_webhook(self, url: str, secret: str = "") -> int:
        """Let an address be called when rows change; returns the id of the webhook."""
        with self._engine.store.transaction():
            return self._engine.webhooks.add(self._base, url, secret, OWNER).id

    def star(self) -> None:
        """Let the account star the base; lists of bases then have it twice."""
        self._context.starred_bases.add(self._base.number)

    # Structure ----------------------------------------------------------------------------------

    def metadata(self) -> dict[str, Any]:
        """The structure, as the gateway answers it: `{"metadata": {"tables": [...], ...}}`."""
        with self._engine.store.lock:
            return msgspec.json.decode(  # type: ignore[no-any-return]
                msgspec.json.encode({"metadata": self._base.metadata()})
            )

    def create_table(self, name: str, columns: Sequence[Mapping[str, Any]] = ()) -> str:
        """Create a table; returns its id."""
        with self._engine.store.transaction():
            table = tables.create_table(
                self._engine, self._base, name, [dict(column) for column in columns], _ACTOR
            )
            return table.id

    def rename_table(self, name: str, new_name: str) -> None:
        with self._engine.store.transaction():
            tables.rename_table(self._engine, self._base, self._base.table(name), new_name, _ACTOR)

    def delete_table(self, name: str) -> None:
        with self._engine.store.transaction():
            tables.delete_table(self._engine, self._base, self._base.table(name), _ACTOR)

    def add_column(
        self,
        table: str,
        name: str,
        type: str,  # noqa: A002
        data: Mapping[str, Any] | None = None,
    ) -> str:
        """Add a column; returns its key."""
        with self._engine.store.transaction():
            column = columns.insert_column(
                self._engine,
                self._base,
                self._base.table(table),
                name,
                type,
                dict(data) if data else None,
                _ACTOR,
            )
            return column.key

    def rename_column(self, table: str, name: str, new_name: str) -> None:
        with self._engine.store.transaction():
            found = self._base.table(table)
            columns.rename_column(
                self._engine, self._base, found, found.column(name), new_name, _ACTOR
            )

    def change_column_looks(self, table: str, name: str, **attributes: Any) -> None:
        """Change how a column looks: its `width`, or whether it is `frozen`."""
        with self._engine.store.transaction():
            found = self._base.table(table)
            column = found.column(name)
            columns.change_appearance(
                self._engine, self._base, found, column, dict(attributes), _ACTOR
            )

    def change_column_type(
        self, table: str, name: str, new_type: str, data: Mapping[str, Any] | None = None
    ) -> None:
        """Change a column's type; the new type takes what the cells show, or empties them."""
        with self._engine.store.transaction():
            found = self._base.table(table)
            columns.change_type(
                self._engine,
                self._base,
                found,
                found.column(name),
                new_type,
                dict(data) if data else None,
                _ACTOR,
            )

    def delete_column(self, table: str, name: str) -> None:
        with self._engine.store.transaction():
            found = self._base.table(table)
            columns.delete_column(self._engine, self._base, found, found.column(name), _ACTOR)

    def add_view(self, table: str, name: str, **attributes: Any) -> str:
        """Add a view; returns its id."""
        with self._engine.store.transaction():
            settings = {"name": name, **attributes}
            found = self._base.table(table)
            return str(views.create(self._engine, self._base, found, settings, _ACTOR)["_id"])

    def change_view(self, table: str, name: str, /, **attributes: Any) -> None:
        """Change attributes of a view, such as its filters or its name."""
        with self._engine.store.transaction():
            found = self._base.table(table)
            views.change(self._engine, self._base, found, name, attributes, _ACTOR)

    def delete_view(self, table: str, name: str) -> None:
        with self._engine.store.transaction():
            found = self._base.table(table)
            views.delete(self._engine, self._base, found, name, _ACTOR)

    def rename_option(self, table: str, column: str, old: str, new: str) -> None:
        with self._engine.store.transaction():
            found = self._base.table(table)
            ids = {option["name"]: option["id"] for option in found.column(column).options}
            changes = [{"id": ids[old], "name": new}]
            options.change(self._engine, self._base, found, column, changes, _ACTOR)

    # Rows ---------------------------------------------------------------------------------------

    def append_rows(self, table: str, new_rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Append any number of rows, coerced as the API does it; returns their ids."""
        with self._engine.store.transaction():
            return rows.append(
                self._engine,
                self._base,
                self._base.table(table),
                [dict(row) for row in new_rows],
                _ACTOR,
            )

    def update_rows(self, table: str, changes: Mapping[str, Mapping[str, Any]]) -> None:
        with self._engine.store.transaction():
            rows.update(
                self._engine,
                self._base,
                self._base.table(table),
                [(row_id, dict(row)) for row_id, row in changes.items()],
                _ACTOR,
                single=len(changes) == 1,
            )

    def delete_rows(self, table: str, row_ids: Sequence[str]) -> None:
        with self._engine.store.transaction():
            rows.delete(
                self._engine,
                self._base,
                self._base.table(table),
                list(row_ids),
                _ACTOR,
                single=len(row_ids) == 1,
            )

    def restore_rows(self, table: str, row_ids: Sequence[str]) -> None:
        """Undo a delete; several rows keep their old `_mtime`."""
        with self._engine.store.transaction():
            trash.restore(self._engine, self._base, self._base.table(table), list(row_ids), _ACTOR)

    def archive_rows(self, table: str, row_ids: Sequence[str]) -> None:
        self._set_archived(table, row_ids, True)

    def unarchive_rows(self, table: str, row_ids: Sequence[str]) -> None:
        self._set_archived(table, row_ids, False)

    def archive_by_automation(self, table: str, view: str) -> int:
        """Archive the rows of a view, as an automation of the base does it; returns how many."""
        with self._engine.store.transaction():
            found = self._base.table(table)
            row_ids = listing.view_row_ids(
                self._engine, self._base, found, views.require_view(found, view), archived=False
            )
            logged = self._engine.profile.automations_log_archiving
            return rows.set_archived(
                self._engine, self._base, found, row_ids, True, _ACTOR, logged=logged
            )

    def _set_archived(self, table: str, row_ids: Sequence[str], archived: bool) -> None:
        with self._engine.store.transaction():
            found = self._base.table(table)
            rows.set_archived(self._engine, self._base, found, list(row_ids), archived, _ACTOR)

    def lock_rows(self, table: str, row_ids: Sequence[str]) -> None:
        self._set_locked(table, row_ids, True)

    def unlock_rows(self, table: str, row_ids: Sequence[str]) -> None:
        self._set_locked(table, row_ids, False)

    def _set_locked(self, table: str, row_ids: Sequence[str], locked: bool) -> None:
        with self._engine.store.transaction():
            found = self._base.table(table)
            rows.set_locked(self._engine, self._base, found, list(row_ids), locked, _ACTOR)

    def link(self, table: str, column: str, links_by_row: Mapping[str, Sequence[str]]) -> None:
        """Replace the links of some rows: ids of rows of the other table by row id."""
        with self._engine.store.transaction():
            found = self._base.table(table)
            link = found.column(column)
            other = self._base.table(table_id=other_table_id(found, link))
            links.change(
                self._engine,
                self._base,
                found,
                other,
                link.setting("link_id"),
                {row_id: list(ids) for row_id, ids in links_by_row.items()},
                "replace",
                _ACTOR,
                single=len(links_by_row) == 1,
            )

    def comment(self, row_id: str, comment: str) -> None:
        """Comment on a row, as a person does; nothing that the API shows of the row changes."""
        with self._engine.store.transaction():
            comments.add_comment(self._engine, self._base, row_id, OWNER, comment)

    def limit_links(
        self,
        table: str,
        column: str,
        filters: Sequence[Mapping[str, Any]],
        conjunction: str = "And",
    ) -> None:
        """Limit by filters, as of views, which rows of the other table a column can link."""
        with self._engine.store.transaction():
            found = self._base.table(table).column(column)
            limits = {"filters": [dict(rule) for rule in filters]}
            found.data = {**(found.data or {}), **limits, "filter_conjunction": conjunction}
            self._engine.store.save(self._base)

    def store_file(self, path: str, content: bytes) -> str:
        """Keep a file, such as `/files/2024-05/note.txt`; returns the URL that cells hold."""
        folder, _, name = path.rpartition("/")
        with self._engine.store.transaction():
            self._context.files.save(self._base, folder, name, content, replace=True)
        return self._context.asset_url(self._base, path)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows, archived ones too, as the gateway shows them with convert_keys."""
        with self._engine.store.lock:
            found = listing.gateway_rows(
                self._engine, self._base, self._base.table(table), True, 0, None
            )
            return msgspec.json.decode(msgspec.json.encode(found))  # type: ignore[no-any-return]
