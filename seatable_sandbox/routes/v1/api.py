"""Shared parts of the endpoints of dtable-server v1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatable_sandbox.routes.endpoints import BaseApi

if TYPE_CHECKING:
    from seatable_sandbox.model import Table
    from seatable_sandbox.routes.endpoints import BaseCall


def find_table(call: BaseCall, sent: Any) -> Table:
    """The table of a writing request; 400 with an error type if there is none."""
    return call.base.table(sent.get("table_name"), sent.get("table_id"))


API = BaseApi("/dtable-server/api/v1/dtables/<uuid>", find_table)
