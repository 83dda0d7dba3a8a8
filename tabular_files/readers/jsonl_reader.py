"""JSON lines: each line an object."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from singer_seatable.file_kinds import is_message
from tabular_files.errors import FileError, check_encoding, unreadable
from tabular_files.readers.json_schema import Observed
from tabular_files.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tabular_files.table import FileSettings

_SURROGATE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
"""Half of a character, which needs the other half."""


@dataclass(kw_only=True)
class JsonLinesTable(Table):
    """A file of JSON lines. See `read_json_lines`.

    Attributes:
        settings: what to read.
    """

    settings: FileSettings

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every object; numbers with a fraction are decimals, so that none changes."""
        for record in _read(self.settings):
            yield {name: record.get(name) for name in self.properties}


def read_json_lines(settings: FileSettings) -> Table:
    """Look at a file of JSON lines: which properties there are, and of which types.

    Raises:
        FileError: a line is no JSON object, or the lines are Singer messages.
    """
    observed = Observed()
    count = 0
    for record in _read(settings):
        if not count and is_message(record):
            raise FileError(
                f"{settings.path} holds Singer messages and no rows. Pipe it into target-seatable; "
                "target-seatable --retry-rejected loads rejected records."
            )
        observed.add(record)
        count += 1
    if not observed.properties:
        raise FileError(f"{settings.path} holds no object with a property.")
    return JsonLinesTable(
        name=Path(settings.path).stem,
        place=settings.path,
        properties={name: value.schema() for name, value in observed.properties.items()},
        row_count=count,
        settings=settings,
    )


def _read(settings: FileSettings) -> Iterator[dict[str, Any]]:
    number, encoding = 0, settings.encoding or "utf-8-sig"
    check_encoding(encoding)
    try:
        with Path(settings.path).open(encoding=encoding) as file:
            for number, line in enumerate(file, start=1):
                if number <= settings.skip_rows or not line.strip():
                    continue
                record = json.loads(
                    line,
                    parse_float=Decimal,
                    parse_constant=_refuse_constant,
                    object_pairs_hook=_object,
                )
                if not isinstance(record, dict):
                    raise FileError(
                        f"{settings.path}, line {number} holds no JSON object. Each line must be "
                        'one, as {"id": 1} is.'
                    )
                if _SURROGATE.search(line):
                    _check_characters(record)
                yield record
    except UnicodeDecodeError:
        raise FileError(
            f"{settings.path} is not written in UTF-8. Set encoding to the one that it has."
        ) from None
    except (ValueError, RecursionError) as error:
        raise FileError(f"{settings.path}, line {number} is not JSON: {error}.") from None
    except OSError as error:
        raise unreadable(settings.path, error) from None


def _check_characters(record: dict[str, Any]) -> None:
    try:
        json.dumps(record, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise ValueError(f"it holds {half!a}, which is an unpaired surrogate") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("an object has the same name twice, and only one value can be kept")
    return record


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
