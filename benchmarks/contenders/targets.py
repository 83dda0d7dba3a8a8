"""Programs that read Singer messages and load their records into a table.

python -m benchmarks.contenders.targets limit|limit-validated|sdk|seatable-api URL < MESSAGES
"""

from __future__ import annotations

import gc
import json
import sys
from typing import TYPE_CHECKING, Any

import fastjsonschema
import msgspec
import requests
from seatable_api import Base
from singer_sdk import BatchSink, Target
from singer_sdk import typing as th

from benchmarks.contenders.taps import open_base
from benchmarks.dataset import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable

    Record = dict[str, Any]

_BATCH_SIZE = 1_000
"""Rows of one append."""

_TIMEOUT = 60


def _accept(_record: Record) -> None:
    """Accept every record."""


def limit(url: str, *, validated: bool = False) -> None:
    """The minimal target: reading, decoding, encoding and sending; optionally validating."""
    gc.disable()  # records have no cycles
    root, headers = open_base(url)
    session = requests.Session()
    session.headers.update({**headers, "Content-Type": "application/json"})
    encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode
    check: Callable[[Record], Any] = _accept
    batch: list[Record] = []

    def send() -> None:
        body = encode({"table_name": EMPTY, "rows": batch})
        session.post(f"{root}rows/", data=body, timeout=_TIMEOUT).raise_for_status()
        batch.clear()

    for line in sys.stdin.buffer:
        message = decode(line)
        if message["type"] == "SCHEMA" and validated:
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


def seatable_api(url: str) -> None:
    """SeaTable's own client: appends batches of a thousand rows."""
    base = Base("benchmark", url)
    base.auth()
    batch: list[Record] = []
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] != "RECORD":
            continue
        batch.append(message["record"])
        if len(batch) == _BATCH_SIZE:
            base.batch_append_rows(EMPTY, batch)
            batch = []
    if batch:
        base.batch_append_rows(EMPTY, batch)


class Arrivals(BatchSink):
    """The table as a sink by the SDK's guide."""

    max_size = _BATCH_SIZE

    def setup(self) -> None:
        """Open the base."""
        self._root, headers = open_base(self.config["url"])
        self._session = requests.Session()
        self._session.headers.update({**headers, "Content-Type": "application/json"})

    def process_batch(self, context: dict[str, Any]) -> None:
        """Append a batch; dates, which the SDK has parsed, become texts."""
        body = json.dumps({"table_name": EMPTY, "rows": context["records"]}, default=str)
        self._session.post(f"{self._root}rows/", data=body, timeout=_TIMEOUT).raise_for_status()


class TargetPlain(Target):
    """A target that uses the SDK without any optimization."""

    name = "target-plain"
    default_sink_class = Arrivals
    config_jsonschema = th.PropertiesList(
        th.Property("url", th.StringType, required=True)
    ).to_dict()


def sdk(url: str) -> None:
    """A target that uses the SDK without any optimization."""
    TargetPlain(config={"url": url}).listen()


def limit_validated(url: str) -> None:
    """The minimal target with a compiled validator."""
    limit(url, validated=True)


if __name__ == "__main__":
    {
        "limit": limit,
        "limit-validated": limit_validated,
        "sdk": sdk,
        "seatable-api": seatable_api,
    }[sys.argv[1]](sys.argv[2])
