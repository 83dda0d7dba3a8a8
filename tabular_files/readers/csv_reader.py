"""CSV and TSV files: all cells are text, and what they mean is for the loader to find out."""

from __future__ import annotations

import codecs
import csv
import io
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seatable_client.errors import ConfigError
from singer_seatable.file_kinds import FileKind, kind_of
from tabular_files.columns import column_names
from tabular_files.errors import FileError, check_encoding, unreadable
from tabular_files.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tabular_files.table import FileSettings

DELIMITERS = ",;\t|"
"""What may separate cells, the likelier first."""

_SAMPLE = 65_536
"""Characters at the beginning of a file that its delimiter is found out from."""

_SAMPLE_ROWS = 50
_NAMED_LINES = 3

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks and the encoding that each one tells."""

_OTHER_FILES = {
    FileKind.ARCHIVE: "a ZIP archive, as .xlsx is",
    FileKind.OLD_OFFICE: "a workbook of Excel before 2007, or one with a password",
    FileKind.GZIP: "packed with gzip",
    FileKind.SQLITE: "an SQLite database",
    FileKind.PARQUET: "a Parquet file",
    FileKind.PDF: "a PDF",
}
"""What files are that are no text."""

_PARQUET = b"PAR1\x15"
"""How a Parquet file begins; a header may begin with the letters alone."""

_WRITTEN_TABS = ("\\t", "tab")
"""How a tab is written where none can be typed."""

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


@dataclass(frozen=True)
class _Form:
    """How a file is written.

    Attributes:
        encoding, delimiter: of the file.
        skip_lines: lines before the header, among them one such as `sep=;`.
    """

    encoding: str
    delimiter: str
    skip_lines: int


@dataclass(kw_only=True)
class CsvTable(Table):
    """A CSV file. See `read_csv`.

    Attributes:
        path, form: what to read and how.
        names: of the columns, by position.
        first_row: index of the first row behind the header.
    """

    path: str
    form: _Form
    names: dict[int, str]
    first_row: int

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row that is not blank; an empty cell is None."""
        names = self.names.items()
        for number, (_, cells) in enumerate(_read(self.path, self.form)):
            if number < self.first_row or not any(cells):
                continue
            count = len(cells)
            yield {name: (cells[index] or None) if index < count else None for index, name in names}


@dataclass
class _Misfits:
    """The lines of a file that have another number of cells than its header.

    Attributes:
        path, form: the file.
        too_long: how many have more cells that hold something.
        first_long, first_short: numbers and cells of the first lines that have more, and fewer.
    """

    path: str
    form: _Form
    too_long: int = 0
    first_long: list[tuple[int, int]] = field(default_factory=list)
    first_short: list[tuple[int, int]] = field(default_factory=list)

    def add(self, line: int, cells: Sequence[str], width: int) -> None:
        """Note a line."""
        if len(cells) < width:
            first = self.first_short
        elif any(cells[width:]):
            first = self.first_long
            self.too_long += 1
        else:
            return
        if len(first) < _NAMED_LINES:
            first.append((line, len(cells)))

    def check(self, last: int, width: int) -> None:
        """Check them, now that all lines up to the last one have been read.

        Raises:
            FileError: a line is too long, or the file breaks off within its last line.
        """
        if self.too_long:
            named = ", ".join(f"line {line} has {cells}" for line, cells in self.first_long)
            others = self.too_long - len(self.first_long)
            more = f", and {others} more" if others else ""
            raise FileError(
                f"{self.path}: the header has {width} cells, but {named}{more}. The delimiter was "
                f"taken for {self.form.delimiter!r}. Set delimiter if it is another one, or put "
                "cells that hold it into quotes."
            )
        if [line for line, _ in self.first_short] == [last] and not self._ends_as_a_line():
            raise FileError(
                f"{self.path} seems to break off: its last line, {last}, has "
                f"{self.first_short[0][1]} of {width} cells, as no other line has, and no line "
                "break. Export it again. If it is complete, end it with a line break."
            )

    def _ends_as_a_line(self) -> bool:
        with Path(self.path).open("rb") as file:
            file.seek(-min(file.seek(0, io.SEEK_END), 4), io.SEEK_END)
            end = file.read().rstrip(b"\0")  # the other bytes of UTF-16 and UTF-32
            return end.endswith((b"\n", b"\r"))


def read_csv(settings: FileSettings) -> Table:
    """Look at a CSV file: its encoding, delimiter, header, and whether each line fits the header.

    Raises:
        ConfigError: the delimiter that the settings name cannot be one.
        FileError: the file cannot be read, or a line has more cells than the header.
    """
    form, notes = _find_form(settings)
    header: list[str] | None = None
    first_row = count = line = 0
    filled: set[int] = set()
    misfits = _Misfits(settings.path, form)
    for number, (line, cells) in enumerate(_read(settings.path, form)):
        if not any(cells):
            if header is None and cells:
                notes.append(f"Line {line} has no value and is not read as the header.")
            continue
        if header is None:
            header, first_row = cells, number + 1
            continue
        count += 1
        filled.update(index for index, cell in enumerate(cells) if cell)
        if len(cells) != len(header):
            misfits.add(line, cells, len(header))
    if header is None:
        after = f" after the first {settings.skip_rows}" if settings.skip_rows else ""
        raise FileError(f"{settings.path} has no header: it holds no value at all{after}.")
    if any("\0" in cell for cell in header):
        order = "be" if header[0].startswith("\0") else "le"
        raise FileError(
            f"{settings.path} has zero bytes in its header. Set encoding to utf-16-{order} if it "
            "was saved as Unicode; otherwise it is not a text file."
        )
    misfits.check(line, len(header))
    names, made_up = column_names(settings.path, header, filled)
    return CsvTable(
        name=Path(settings.path).stem,
        place=settings.path,
        properties={name: {"type": ["string", "null"]} for name in names.values()},
        row_count=count,
        notes=[*notes, *made_up, *_doubts(list(names.values()), form)],
        path=settings.path,
        form=form,
        names=names,
        first_row=first_row,
    )


def _doubts(names: Sequence[str], form: _Form) -> list[str]:
    """What looks as if the delimiter were another one."""
    if len(names) != 1:
        return []
    others = [sign for sign in DELIMITERS if sign != form.delimiter and sign in names[0]]
    return [
        f"The only column is called {names[0]!r}: if {sign!r} separates columns, set delimiter."
        for sign in others
    ]


def _read(path: str, form: _Form) -> Iterator[tuple[int, list[str]]]:
    """Every row of a file with the number of its last line.

    Raises:
        FileError: the file is not text in the encoding, or a quote has no end.
    """
    try:
        with Path(path).open(encoding=form.encoding, newline="") as file:
            for _ in range(form.skip_lines):
                file.readline()
            reader = csv.reader(file, delimiter=form.delimiter, strict=True)
            for cells in reader:
                yield form.skip_lines + reader.line_num, cells
    except UnicodeError as error:
        raise FileError(
            f"{path} is not written in {form.encoding} ({error.__class__.__name__}). Set encoding "
            "to the one that it has, such as cp1252 for files of Windows programs in Western "
            "Europe."
        ) from None
    except csv.Error as error:
        raise FileError(
            f"{path}, line {form.skip_lines + reader.line_num}: {error}. Set delimiter if it is "
            f"not {form.delimiter!r}, or correct the quotes of the line."
        ) from None
    except OSError as error:
        raise unreadable(path, error) from None


def _find_form(settings: FileSettings) -> tuple[_Form, list[str]]:
    notes: list[str] = []
    given = _given_delimiter(settings)
    try:
        with Path(settings.path).open("rb") as file:
            beginning = file.read(16)
    except OSError as error:
        raise unreadable(settings.path, error) from None
    _check_is_text(settings.path, beginning)
    marked = next((name for mark, name in _MARKS if beginning.startswith(mark)), None)
    encoding = settings.encoding or marked or "utf-8"
    if (
        settings.encoding
        and marked == "utf-8-sig"
        and settings.encoding.lower() in {"utf-8", "utf8"}
    ):
        encoding = marked
    check_encoding(encoding)
    try:
        with Path(settings.path).open(encoding=encoding, newline="") as file:
            for _ in range(settings.skip_rows):
                file.readline()
            sample = file.read(_SAMPLE)
    except UnicodeError:
        sample = ""  # reading the file says what is wrong
    skip = settings.skip_rows
    first_line = sample.split("\n", 1)[0].strip("\r")
    if first_line.lower().startswith("sep=") and len(first_line) == len("sep=;"):
        skip += 1
        notes.append(f"The first line names the delimiter: {first_line!r}.")
        return _Form(encoding, given or first_line[-1], skip), notes
    delimiter = given or _find_delimiter(sample, Path(settings.path).suffix.lower())
    return _Form(encoding, delimiter, skip), notes


def _check_is_text(path: str, beginning: bytes) -> None:
    """Check that a file is a text file.

    Raises:
        FileError: the file begins as an archive, a workbook, a database or the like.
    """
    kind = kind_of(beginning)
    if kind is FileKind.PARQUET and not beginning.startswith(_PARQUET):
        kind = None
    if kind is not None:
        raise FileError(
            f"{path} is not a text file: it is {_OTHER_FILES[kind]}. Give it the ending of what it "
            "is, or unpack it."
        )


def _given_delimiter(settings: FileSettings) -> str | None:
    """The delimiter that the settings name, if any.

    Raises:
        ConfigError: the delimiter cannot separate cells.
    """
    given = settings.delimiter
    if given in _WRITTEN_TABS:
        return "\t"
    if given and (len(given) > 1 or given in '"\r\n'):
        raise ConfigError(
            f"delimiter {given!r} cannot separate cells. Set one character, such as ';' or a tab."
        )
    return given or None


def _find_delimiter(sample: str, suffix: str) -> str:
    """The sign that splits the first rows into the same number of cells, the more the better."""
    candidates = "\t" + DELIMITERS.replace("\t", "") if suffix in {".tsv", ".tab"} else DELIMITERS
    best, best_score = candidates[0], (0, 0)
    for sign in candidates:
        rows = []
        try:
            for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=sign):
                if any(cells):
                    rows.append(cells)
                if len(rows) > _SAMPLE_ROWS:
                    break
        except csv.Error:
            continue
        if len(rows) > 1 and len(sample) == _SAMPLE:
            rows.pop()  # it may be cut off
        width = len(rows[0]) if rows else 0
        if width > 1:
            fitting = sum(len(cells) == width for cells in rows)
            score = (round(1000 * fitting / len(rows)), width)
            if score > best_score:
                best, best_score = sign, score
    return best
