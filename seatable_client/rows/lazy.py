"""Rows as a server sent them, decoded on demand.

A reader that pages through a table needs the ids at once. It needs the cells later, perhaps in
another thread, as dictionaries or column by column.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, overload

from msgspec import Meta, Struct, ValidationError
from msgspec.json import Decoder

from seatable_client.errors import ServerUnavailable
from seatable_client.http import decode_json

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]
"""A row as a server sends it: its cells by the names of their columns."""


Shape = TypeVar("Shape")


class _Id(Struct, gc=False, rename={"row_id": "_id"}):
    row_id: Annotated[str, Meta(min_length=1)]


class _Moments(Struct, gc=False, rename={"changed": "_mtime", "created": "_ctime"}):
    changed: str | None = None
    created: str | None = None


class _Result(Struct, kw_only=True):
    """Rows, or the error that an old server reports inside a success."""

    results: list[Any] | None = None
    success: bool = True
    error_message: str | None = None

    def __post_init__(self) -> None:
        if self.success and self.results is None:
            raise ValueError("Expected rows at `$.results`")
        if not self.success and not self.error_message:
            raise ValueError("Expected a reason at `$.error_message`")

    @property
    def error(self) -> str:
        """Why it failed; empty if it did not."""
        return "" if self.success else str(self.error_message)


class _Answer(_Result):
    results: list[_Id] | None = None


class _OneRow(_Result, Generic[Shape]):
    """An aggregate, which is one row whatever it is of."""

    results: Annotated[list[Shape], Meta(min_length=1, max_length=1)] | None = None


class Aggregate(str, Generic[Shape]):
    """A SELECT whose answer is exactly one row.

    Args:
        statement: the SELECT.
        shape: the type of the row.
    """

    __slots__ = ("decoder",)

    decoder: Decoder[_OneRow[Shape]]

    def __new__(cls, statement: str, shape: type[Shape]) -> Aggregate[Shape]:
        """The statement, as a text that knows what its answer looks like."""
        self = super().__new__(cls, statement)
        self.decoder = Decoder(_OneRow[shape])  # type: ignore[valid-type]
        return self


class _Dated(_Result):
    results: list[_Moments] | None = None


_answer, _dated = Decoder(_Answer), Decoder(_Dated)


class LazyRows(Sequence[Row]):
    """The rows of an answer to a SELECT.

    Args:
        body: the answer.
        ids: the rows' ids.
        purpose: what was asked for; completes "Could not …".
    """

    def __init__(self, body: bytes, ids: list[str], purpose: str) -> None:
        self.ids = ids
        self._body: bytes | None = body
        self._purpose = purpose

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return self._rows[index]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    @cached_property
    def _rows(self) -> list[Row]:
        body, self._body = self._body or b"", None  # both would be twice the memory
        try:
            rows: list[Row] = decode_json(body)["results"] or []
        except ValueError as error:  # such as a number that is too large
            raise ServerUnavailable(
                f"Could not {self._purpose}: the answer cannot be read ({error})."
            ) from None
        return rows

    def decode(self, decoder: Decoder[Any]) -> Any:
        """The whole answer as a decoder makes it.

        Raises:
            ValidationError: the answer is not of the decoder's type, or its rows were looked at.
        """
        if self._body is None:
            raise ValidationError("looked at before")
        return decode_json(self._body, decoder)


class Selected(Struct):
    """An answer to a SELECT.

    Attributes:
        rows: the rows; the one row of an aggregate is an object of its type.
        error: what an old server said of a failure that it reports inside a success; else empty.
    """

    rows: Sequence[Any]
    error: str = ""


def decode_rows(body: bytes, purpose: str, statement: str = "") -> Selected:
    """An answer to a SELECT.

    Args:
        body: the answer.
        purpose: what was asked for; completes "Could not …".
        statement: the SELECT, where its answer is one row: an `Aggregate`.

    Raises:
        ValidationError: the answer has neither rows, each with its id, nor an error.
        ValueError: the answer is not complete JSON.
    """
    if not body.isascii():
        body.decode()  # what is passed over for the moment shall be text, too
    if isinstance(statement, Aggregate):
        found = decode_json(body, statement.decoder)
        return Selected(found.results or (), found.error)
    answer = decode_json(body, _answer)
    ids = [row.row_id for row in answer.results or ()]
    return Selected(LazyRows(body, ids, purpose), answer.error)


def row_ids_of(rows: Sequence[Row]) -> list[str]:
    """The ids of rows, in their order."""
    return rows.ids if isinstance(rows, LazyRows) else [row["_id"] for row in rows]


def moments_of(rows: Sequence[Row]) -> set[str]:
    """The time stamps at which rows were made and last changed, as far as the server sent them.

    Raises:
        ValidationError: a time stamp is no text.
    """
    if isinstance(rows, LazyRows):
        dated = rows.decode(_dated).results or []
        found = {moment for row in dated for moment in (row.changed, row.created)}
    else:
        found = {row.get(name) for row in rows for name in ("_mtime", "_ctime")}
    return {moment for moment in found if moment}
