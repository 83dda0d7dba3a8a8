"""A table in a file, whatever the format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Record = dict[str, Any]


@dataclass(frozen=True)
class FileSettings:
    """How a file is read. What is None is found out from the file.

    Attributes:
        path: the file.
        encoding: of text, such as `cp1252`.
        delimiter: what separates the cells of a CSV file.
        skip_rows: lines or rows before the header.
        sheets: patterns of the sheets of a workbook to read, or of the tables and views of a
            database; all visible sheets, or all tables, if empty.
        hidden_rows: whether rows that a workbook hides are read.
    """

    path: str
    encoding: str | None = None
    delimiter: str | None = None
    skip_rows: int = 0
    sheets: Sequence[str] = ()
    hidden_rows: bool = True


@dataclass(kw_only=True)
class Table(ABC):
    """The rows of a file or of one of its sheets, with the schema that all of them fit.

    The whole file has been looked at before the first row is given out, so that whatever is wrong
    with it is said before anything is loaded.

    Attributes:
        name: what a stream of it is called, if nobody names it.
        place: the file, and where it has several the sheet, for messages.
        properties: JSON Schema by column name, in the order of the columns.
        row_count: the number of rows.
        keys: the key columns, if the file names them; else empty.
        notes: what somebody who loads the table should know, one sentence each.
    """

    name: str
    place: str
    properties: Mapping[str, Mapping[str, Any]]
    row_count: int
    keys: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    @abstractmethod
    def rows(self) -> Iterator[Record]:
        """Every row as values that JSON has, `Decimal` besides; empty cells are None.

        Raises:
            FileError: the file has changed since it was looked at.
        """

    def check_keys(self) -> None:  # noqa: B027  (most files tell no keys)
        """See that `keys` tell the rows apart as `rows` gives them.

        Raises:
            FileError: the loader would take two rows for one.
        """
