"""Responses to calls about rows and tables, and what each of them has to hold.

An answer that lacks what was asked is none: it is decoded into one of these types, and what does
not fit is treated like an answer that broke off. Attributes that nothing here needs are passed
over, because servers of different ages add and omit many (API reference, "Rows", "Links").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct, ValidationError
from msgspec.json import Decoder

from seatable_client.http import answer_of, decode_json
from seatable_client.rows.results import DeletedRow
from seatable_client.timestamps import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from seatable_client.rows.lazy import Row

NonEmpty = Annotated[str, Meta(min_length=1)]


class _RowId(Struct, rename={"row_id": "_id"}):
    row_id: NonEmpty


class AppendAnswer(Struct):
    """The answer to an append; old servers tell the number only."""

    inserted_row_count: Annotated[int, Meta(ge=0)]
    row_ids: list[_RowId] | None = None
    first_row: dict[str, Any] | None = None


class WriteAnswer(Struct):
    """The answer to a write: `success`, or what became of the request, in one word or another.

    Servers tell the number of rows deleted, the columns made, or the column that was changed.
    """

    success: bool | None = None
    deleted_rows: Annotated[int, Meta(ge=0)] | None = None
    columns: list[dict[str, Any]] | None = None
    key: NonEmpty | None = None
    name: Any = None
    type: Any = None
    data: Any = None

    def __post_init__(self) -> None:
        parts = (self.deleted_rows, self.columns, self.key)
        if self.success is False or (self.success is None and all(part is None for part in parts)):
            raise ValueError("Expected `true` at `$.success`")

    @property
    def changed_columns(self) -> list[dict[str, Any]]:
        """The columns that were made or changed, as far as the server tells of them."""
        if self.key is None:
            return self.columns or []
        return [{"key": self.key, "name": self.name, "type": self.type, "data": self.data}]


class _WrittenView(Struct, rename={"view_id": "_id"}):
    """The answer to a change of a view: the view."""

    view_id: NonEmpty | None = None
    success: bool | None = None

    def __post_init__(self) -> None:
        if self.success is False or (self.success is None and self.view_id is None):
            raise ValueError("Expected `str` at `$._id`")


class _Users(Struct):
    user_list: list[dict[str, Any]]

    def __post_init__(self) -> None:
        if not all(isinstance(user.get("email"), str) for user in self.user_list):
            raise ValueError("Expected `str` at `$.user_list[...].email`")


class _Comments(Struct):
    comments: list[dict[str, Any]]

    def __post_init__(self) -> None:
        for comment in self.comments:
            if comment.get("id") is None or not isinstance(comment.get("row_id"), str):
                raise ValueError("Expected `id` and `row_id` at `$.comments[...]`")


class _Deleted(Struct):
    row_id: NonEmpty
    op_time: str
    detail: Any = None

    def __post_init__(self) -> None:
        parse_instant(self.op_time)

    def parse(self) -> DeletedRow:
        table_id = self.detail.get("table_id") if isinstance(self.detail, dict) else None
        return DeletedRow(self.row_id, str(table_id or ""), parse_instant(self.op_time))


class _DeletedRows(Struct):
    deleted_rows: list[_Deleted]


class _RowList(Struct):
    rows: list[dict[str, Any]]

    def __post_init__(self) -> None:
        for row in self.rows:
            row_id, changed = row.get("_id"), row.get("_mtime")
            if not isinstance(row_id, str) or not row_id:
                raise ValueError("Expected `str` at `$.rows[...]._id`")
            if changed is not None and not isinstance(changed, str):
                raise ValueError("Expected a time stamp at `$.rows[...]._mtime`")


class _LinkedRow(Struct):
    row_id: NonEmpty
    display_value: Any = None


decode_appended = answer_of(AppendAnswer)
decode_written = answer_of(WriteAnswer)
decode_view = answer_of(_WrittenView)

_deleted_rows = answer_of(_DeletedRows)
_users = answer_of(_Users)
_comments = answer_of(_Comments)
_row_list = answer_of(_RowList)
_links: Decoder[dict[str, list[_LinkedRow]]] = Decoder(dict[str, list[_LinkedRow]])


def decode_deleted_rows(body: bytes) -> list[DeletedRow]:
    """The entries of a page of the list of deleted rows; some leave the table out."""
    return [entry.parse() for entry in _deleted_rows(body).deleted_rows]


def decode_users(body: bytes) -> list[dict[str, Any]]:
    """The people who can see a base; each has `email`, which is an id."""
    return _users(body).user_list


def decode_comments(body: bytes) -> list[dict[str, Any]]:
    """Comments on rows; each has its `id` and the `row_id` of its row."""
    return _comments(body).comments


def decode_row_list(body: bytes) -> list[Row]:
    """The rows of a list, each with its `_id`."""
    return _row_list(body).rows


def links_decoder(row_ids: Collection[str]) -> Callable[[bytes], dict[str, list[Row]]]:
    """What reads linked rows by row id; these row ids have to be among them."""

    def decode(body: bytes) -> dict[str, list[Row]]:
        found = decode_json(body, _links)
        if not found.keys() >= set(row_ids):
            raise ValidationError("Expected linked rows of every row that was asked for")
        return {
            row_id: [{"row_id": link.row_id, "display_value": link.display_value} for link in links]
            for row_id, links in found.items()
        }

    return decode
