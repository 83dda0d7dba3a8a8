"""Parquet files: values of the file's own types, exactly."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from singer_seatable.contract import SCHEMA_EXTENSION
from tabular_files.errors import FileError, MissingReader, unreadable
from tabular_files.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tabular_files.table import FileSettings

_BATCH_ROWS = 5_000

_DURATION = {"format": "duration", "duration_format": "h:mm:ss"}


@dataclass(kw_only=True)
class ParquetTable(Table):
    """A Parquet file. See `read_parquet`.

    Attributes:
        settings: what to read.
    """

    settings: FileSettings

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row, a batch at a time; a number that is none (NaN) is None.

        Raises:
            FileError: a value has no form in JSON, or more digits than Python's times.
        """
        from pyarrow import ArrowException  # noqa: PLC0415

        with _open(self.settings) as file:
            try:
                for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                    for row in batch.to_pylist():
                        yield {name: _written(value) for name, value in row.items()}
            except (ValueError, OverflowError, OSError, ArrowException) as error:
                reason = str(error).partition(". ")[0]  # advice to programmers follows
                raise FileError(
                    f"{self.place} holds a value that cannot be read as it is: {reason}. Convert "
                    "the column, or leave it out of the file."
                ) from None


def read_parquet(settings: FileSettings) -> Table:
    """Look at a Parquet file's schema.

    Raises:
        FileError: the file is not a Parquet file, JSON cannot represent the type of a column, or
            two columns have one name.
        MissingReader: pyarrow is not installed.
    """
    with _open(settings) as file:
        properties = {}
        for column in file.schema_arrow:
            schema = _schema_of(column.type)
            if schema is None:
                raise FileError(
                    f"{settings.path}: column {column.name!r} is of type {column.type}, which "
                    "JSON cannot represent. Leave the column out of the file, or convert it."
                )
            if column.name in properties:
                raise FileError(
                    f"{settings.path}: two columns are called {column.name!r}, and a record can "
                    "have only one of them. Rename one, or leave it out of the file."
                )
            properties[column.name] = schema
        return ParquetTable(
            name=Path(settings.path).stem,
            place=settings.path,
            properties=properties,
            row_count=file.metadata.num_rows,
            settings=settings,
        )


def _open(settings: FileSettings) -> Any:
    try:
        import pyarrow  # noqa: PLC0415  (an extra, and slow to import)
        from pyarrow import parquet  # noqa: PLC0415
    except ModuleNotFoundError:
        raise MissingReader(
            f"Reading {settings.path} needs pyarrow, which is not installed. Install "
            "singer-seatable with its extra: pip install 'singer-seatable[parquet]'."
        ) from None
    try:
        with Path(settings.path).open("rb"):  # pyarrow's own errors do not tell what failed
            pass
        return parquet.ParquetFile(settings.path, page_checksum_verification=True)
    except (ValueError, pyarrow.ArrowException) as error:
        raise FileError(f"{settings.path} is not a Parquet file: {error}.") from None
    except OSError as error:
        raise unreadable(settings.path, error) from None


def _schema_of(type_: Any) -> Mapping[str, Any] | None:
    from pyarrow import types  # noqa: PLC0415

    simple: tuple[tuple[Any, Mapping[str, Any]], ...] = (
        (types.is_boolean, {"type": ["boolean", "null"]}),
        (types.is_integer, {"type": ["integer", "null"]}),
        (types.is_floating, {"type": ["number", "null"]}),
        (types.is_decimal, {"type": ["number", "null"]}),
        (types.is_date, {"type": ["string", "null"], "format": "date"}),
        (types.is_timestamp, {"type": ["string", "null"], "format": "date-time"}),
        (types.is_time, {"type": ["string", "null"], "format": "time"}),
        (
            types.is_duration,
            {"type": ["number", "null"], SCHEMA_EXTENSION: {"type": "duration", "data": _DURATION}},
        ),
        (types.is_string, {"type": ["string", "null"]}),
        (types.is_large_string, {"type": ["string", "null"]}),
        (types.is_null, {"type": ["string", "null"]}),
    )
    for is_it, schema in simple:
        if is_it(type_):
            return schema
    if types.is_dictionary(type_):
        return _schema_of(type_.value_type)
    if types.is_list(type_) or types.is_large_list(type_) or types.is_fixed_size_list(type_):
        items = _schema_of(type_.value_type)
        return None if items is None else {"type": ["array", "null"], "items": items}
    if types.is_struct(type_):
        inner = {field.name: _schema_of(field.type) for field in type_}
        if None in inner.values():
            return None
        return {"type": ["object", "null"], "properties": inner}
    return None


def _written(value: Any) -> Any:
    """A value of pyarrow's as JSON has it.

    Raises:
        ValueError: JSON has no such value.
    """
    if isinstance(value, float):
        if math.isinf(value):
            raise ValueError(f"JSON does not have the number {value}")
        return None if math.isnan(value) else value
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        seconds = Decimal(value // datetime.timedelta(microseconds=1)) / 1_000_000
        return int(seconds) if seconds == int(seconds) else seconds
    if isinstance(value, list):
        return [_written(element) for element in value]
    if isinstance(value, dict):
        return {name: _written(inner) for name, inner in value.items()}
    return value
