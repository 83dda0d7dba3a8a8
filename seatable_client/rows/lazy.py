"""Rows as a server sent them, decoded on demand.

A reader that pages through a table needs the ids at once. It needs the cells later, perhaps in
another thread, as dictionaries or column by column.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from msgspec import Struct, ValidationError
from msgspec.json import Decoder

from seatable_client.errors import ServerUnavailable
from seatable_client.http import decode_json

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]
"""A row as a server sends it: its cells by the names of their columns."""


class _Id(Struct, gc=False, rename={"row_id": "_id"}):
    row_id: str = ""


class _Answer(Struct):
    results: list[_Id] | None = None
    success: bool = True
    error_message: Any = None


_answer = Decoder(_Answer)


class LazyRows(Sequence[Row]):
    """The rows of an answer to a SELECT.

    Args:
        body: the answer.
        ids: the rows' ids; empty text where a row has none.
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
        except ValueError as error:  # such as a number beyond all numbers
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


def decode_rows(body: bytes, purpose: str) -> Any:
    """An answer to a SELECT: `results`, as `SentRows`, beside `success` and `error_message`.

    An answer of another form is returned as it is.

    Raises:
        ValueError: it is no complete JSON.
    """
    if not body.isascii():
        body.decode()  # what is passed over for the moment shall be text, too
    try:
        answer = decode_json(body, _answer)
    except ValidationError:
        return decode_json(body)
    return {
        "success": answer.success,
        "error_message": answer.error_message,
        "results": LazyRows(body, [row.row_id for row in answer.results or ()], purpose),
    }


def row_ids_of(rows: Sequence[Row]) -> list[str]:
    """The ids of rows, in their order."""
    return rows.ids if isinstance(rows, LazyRows) else [row["_id"] for row in rows]
