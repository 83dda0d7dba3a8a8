#!/usr/bin/env bash
# fastparquet 2026.9.0 reads a file of pyarrow 26.0.1: dates outside of 1677 to 2262 become other dates. 9999-12-31, which
# many tables hold for "no end", is 1816-03-29, and 1066-10-14 is in 2235. Decimals become floats and lose their last
# digits, a time zone is gone, and a time of day is a bare integer. No error, no warning; pyarrow reads all of them back.
# Source: converted_types.py makes nanoseconds in 64 bits of the days.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'fastparquet==2026.9.0' 'pyarrow==26.0.1' 'pandas==3.1.1'

venv/bin/python -W error::UserWarning - <<'PY'
import datetime
from decimal import Decimal

import fastparquet
import pyarrow
import pyarrow.parquet

columns = {
    "date": pyarrow.array([datetime.date(2024, 5, 17), datetime.date(9999, 12, 31), datetime.date(1066, 10, 14)]),
    "decimal": pyarrow.array([Decimal("1234567890123456.78"), None, Decimal("0.10")], pyarrow.decimal128(18, 2)),
    "instant": pyarrow.array([datetime.datetime(2024, 6, 1, 10, tzinfo=datetime.timezone.utc)] * 3, pyarrow.timestamp("us", "Europe/Berlin")),
    "time": pyarrow.array([datetime.time(10, 20, 30)] * 3, pyarrow.time64("us")),
}
pyarrow.parquet.write_table(pyarrow.table(columns), "goods.parquet")
by_pyarrow = pyarrow.parquet.read_table("goods.parquet").to_pydict()
frame = fastparquet.ParquetFile("goods.parquet").to_pandas()
by_fastparquet = {
    "date": [str(day.date()) for day in frame["date"]],
    "decimal": [str(frame["decimal"][0])],
    "instant": [str(frame["instant"][0])],
    "time": [str(frame["time"][0])],
}
print("fastparquet", fastparquet.__version__, "- pyarrow", pyarrow.__version__)
for name, values in by_fastparquet.items():
    for one, other in zip(by_pyarrow[name], values, strict=False):
        print(f"{name:8} pyarrow: {one!s:26} fastparquet: {other}")
assert by_pyarrow == {name: column.to_pylist() for name, column in columns.items()}
assert by_fastparquet == {
    "date": ["2024-05-17", "1816-03-29", "2235-11-22"],
    "decimal": ["1234567890123456.8"],
    "instant": ["2024-06-01 10:00:00"],
    "time": ["37230000000"],
}
PY
