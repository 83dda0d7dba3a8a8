"""Webhooks: addresses that are called when rows of a base have changed.

As dtable-events does it: one call for each operation, signed with the webhook's secret, and never
repeated. An address that cannot be reached is switched off at once, one that refuses five calls in
a row within a day, too.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatable_sandbox.model import Base, Clock, Store, Table

TIMEOUT = 30
"""Seconds that an address has for its answer."""
MAX_FAILURES = 5
FAILURES_SECONDS = 24 * 3600

_ROW_OPERATIONS = frozenset(
    {
        *("insert_row", "insert_rows", "append_rows", "modify_row", "modify_rows", "delete_row"),
        *("delete_rows", "add_link", "remove_link", "update_links", "update_rows_links"),
    }
)
"""The operations that a webhook is called for; changes of columns and views are none."""


@dataclass(frozen=True)
class Webhook:
    """A webhook of a base; it has been switched off if it is not `is_valid`."""

    id: int
    url: str
    secret: str
    creator: str
    created_ms: int
    is_valid: bool


@dataclass(frozen=True)
class _Message:
    webhook_id: int
    url: str
    body: bytes
    headers: dict[str, str]


class Webhooks:
    """The webhooks of all bases, and the thread that calls them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._messages: queue.Queue[_Message | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._failures: dict[int, tuple[int, float]] = {}
        self._is_stopped = False

    # Webhooks -----------------------------------------------------------------------------------

    def add(self, base: Base, url: str, secret: str, creator: str) -> Webhook:
        cursor = self._store.execute(
            "INSERT INTO webhooks (base, url, secret, creator, created_ms) VALUES (?, ?, ?, ?, ?)",
            (base.number, url, secret, creator, self._clock.milliseconds()),
        )
        return self.require(base, cursor.lastrowid)

    def list_webhooks(self, base: Base) -> list[Webhook]:
        found = self._store.execute(
            "SELECT id, url, secret, creator, created_ms, is_valid FROM webhooks WHERE base = ?"
            " ORDER BY id",
            (base.number,),
        )
        return [
            Webhook(number, url, secret, creator, created, bool(is_valid))
            for number, url, secret, creator, created, is_valid in found
        ]

    def find(self, base: Base, webhook_id: int | None) -> Webhook | None:
        return next((hook for hook in self.list_webhooks(base) if hook.id == webhook_id), None)

    def require(self, base: Base, webhook_id: int | None) -> Webhook:
        found = self.find(base, webhook_id)
        assert found is not None  # noqa: S101 - it has just been stored
        return found

    def change(self, base: Base, webhook: Webhook, url: str, secret: str) -> Webhook:
        """Change address and secret; a webhook that was switched off is called again."""
        self._failures.pop(webhook.id, None)
        self._store.execute(
            "UPDATE webhooks SET url = ?, secret = ?, is_valid = 1 WHERE id = ?",
            (url, secret, webhook.id),
        )
        return self.require(base, webhook.id)

    def delete(self, webhook: Webhook) -> None:
        self._store.execute("DELETE FROM webhooks WHERE id = ?", (webhook.id,))

    # Calls --------------------------------------------------------------------------------------

    def announce(self, base: Base, user: str, app: str | None, operation: dict[str, Any]) -> None:
        """Call the webhooks of a base, once the operation has been committed."""
        if operation.get("op_type") not in _ROW_OPERATIONS:
            return
        hooks = [hook for hook in self.list_webhooks(base) if hook.is_valid]
        if not hooks:
            return
        document = {"event": "update", "data": self._describe(base, user, app, operation)}
        # The text that is signed is the text that is sent.
        body = json.dumps(document).encode()
        for hook in hooks:
            headers = {"Content-Type": "application/json", **_signature(hook.secret, body)}
            message = _Message(hook.id, hook.url, body, headers)
            self._store.after_commit(self._sender(message))

    def _sender(self, message: _Message) -> Callable[[], None]:
        return lambda: self._put(message)

    def _put(self, message: _Message) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._send_all, name="webhooks", daemon=True)
            self._thread.start()
        self._messages.put(message)

    def _describe(
        self, base: Base, user: str, app: str | None, operation: dict[str, Any]
    ) -> dict[str, Any]:
        """The change as the server announces it: who did what, and to which row."""
        table_id = operation.get("table_id") or operation.get("table1_id")
        table = base.table_by_id(table_id)
        return {
            "dtable_uuid": base.uuid.replace("-", ""),
            "row_id": operation.get("row_id") or operation.get("table1_row_id") or "",
            "op_user": user,
            "op_type": operation["op_type"],
            "op_time": self._clock.timestamp(),
            "op_app": app,
            "table_id": table_id,
            "table_name": table.name if table else "",
            "row_data": _describe_cells(table, operation),
            "row_count": len(operation.get("row_ids") or operation.get("row_datas") or (1,)),
        }

    def _send_all(self) -> None:
        while (message := self._messages.get()) is not None:
            self._send(message)

    def _send(self, message: _Message) -> None:
        with requests.Session() as session:
            session.trust_env = False  # a receiver on this machine is behind no proxy
            try:
                answer = session.post(
                    message.url, data=message.body, headers=message.headers, timeout=TIMEOUT
                )
            except requests.ReadTimeout:
                self._count_failure(message.webhook_id)
            except (requests.RequestException, UnicodeError):
                self._switch_off(message.webhook_id)
            else:
                if HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
                    self._failures.pop(message.webhook_id, None)
                else:
                    self._count_failure(message.webhook_id)

    def _count_failure(self, webhook_id: int) -> None:
        now = self._clock.timestamp()
        count, until = self._failures.get(webhook_id, (0, 0.0))
        count = count + 1 if now < until else 1
        self._failures[webhook_id] = (count, now + FAILURES_SECONDS)
        if count >= MAX_FAILURES:
            self._switch_off(webhook_id)

    def _switch_off(self, webhook_id: int) -> None:
        self._failures.pop(webhook_id, None)
        with self._store.lock:
            if self._is_stopped:
                return
            self._store.execute("UPDATE webhooks SET is_valid = 0 WHERE id = ?", (webhook_id,))

    def stop(self) -> None:
        """Send nothing more, and forget what an address answers from now on."""
        with self._store.lock:
            self._is_stopped = True
        while not self._messages.empty():
            self._messages.get_nowait()
        self._messages.put(None)


def _describe_cells(table: Table | None, operation: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells of an operation on a single row; of several rows, the server names none."""
    if table is None or "row_id" not in operation:
        return []
    cells = operation.get("row_data") or operation.get("updated") or {}
    return [
        {
            "column_key": column.key,
            "column_name": column.name,
            "column_type": column.type,
            "column_data": column.data,
            "value": cells[column.key],
        }
        for column in table.columns
        if column.key in cells
    ]


def _signature(secret: str, body: bytes) -> dict[str, str]:
    """The header that proves who calls; a webhook without a secret has none."""
    if not secret:
        return {}
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-SeaTable-Signature": f"sha256={digest}"}
