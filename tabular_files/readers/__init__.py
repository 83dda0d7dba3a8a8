"""One module for each format."""

from __future__ import annotations

from tabular_files.readers.csv_reader import read_csv
from tabular_files.readers.excel_reader import read_excel
from tabular_files.readers.jsonl_reader import read_json_lines
from tabular_files.readers.parquet_reader import read_parquet
from tabular_files.readers.sqlite_reader import read_sqlite

__all__ = [
    "read_csv",
    "read_excel",
    "read_json_lines",
    "read_parquet",
    "read_sqlite",
]
