"""Endpoints as data: module-level handlers by path, registered when a server is made.

Each call is one transaction. The store stays locked until the answer is encoded, because answers
share objects with the structure of the base.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, request

from seatable_sandbox.model import OperationError
from seatable_sandbox.operations import listing
from seatable_sandbox.routes.authorization import GATEWAY, require_base_token, require_write
from seatable_sandbox.routes.helpers import json_response, read_list

if TYPE_CHECKING:
    from flask import Flask

    from seatable_sandbox.engine import Actor, Engine, Grant
    from seatable_sandbox.model import Base, Table
    from seatable_sandbox.profiles import Profile
    from seatable_sandbox.routes.context import ServerContext

Handler = Callable[..., Any]
"""Takes a `ServerContext` or a `BaseCall`, and the variables of its path by name.

It returns a `Response`, or the document of a JSON answer.
"""


def to_response(result: Any) -> Response:
    return result if isinstance(result, Response) else json_response(result)


class Endpoints:
    """Endpoints whose handlers take the `ServerContext` and check the caller themselves."""

    def __init__(self) -> None:
        self._rules: list[tuple[str, list[str], Handler]] = []

    def route(self, path: str, *methods: str) -> Callable[[Handler], Handler]:
        """Let the decorated function answer these methods of a path."""

        def add(handler: Handler) -> Handler:
            self._rules.append((path, list(methods), handler))
            return handler

        return add

    def register(self, app: Flask, context: ServerContext) -> None:
        for path, methods, handler in self._rules:
            view = _view(context, handler)
            app.add_url_rule(path, f"{' '.join(methods)} {path}", view, methods=methods)


def _view(context: ServerContext, handler: Handler) -> Callable[..., Response]:
    def view(**variables: Any) -> Response:
        with context.store.transaction():
            return to_response(handler(context, **variables))

    return view


# Endpoints of a base -----------------------------------------------------------------------------


@dataclass(frozen=True)
class BaseApi:
    """An API for one base.

    Attributes:
        prefix: The path before that of an endpoint.
        find_table: The table that a request names; raises the API's own refusal.
        wording: Who words refusals, as `require_base_token` has it.
        shows_limits: Whether answers have the headers of the rate limit.
    """

    prefix: str
    find_table: Callable[[BaseCall, Any], Table]
    wording: str = ""
    shows_limits: bool = True


@dataclass(frozen=True)
class BatchLimit:
    """How many rows one call may send.

    Attributes:
        field: The field of the body that holds the rows.
        limit: The limit, a field of `Profile`.
        error_type: The type of the refusal.
        message: The beginning of its message; the limit follows.
    """

    field: str
    limit: str
    error_type: str
    message: str


APPENDED = BatchLimit(
    "rows", "append_max", "batch_append_rows_exceeds_limit", "Batch append of rows exceeds limit"
)
UPDATED = BatchLimit(
    "updates", "update_max", "batch_update_rows_exceeds_limit", "Batch update of rows exceeds limit"
)
DELETED = BatchLimit(
    "row_ids",
    "delete_max",
    "batch_delete_rows_exceeds_limit",
    "Batch deletion of rows exceeds limit",
)


@dataclass(frozen=True)
class BaseCall:
    """One call of a base's endpoint, whose token has been checked."""

    context: ServerContext
    api: BaseApi
    grant: Grant

    @property
    def engine(self) -> Engine:
        return self.context.engine

    @property
    def profile(self) -> Profile:
        return self.context.profile

    @property
    def base(self) -> Base:
        return self.grant.base

    @property
    def actor(self) -> Actor:
        return self.grant.actor

    def table(self, sent: Any) -> Table:
        """The table that a request's query or body names.

        Raises:
            ApiError: There is no such table; status and body are those of the API.
        """
        return self.api.find_table(self, sent)

    def requested_view(self, table: Table) -> dict[str, Any] | None:
        """The view that the query names; None if it names none, see `listing.requested_view`."""
        name, view_id = request.args.get("view_name"), request.args.get("view_id")
        return listing.requested_view(self.engine, table, name, view_id)

    def read_list(self, sent: dict[str, Any], name: str) -> list[Any]:
        """A list of the body; 400 in the API's words if it is none, or empty."""
        is_gateway = self.api.wording == GATEWAY
        if is_gateway and self.profile.accepts_empty_lists and sent.get(name) == []:
            return []
        key = "error_message" if is_gateway else "error_msg"
        return read_list(sent, name, {key: f"{name} invalid"})

    def read_batch(self, sent: dict[str, Any], limit: BatchLimit) -> list[Any]:
        """The rows of a call that takes many.

        Raises:
            ApiError: 400 if they are no list, or more than the limit.
        """
        rows = self.read_list(sent, limit.field)
        most = getattr(self.profile, limit.limit)
        if len(rows) > most:
            raise OperationError(limit.error_type, f"{limit.message} {most}")
        return rows


@dataclass(frozen=True)
class _BaseRule:
    path: str
    methods: list[str]
    handler: Handler
    write: bool
    wording: str
    needs: str


class BaseEndpoints:
    """Endpoints of a base, which several APIs may share; handlers take a `BaseCall`."""

    def __init__(self) -> None:
        self._rules: list[_BaseRule] = []

    def route(
        self, path: str, *methods: str, write: bool = False, wording: str = "", needs: str = ""
    ) -> Callable[[Handler], Handler]:
        """Let the decorated function answer these methods of a path.

        Args:
            path: The path below the API's prefix.
            methods: HTTP methods.
            write: Whether a read-only token is refused.
            wording: Who words refusals, if not the API.
            needs: The feature, a field of `Profile`, without which there is no such endpoint.
        """

        def add(handler: Handler) -> Handler:
            self._rules.append(_BaseRule(path, list(methods), handler, write, wording, needs))
            return handler

        return add

    def register(self, app: Flask, context: ServerContext, api: BaseApi) -> None:
        for rule in self._rules:
            if rule.needs and not getattr(context.profile, rule.needs):
                continue
            path = api.prefix + rule.path
            name = f"{' '.join(rule.methods)} {path}"
            app.add_url_rule(path, name, _base_view(context, api, rule), methods=rule.methods)


def _base_view(context: ServerContext, api: BaseApi, rule: _BaseRule) -> Callable[..., Response]:
    wording = rule.wording or api.wording

    def view(uuid: str, **variables: Any) -> Response:
        with context.store.lock:
            grant = require_base_token(context, uuid, wording)
            if rule.write:
                require_write(grant, wording)
            with context.store.transaction():
                result = rule.handler(BaseCall(context, api, grant), **variables)
            response = to_response(result)
            if api.shows_limits:
                response.headers.extend(context.limits.headers(grant.base))
            return response

    return view
