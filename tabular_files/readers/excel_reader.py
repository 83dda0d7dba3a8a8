"""Excel workbooks: values with the types that their cells have, each sheet a table.

openpyxl is ten times slower than the fastest reader and the only one that tells an error from an
empty cell, an integer from a float, and the format in which a number is shown.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from singer_seatable.file_kinds import FileKind, kind_of
from tabular_files.columns import column_names
from tabular_files.errors import FileError, MissingReader, unreadable
from tabular_files.readers.excel_values import ColumnTypes, unescaped, value_writer
from tabular_files.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tabular_files.table import FileSettings

_TEXT_OF_FORMULA = "str"
"""The type that openpyxl leaves to the stored text of a formula where that text is empty."""

_FORMULA = re.compile(rb"<(?:[^<>\s/:]+:)?f[\s>/]")
"""How a formula begins; some programs write every name with a prefix, as `<x:f>`."""

_LONGEST_TAG = 200
"""Bytes of the beginning of a formula that may be cut by the end of a piece."""


@dataclass(kw_only=True)
class SheetTable(Table):
    """A sheet of a workbook. See `read_excel`.

    Attributes:
        settings, sheet: what to read.
        names: of the columns, by position.
        types: of the columns, by position.
        first_row: index of the first row behind the header.
    """

    settings: FileSettings
    sheet: str
    names: dict[int, str]
    types: dict[int, ColumnTypes]
    first_row: int

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row that holds a value."""
        columns = [
            (index, name, value_writer(self.types[index])) for index, name in self.names.items()
        ]
        with _opened(self.settings) as workbook:
            sheet = _sheet(workbook, self.sheet)
            for cells in _rows(sheet, self.settings, self.first_row):
                count = len(cells)
                yield {
                    name: value_of(cells[position]) if position < count else None
                    for position, name, value_of in columns
                }


def read_excel(settings: FileSettings) -> list[Table]:
    """Look at the sheets of a workbook: header, types of columns, what cannot be read as meant.

    Raises:
        FileError: the file is not a workbook, a formula has no stored value, or no sheet matches.
        MissingReader: openpyxl is not installed.
    """
    with _opened(settings) as workbook:
        visible = [sheet.title for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
        hidden = [sheet.title for sheet in workbook.worksheets if sheet.title not in visible]
        chosen = [
            title
            for title in (*visible, *hidden)
            if any(fnmatchcase(title, pattern) for pattern in settings.sheets)
        ]
        if settings.sheets and not chosen:
            raise FileError(
                f"{settings.path} has no sheet {' or '.join(map(repr, settings.sheets))}; it has "
                f"{', '.join(map(repr, (*visible, *hidden)))}. Name one of them in sheets."
            )
        has_formulas = _has_formulas(settings.path)
        tables = []
        for title in chosen or visible:
            table = _look_at(_sheet(workbook, title), settings, title)
            if table is None:
                continue
            if has_formulas:
                _check_formulas(settings, title)
            tables.append(table)
        if not tables:
            raise FileError(f"{settings.path} holds no value in any sheet that is read.")
        if hidden and not settings.sheets:
            tables[0].notes.append(
                f"Hidden sheets are left out: {', '.join(map(repr, hidden))}. Name them in "
                "sheets to read them."
            )
        if len(tables) == 1:
            tables[0].name = Path(settings.path).stem
        return tables


@contextlib.contextmanager
def _opened(settings: FileSettings, *, data_only: bool = True) -> Iterator[Any]:
    """A workbook, as long as it is read.

    Raises:
        FileError: the workbook cannot be read, whatever error the parsers raise.
        MissingReader: openpyxl is not installed.
    """
    try:
        import openpyxl  # noqa: PLC0415  (an extra, and slow to import)
    except ModuleNotFoundError:
        raise MissingReader(
            f"Reading {settings.path} needs openpyxl, which is not installed. Install "
            "singer-seatable with its extra: pip install 'singer-seatable[excel]'."
        ) from None
    try:
        with Path(settings.path).open("rb") as file:
            _check_kind(file, settings.path)
            # What is hidden is known only where a workbook is read whole.
            yield openpyxl.load_workbook(file, read_only=settings.hidden_rows, data_only=data_only)
    except FileError:
        raise
    except OSError as error:
        raise unreadable(settings.path, error) from None
    except Exception as error:  # noqa: BLE001  (of archives, XML, numbers, missing parts)
        raise FileError(
            f"{settings.path} is not a readable workbook ({error}). Save it as .xlsx, or get "
            "it again if it is damaged."
        ) from None


def _check_kind(file: IO[bytes], path: str) -> None:
    """See that a workbook is an archive, as far as its beginning tells.

    Raises:
        FileError: the workbook has a password, or is in the format of Excel before 2007.
    """
    if kind_of(file.read(16)) is FileKind.OLD_OFFICE:
        raise FileError(
            f"{path} has a password, or is in the format of Excel before 2007. Save it as .xlsx "
            "without a password."
        )
    file.seek(0)


def _sheet(workbook: Any, title: str) -> Any:
    """A sheet that is read as far as it goes, whatever size the program that wrote it tells."""
    sheet = workbook[title]
    if workbook.read_only:
        sheet.reset_dimensions()
    return sheet


def _rows(sheet: Any, settings: FileSettings, start: int = 0) -> Iterator[Sequence[Any]]:
    """The rows of a sheet that hold a value, from an index on, as cells."""
    for cells in itertools.islice(_all_rows(sheet, settings), start, None):
        if any(cell.value is not None for cell in cells):
            yield cells


def _all_rows(sheet: Any, settings: FileSettings) -> Iterator[Sequence[Any]]:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if not settings.hidden_rows and sheet.row_dimensions[number].hidden:
            yield ()
        else:
            yield cells


def _look_at(sheet: Any, settings: FileSettings, title: str) -> Table | None:
    place = f"{settings.path}, sheet {title!r}"
    header: list[Any] | None = None
    first_row = count = 0
    types: dict[int, ColumnTypes] = {}
    errors: Counter[str] = Counter()
    first_error = ""
    for index, cells in enumerate(_all_rows(sheet, settings)):
        if index < settings.skip_rows or all(cell.value is None for cell in cells):
            continue
        if header is None:
            header, first_row = [unescaped(cell.value) for cell in cells], index + 1
            continue
        count += 1
        for position, cell in enumerate(cells):
            if cell.value is None:
                continue
            if cell.data_type == "e":
                errors[cell.value] += 1
                first_error = first_error or cell.coordinate
                continue
            types.setdefault(position, ColumnTypes()).add(cell)
    if header is None:
        return None
    names, notes = column_names(place, header, types.keys())
    if errors:
        notes.append(
            f"{errors.total()} cells hold an error ({', '.join(errors)}), the first one in "
            f"{first_error}; they come as empty cells."
        )
    kinds = {position: types.get(position, ColumnTypes()) for position in names}
    for position, found in kinds.items():
        notes.extend(f"Column {names[position]!r}: {note}" for note in found.notes())
    return SheetTable(
        name=title,
        place=place,
        properties={name: kinds[position].schema() for position, name in names.items()},
        row_count=count,
        notes=notes,
        settings=settings,
        sheet=title,
        names=names,
        types=kinds,
        first_row=first_row,
    )


def _has_formulas(path: str) -> bool:
    """Whether any sheet may have a formula; asked of the packed XML, which is cheap.

    Sheets may stand in any part but that of the texts, and may be written in UTF-16.
    """
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.lower().endswith(".xml") or name.lower().endswith("sharedstrings.xml"):
                continue
            with archive.open(name) as file:
                rest = b""
                while piece := file.read(1 << 20):
                    if _FORMULA.search(rest + piece) or b"\0" in piece:
                        return True
                    rest = piece[-_LONGEST_TAG:]
    return False


def _check_formulas(settings: FileSettings, title: str) -> None:
    """See that every formula has a stored value: a program that saves none would give empty cells.

    Raises:
        FileError: a formula has no stored value.
    """
    with (
        _opened(settings, data_only=False) as formulas,
        _opened(settings) as values,
    ):
        pairs = zip(
            _all_rows(_sheet(formulas, title), settings),
            _all_rows(_sheet(values, title), settings),
            strict=True,
        )
        for formula_cells, value_cells in pairs:
            for formula, value in zip(formula_cells, value_cells, strict=True):
                has_value = value.value is not None or value.data_type == _TEXT_OF_FORMULA
                if formula.data_type == "f" and not has_value:
                    raise FileError(
                        f"{settings.path}, sheet {title!r}: the formula in {formula.coordinate} "
                        "has no stored value. Open the workbook in Excel or LibreOffice and "
                        "save it."
                    )
