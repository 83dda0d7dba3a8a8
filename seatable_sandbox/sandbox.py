"""The Python door: running a sandbox inside a test or a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatable_sandbox.engine import links, trash
from seatable_sandbox.engine.engine import Actor
from seatable_sandbox.engine.tokens import OWNER
from seatable_sandbox.http.server import Server
from seatable_sandbox.model.model import Base, other_table_id
from seatable_sandbox.operations import columns as columns_of_tables
from seatable_sandbox.operations import listing, options, rows, tables, views
from seatable_sandbox.profiles.profiles import profile as profile_named
from seatable_sandbox.routes.files import asset_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from seatable_sandbox.http.transport import Call
    from seatable_sandbox.model.clock import Clock
    from seatable_sandbox.profiles.faults import Fault

#: Who the Python door is to the server.
DOOR = Actor(OWNER)


class SandboxBase:
    """One base; what is done here goes straight to the store and is not a call."""

    def __init__(self, server: Server, base: Base, api_token: str, read_only_token: str) -> None:
        self._server = server
        self._engine = server.engine
        self._base = base
        self.api_token = api_token
        self.read_only_token = read_only_token

    @property
    def name(self) -> str:
        return self._base.name

    @property
    def uuid(self) -> str:
        return self._server.access.shown_uuid(self._base)

    @property
    def workspace_id(self) -> int:
        return self._base.workspace_id

    def enable_big_data(self) -> None:
        """Switch the base's big data storage on, as a person does in its menu."""
        with self._engine.store.transaction():
            self._base.big_data = True
            self._engine.store.save(self._base)

    def star(self) -> None:
        """Let the account star the base, so that it stands twice in the list of bases."""
        self._server.access.starred.add(self._base.number)

    # Structure ----------------------------------------------------------------------------------

    def metadata(self) -> dict[str, Any]:
        """As the gateway answers it."""
        with self._engine.store.lock:
            return msgspec.json.decode(  # type: ignore[no-any-return]
                msgspec.json.encode({"metadata": self._base.metadata()})
            )

    def create_table(self, name: str, columns: Sequence[Mapping[str, Any]] = ()) -> str:
        """Create a table; returns its id."""
        with self._engine.store.transaction():
            made = tables.create_table(
                self._engine, self._base, name, [dict(column) for column in columns], DOOR
            )
            return made.id

    def rename_table(self, name: str, new_name: str) -> None:
        with self._engine.store.transaction():
            tables.rename_table(self._engine, self._base, self._base.table(name), new_name, DOOR)

    def delete_table(self, name: str) -> None:
        with self._engine.store.transaction():
            tables.delete_table(self._engine, self._base, self._base.table(name), DOOR)

    def add_column(
        self,
        table: str,
        name: str,
        type: str,  # noqa: A002
        data: Mapping[str, Any] | None = None,
    ) -> str:
        """Add a column; returns its key."""
        with self._engine.store.transaction():
            made = columns_of_tables.insert_column(
                self._engine,
                self._base,
                self._base.table(table),
                name,
                type,
                dict(data) if data else None,
                DOOR,
            )
            return made.key

    def rename_column(self, table: str, name: str, new_name: str) -> None:
        with self._engine.store.transaction():
            found = self._base.table(table)
            columns_of_tables.rename_column(
                self._engine, self._base, found, found.column(name), new_name, DOOR
            )

    def change_column_type(
        self, table: str, name: str, new_type: str, data: Mapping[str, Any] | None = None
    ) -> None:
        """Change a column's type; cells become what they show, as far as the new type takes it."""
        with self._engine.store.transaction():
            found = self._base.table(table)
            columns_of_tables.modify_type(
                self._engine,
                self._base,
                found,
                found.column(name),
                new_type,
                dict(data) if data else None,
                DOOR,
            )

    def delete_column(self, table: str, name: str) -> None:
        with self._engine.store.transaction():
            found = self._base.table(table)
            columns_of_tables.delete_column(
                self._engine, self._base, found, found.column(name), DOOR
            )

    def add_view(self, table: str, name: str, **attributes: Any) -> str:
        """Add a view; returns its id."""
        with self._engine.store.transaction():
            sent = {"name": name, **attributes}
            made = views.create(self._engine, self._base, self._base.table(table), sent, DOOR)
            return str(made["_id"])

    def change_view(self, table: str, name: str, /, **attributes: Any) -> None:
        """Change a view: its filters, say, or its name."""
        with self._engine.store.transaction():
            found = self._base.table(table)
            views.change(self._engine, self._base, found, name, attributes, DOOR)

    def rename_option(self, table: str, column: str, old: str, new: str) -> None:
        with self._engine.store.transaction():
            found = self._base.table(table)
            ids = [o["id"] for o in found.column(column).options if o["name"] == old]
            options.change(
                self._engine, self._base, found, column, [{"id": ids[0], "name": new}], DOOR
            )

    # Rows ---------------------------------------------------------------------------------------

    def append_rows(self, table: str, new_rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Append rows, any number of them, coerced as the API coerces; returns their ids."""
        with self._engine.store.transaction():
            return rows.append(
                self._engine,
                self._base,
                self._base.table(table),
                [dict(row) for row in new_rows],
                DOOR,
            )

    def update_rows(self, table: str, changes: Mapping[str, Mapping[str, Any]]) -> None:
        with self._engine.store.transaction():
            rows.update(
                self._engine,
                self._base,
                self._base.table(table),
                [(row_id, dict(row)) for row_id, row in changes.items()],
                DOOR,
                alone=len(changes) == 1,
            )

    def delete_rows(self, table: str, row_ids: Sequence[str]) -> None:
        with self._engine.store.transaction():
            rows.delete(
                self._engine,
                self._base,
                self._base.table(table),
                list(row_ids),
                DOOR,
                alone=len(row_ids) == 1,
            )

    def restore_rows(self, table: str, row_ids: Sequence[str]) -> None:
        """Undo a delete; several rows keep their old `_mtime`."""
        with self._engine.store.transaction():
            trash.restore(self._engine, self._base, self._base.table(table), list(row_ids), DOOR)

    def archive_rows(self, table: str, row_ids: Sequence[str]) -> None:
        with self._engine.store.transaction():
            rows.set_archived(
                self._engine, self._base, self._base.table(table), list(row_ids), True, DOOR
            )

    def lock_rows(self, table: str, row_ids: Sequence[str]) -> None:
        with self._engine.store.transaction():
            rows.set_locked(
                self._engine, self._base, self._base.table(table), list(row_ids), True, DOOR
            )

    def unlock_rows(self, table: str, row_ids: Sequence[str]) -> None:
        with self._engine.store.transaction():
            rows.set_locked(
                self._engine, self._base, self._base.table(table), list(row_ids), False, DOOR
            )

    def unarchive_rows(self, table: str, row_ids: Sequence[str]) -> None:
        with self._engine.store.transaction():
            rows.set_archived(
                self._engine, self._base, self._base.table(table), list(row_ids), False, DOOR
            )

    def link(self, table: str, column: str, wanted: Mapping[str, Sequence[str]]) -> None:
        """Replace the links of some rows."""
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
                {row_id: list(ids) for row_id, ids in wanted.items()},
                "replace",
                DOOR,
                alone=len(wanted) == 1,
            )

    def store_file(self, path: str, content: bytes) -> str:
        """Keep a file, such as `/files/2024-05/note.txt`; returns the URL that cells hold."""
        folder, _, name = path.rpartition("/")
        with self._engine.store.transaction():
            self._server.files.save(self._base, folder, name, content, replace=True)
        return asset_url(self._server, self._base, path)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows, archived ones too, as the gateway shows them with convert_keys."""
        with self._engine.store.lock:
            found = listing.gateway_rows(
                self._engine, self._base, self._base.table(table), True, 0, None
            )
            return msgspec.json.decode(msgspec.json.encode(found))  # type: ignore[no-any-return]


class Sandbox:
    """A SeaTable-compatible server on this machine.

    Args:
        profile: "gateway", "v1", "v1-2020" or "cloud-5.0".
        time_zone: The server's zone.
        database: An SQLite file, or ":memory:".
        host: The address to listen on.
        port: The port; 0 takes a free one.
        overrides: Single fields of the profile, such as `sql_max_rows=50`.
    """

    def __init__(
        self,
        profile: str = "gateway",
        time_zone: str = "UTC",
        database: str = ":memory:",
        host: str = "127.0.0.1",
        port: int = 0,
        **overrides: Any,
    ) -> None:
        self._server = Server(profile_named(profile, **overrides), time_zone, database)
        self._host, self._port = host, port

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        self._server.start(self._host, self._port)

    def stop(self) -> None:
        self._server.stop()

    def wait(self) -> None:
        """Until the server is stopped."""
        self._server.wait()

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def clock(self) -> Clock:
        return self._server.clock

    @property
    def calls(self) -> list[Call]:
        """The HTTP requests so far; `clear()` it between phases of a test."""
        return self._server.calls

    @property
    def account_token(self) -> str:
        return self._server.access.account_token

    def inject(self, fault: Fault) -> None:
        self._server.faults.add(fault)

    def clear_faults(self) -> None:
        self._server.faults.clear()

    def expire_tokens(self) -> None:
        """Every base token issued so far counts as expired."""
        self._server.access.expire_all()

    def revoke(self, api_token: str) -> None:
        with self._server.engine.store.lock:
            self._server.access.revoke(api_token)

    def add_group(self, workspace_id: int, *, administrates: bool = True) -> None:
        """Let the account be a member of a group with this workspace, or its administrator."""
        self._server.access.groups[workspace_id] = administrates

    def bases(self) -> list[Base]:
        """All bases, whoever created them."""
        return list(self._server.engine.store.bases.values())

    def create_base(
        self,
        name: str,
        workspace_id: int = 1,
        api_token: str | None = None,
        read_only_token: str | None = None,
    ) -> SandboxBase:
        """A base without tables, with two API tokens; one of that name is taken if there is one."""
        engine, access = self._server.engine, self._server.access
        with engine.store.transaction():
            base = engine.store.base_named(workspace_id, name)
            if base is None:
                base = tables.create_base(engine, name, workspace_id)
            known = {token.app_name: token.token for token in access.api_tokens(base)}
            tokens = []
            for app, permission, wanted in (
                ("sandbox", "rw", api_token),
                ("sandbox-read-only", "r", read_only_token),
            ):
                token = known.get(app)
                if token is None or wanted not in (None, token):
                    token = access.add_api_token(base, app, permission, wanted).token
                tokens.append(token)
            return SandboxBase(self._server, base, *tokens)
