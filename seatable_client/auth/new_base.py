"""Creating a base in a workspace of an account, never a second one of a name.

SeaTable keeps names unique within a workspace and refuses to create what exists, so a request may
be repeated when its answer is lost, and of two runs that create the same base one is refused: it
then finds the base there.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated

import msgspec

from seatable_client.errors import NotFound, PermissionDenied, RequestRejected, SeaTableError
from seatable_client.http import Call, Effect, TokenRejected, answer_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatable_client.auth.account import AccountBase
    from seatable_client.http import Transport

log = logging.getLogger(__name__)

_CHECK_WORKSPACE = (
    "Check workspace_id: it is the number in the address of a base of the same workspace in a "
    "browser."
)


class _Place(msgspec.Struct):
    workspace_id: int


class _Created(msgspec.Struct):
    """The answer to the creation of a base (API reference, "Create a base")."""

    table: _Place


class _Person(msgspec.Struct):
    email: Annotated[str, msgspec.Meta(min_length=1)]


def create_base(base: AccountBase, transport: Transport) -> None:
    """Create the base, with what SeaTable puts into each: a table `Table1` of three empty rows.

    Raises:
        RequestRejected: the server does not create it, because it exists, for one.
        PermissionDenied: the account may not create bases in this workspace.
        NotFound: the account sees no such workspace.
    """
    try:
        created = _post(base, transport, {"workspace_id": str(base.workspace_id)})
    except RequestRejected as refusal:
        # Servers before `workspace_id` was known take the owner alone: a person or a group.
        if "owner" not in refusal.server_message:
            raise
        created = _post(base, transport, {"owner": _owner(base, transport)})
    place = created.workspace_id
    if place != base.workspace_id:
        raise SeaTableError(
            f"The server was to create base {base.name!r} in workspace {base.workspace_id} and "
            f"created it in workspace {place}.",
            hint="Move it or delete it there, and create the base by hand.",
        )
    log.info("Created base %r in workspace %d.", base.name, base.workspace_id)


def _post(base: AccountBase, transport: Transport, place: Mapping[str, str]) -> _Place:
    call = Call(
        "POST",
        "/api/v2.1/dtables/",
        purpose=f"create base {base.name!r} in workspace {base.workspace_id}",
        endpoint="dtables",
        effect=Effect.REPEATABLE,
        token=base.account.token(transport),
        form={"name": base.name, **place},
        decode=answer_of(_Created),
        statuses=frozenset({200, 201}),
    )
    try:
        answer: _Created = transport.send(call)
    except TokenRejected as error:
        raise PermissionDenied(
            f"{error} The account may not create bases there: in a group that needs an "
            "administrator of the group, and nobody can in another person's workspace.",
            hint="Let one of them create the base, or name another workspace_id.",
        ) from None
    except NotFound as error:
        raise NotFound(f"{error}", hint=_CHECK_WORKSPACE) from None
    return answer.table


def _owner(base: AccountBase, transport: Transport) -> str:
    """Who owns the workspace, as old servers want it: a person's id or `<group>@seafile_group`.

    Raises:
        NotFound: the account sees no such workspace.
    """
    for workspace in base.account.workspaces(transport):
        if workspace.id != base.workspace_id:
            continue
        if workspace.group_id:
            return f"{workspace.group_id}@seafile_group"
        account = base.account.get(
            transport,
            "/api2/account/info/",
            purpose="ask whose account it is",
            endpoint="account-info",
            decode=answer_of(_Person),
        )
        return account.email
    raise NotFound(
        f"Could not create base {base.name!r}: the account sees no workspace {base.workspace_id}.",
        hint=_CHECK_WORKSPACE,
    )
