"""The log of a base's operations: what has happened, without reading a row.

Servers number operations with the counter that `metadata.version` shows, list them newest first and
forget them after some days. None of that is promised, so `read_log` believes the log only where it
holds every number from one version to another.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec

from seatable_client.http import decode_json

if TYPE_CHECKING:
    from collections.abc import Mapping


log = logging.getLogger(__name__)

PAGE = 25
"""Operations that one call returns."""

_MOST_NAMED = 1_000
"""Rows at most that an operation is asked the ids of; the API appends no more in one call."""


_TABLES = ("table_id", "other_table_id", "table1_id", "table2_id")


class _OperationFields(msgspec.Struct, omit_defaults=True):
    """What is looked at of an operation. The rest can be the cells of 50,000 rows."""

    op_type: Any = msgspec.UNSET
    table_id: Any = msgspec.UNSET
    other_table_id: Any = msgspec.UNSET
    table1_id: Any = msgspec.UNSET
    table2_id: Any = msgspec.UNSET
    row_id: Any = msgspec.UNSET
    row_ids: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    row_data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    row_datas: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _NewRow(msgspec.Struct, rename={"row_id": "_id"}):
    row_id: str


class _Entry(msgspec.Struct):
    op_id: int | str
    op_time: int | str
    operation: msgspec.Raw


class _Page(msgspec.Struct):
    operations: list[_Entry]


_page_decoder, _fields_decoder = msgspec.json.Decoder(_Page), msgspec.json.Decoder(_OperationFields)
_new_row, _new_rows = msgspec.json.Decoder(_NewRow), msgspec.json.Decoder(list[_NewRow])


def decode_log_page(body: bytes) -> list[dict[str, Any]]:
    """The entries of a page of the log, their operations without what is not looked at.

    An operation is JSON in a text, with every cell of every row that it added or changed. One is
    unpacked at a time, so that a page of large ones takes little more memory than its bytes.

    Raises:
        ValidationError: the answer is not a page of the log.
        ValueError: the answer is not complete JSON.
    """
    page: _Page = decode_json(body, _page_decoder)
    return [
        {
            "op_id": entry.op_id,
            "op_time": entry.op_time,
            "operation": _keep_needed_fields(entry.operation),
        }
        for entry in page.operations
    ]


def _keep_needed_fields(operation: msgspec.Raw) -> Any:
    try:
        text = msgspec.json.decode(operation)
    except ValueError:
        text = decode_json(bytes(operation))
    try:
        fields = _fields_decoder.decode(text)
    except (TypeError, ValueError):
        try:
            fields = decode_json(text.encode(), _fields_decoder)
        except (AttributeError, ValueError):
            return text  # no operation, as whoever reads it will say
    if not str(fields.op_type).startswith(("delete", "modify")):
        fields.row_ids = msgspec.UNSET  # what is beside the rows themselves adds nothing
    fields.row_data = _only_ids(fields.row_data, _new_row)
    fields.row_datas = _only_ids(fields.row_datas, _new_rows)
    return msgspec.json.encode(fields).decode()


def _only_ids(
    added: msgspec.Raw | msgspec.UnsetType, decoder: msgspec.json.Decoder[Any]
) -> msgspec.Raw | msgspec.UnsetType:
    """Added rows without their cells; nothing where they are sent without ids."""
    if isinstance(added, msgspec.UnsetType):
        return added
    try:
        rows = decoder.decode(added)
    except ValueError:
        return msgspec.UNSET
    if isinstance(rows, list) and len(rows) > _MOST_NAMED:
        return msgspec.UNSET
    return msgspec.Raw(msgspec.json.encode(rows))


@dataclass(frozen=True)
class Operation:
    """One operation on a base.

    Attributes:
        number: its place in the base's history.
        kind: SeaTable's name, such as `append_rows` or `delete_rows`.
        tables: ids of the tables it names; empty where it names none.
        row_ids: ids of the rows it names, as far as it does.
        added: ids of the rows that came with it; empty where it does not show them all.
        happened_at: when it happened.
    """

    number: int
    type: str
    tables: frozenset[str]
    row_ids: tuple[str, ...]
    happened_at: datetime
    added: tuple[str, ...] = ()

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> Operation:
        """Read an entry of the log.

        Raises:
            ValueError: the object is not an entry of the log.
        """
        try:
            operation = msgspec.json.decode(entry["operation"])
            ids = msgspec.convert(operation.get("row_ids") or [operation.get("row_id")], list)
            added = operation.get("row_datas") or [operation.get("row_data")]
            return cls(
                number=int(entry["op_id"]),
                type=str(operation["op_type"]),
                tables=frozenset(operation[key] for key in _TABLES if operation.get(key)),
                row_ids=tuple(row_id for row_id in ids if isinstance(row_id, str)),
                happened_at=datetime.fromtimestamp(int(entry["op_time"]) / 1000, timezone.utc),
                added=_ids_of(msgspec.convert(added, list)),
            )
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
            raise ValueError("not an entry of the operations log") from error


def _ids_of(rows: list[Any]) -> tuple[str, ...]:
    """The ids of rows; none if one of them is missing."""
    ids = [row.get("_id") if isinstance(row, dict) else None for row in rows]
    known = tuple(row_id for row_id in ids if isinstance(row_id, str))
    return known if len(known) == len(ids) else ()
