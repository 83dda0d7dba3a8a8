"""Operations on a base, per server generation."""

from __future__ import annotations

from seatable_client.api.base import CAPABILITIES, DELETE_LIMIT, Base
from seatable_client.api.gateway import Gateway
from seatable_client.api.history import find_operation, read_deleted_rows, read_log
from seatable_client.api.link_cells import (
    complete_cells,
    complete_pages,
    linked_row_ids,
    read_all_links,
    row_id_of,
)
from seatable_client.api.operation_log import PAGE, Operation
from seatable_client.api.read_request import ReadRequest
from seatable_client.api.select import calls_function, check_condition, quote_name, quote_text
from seatable_client.api.v1 import V1Api, V1SqlApi
from seatable_client.settings import APPEND_LIMIT, MAX_PAGE

__all__ = [
    "APPEND_LIMIT",
    "CAPABILITIES",
    "DELETE_LIMIT",
    "MAX_PAGE",
    "PAGE",
    "Base",
    "Gateway",
    "Operation",
    "ReadRequest",
    "V1Api",
    "V1SqlApi",
    "calls_function",
    "check_condition",
    "complete_cells",
    "complete_pages",
    "find_operation",
    "linked_row_ids",
    "quote_name",
    "quote_text",
    "read_all_links",
    "read_deleted_rows",
    "read_log",
    "row_id_of",
]
