"""Guarantees of `tap-tabular-files`: values are read as they are, or the run ends."""

from __future__ import annotations

from tools.mutations.mutation import Mutation

_SQLITE = "tabular_files/readers/sqlite_reader.py"
_SQLITE_TESTS = "tests/tabular_files/test_sqlite_files.py"
_PARQUET = "tabular_files/readers/parquet_reader.py"
_PARQUET_TESTS = "tests/tabular_files/test_json_lines_and_parquet.py"
_CSV = "tabular_files/readers/csv_reader.py"
_CSV_TESTS = "tests/tabular_files/test_csv_files.py"
_EXCEL = "tabular_files/readers/excel_reader.py"
_EXCEL_TESTS = "tests/tabular_files/test_workbooks.py"

FILES = (
    Mutation(
        "a CSV file that breaks off within a line is refused",
        _CSV,
        "if [line for line, _ in self.first_short] == [last] and",
        "if False and",
        f"{_CSV_TESTS} -k 'breaks_off'",
    ),
    Mutation(
        "a SQLite database that breaks off within a page is refused",
        _SQLITE,
        "if size % (1 << 16 if page == 1 else page or 1):",
        "if False:",
        f"{_SQLITE_TESTS} -k 'breaks_off'",
    ),
    Mutation(
        "a sheet is read as far as it goes, whatever size it tells",
        _EXCEL,
        "        sheet.reset_dimensions()",
        "        pass",
        f"{_EXCEL_TESTS} -k 'whatever_size'",
    ),
    Mutation(
        "an infinite number of a SQLite database is not emptied",
        _SQLITE,
        "if isinstance(value, float) and not math.isfinite(value):",
        "if False:",
        f"{_SQLITE_TESTS} -k 'json_does_not_have'",
    ),
    Mutation(
        "a value that came after the types were found out is not converted",
        _SQLITE,
        "if value is not None and type(value) not in types:",
        "if False:",
        f"{_SQLITE_TESTS} -k 'comes_later'",
    ),
    Mutation(
        "texts of a SQLite database are days only if all of them are",
        _SQLITE,
        "self.are_days = self.are_days and _is_day(value)",
        "self.are_days = _is_day(value) or self.are_days",
        f"{_SQLITE_TESTS} -k 'all_its_values_have'",
    ),
    Mutation(
        "an infinite number of a Parquet file is not emptied",
        _PARQUET,
        "if math.isinf(value):",
        "if False:",
        f"{_PARQUET_TESTS} -k 'would_change'",
    ),
    Mutation(
        "Singer messages are not loaded as rows",
        "tabular_files/readers/jsonl_reader.py",
        "if not count and is_message(record):",
        "if False:",
        f"{_PARQUET_TESTS} -k 'no_line_of_a_table'",
    ),
    Mutation(
        "a title above a header is not taken for it",
        "tabular_files/columns.py",
        "if len(named) == 1 and len(unnamed) >= _LEAST_UNNAMED:",
        "if False:",
        "tests/tabular_files/test_csv_files.py -k 'title_above'",
    ),
)
