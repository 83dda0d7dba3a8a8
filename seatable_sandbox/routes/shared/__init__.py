"""Endpoints that the gateway and v1 share."""

from __future__ import annotations

from seatable_sandbox.routes.shared.comments import ENDPOINTS as COMMENTS
from seatable_sandbox.routes.shared.comments import read_comment, read_row_id
from seatable_sandbox.routes.shared.history import ENDPOINTS as HISTORY
from seatable_sandbox.routes.shared.schema import ENDPOINTS as SCHEMA

__all__ = [
    "COMMENTS",
    "HISTORY",
    "SCHEMA",
    "read_comment",
    "read_row_id",
]
