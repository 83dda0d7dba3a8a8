"""Programs that read Singer messages and load their records into tables.

python -m benchmarks.contenders.targets limit|limit-validated|sdk|seatable-api URL TABLE < MESSAGES
"""

from __future__ import annotations

import gc
import json
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import requests

from benchmarks.contenders.taps import open_base

if TYPE_CHECKING:
    from collections.abc import Callable

    Record = dict[str, Any]

_BATCH_SIZE = 1_000
"""Rows of one append."""

_TIMEOUT = 60


def _accept(_record: Record) -> None:
    """Accept every record."""


def limit(url: str, table: str, *, validated: bool = False) -> None:
    """The minimal target: reading, decoding, encoding and sending; optionally validating."""
    gc.disable()  # records have no cycles
    root, headers = open_base(url)
    session = requests.Session()
    session.headers.update({**headers, "Content-Type": "application/json"})
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode
    check: Callable[[Record], Any] = _accept
    batch: list[Record] = []

    def send() -> None:
        body = encode({"table_name": table, "rows": batch})
        session.post(f"{root}rows/", data=body, timeout=_TIMEOUT).raise_for_status()
        batch.clear()

    for line in sys.stdin.buffer:
        message = decode(line)
        if message["type"] == "SCHEMA" and validated:
            import fastjsonschema  # noqa: PLC0415  (only here)

            check = fastjsonschema.compile(message["schema"], use_formats=False)
        if message["type"] != "RECORD":
            continue
        record = message["record"]
        check(record)
        batch.append(record)
        if len(batch) == _BATCH_SIZE:
            send()
    if batch:
        send()


def limit_validated(url: str, table: str) -> None:
    """The minimal target with a compiled validator."""
    limit(url, table, validated=True)


def seatable_api(url: str, table: str) -> None:
    """SeaTable's own client: appends batches of a thousand rows."""
    from seatable_api import Base  # noqa: PLC0415  (a program of its own)

    base = Base("benchmark", url)
    base.auth()
    batch: list[Record] = []
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] != "RECORD":
            continue
        batch.append(message["record"])
        if len(batch) == _BATCH_SIZE:
            base.batch_append_rows(table, batch)
            batch = []
    if batch:
        base.batch_append_rows(table, batch)


def sdk(url: str, table: str) -> None:
    """A target that uses the SDK without any optimization."""
    from benchmarks.contenders.sdk_target import TargetPlain  # noqa: PLC0415  (a program of its own)

    TargetPlain(config={"url": url, "table": table}).listen()


if __name__ == "__main__":
    {
        "limit": limit,
        "limit-validated": limit_validated,
        "sdk": sdk,
        "seatable-api": seatable_api,
    }[sys.argv[1]](sys.argv[2], sys.argv[3])
