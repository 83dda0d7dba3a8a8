"""A target that uses the SDK without any optimization."""

from __future__ import annotations

import json
from typing import Any

import requests
from singer_sdk import BatchSink, Target
from singer_sdk import typing as th

from benchmarks.contenders.taps import open_base

_TIMEOUT = 60


class TableSink(BatchSink):
    """A table as a sink by the SDK's guide."""

    max_size = 1_000

    def setup(self) -> None:
        """Open the base."""
        self._root, headers = open_base(self.config["url"])
        self._session = requests.Session()
        self._session.headers.update({**headers, "Content-Type": "application/json"})

    def process_batch(self, context: dict[str, Any]) -> None:
        """Append a batch; dates, which the SDK has parsed, become texts."""
        rows = {"table_name": self.config["table"], "rows": context["records"]}
        body = json.dumps(rows, default=str)
        self._session.post(f"{self._root}rows/", data=body, timeout=_TIMEOUT).raise_for_status()


class TargetPlain(Target):
    """A target that uses the SDK without any optimization."""

    name = "target-plain"
    default_sink_class = TableSink
    config_jsonschema = th.PropertiesList(
        th.Property("url", th.StringType, required=True),
        th.Property("table", th.StringType, required=True),
    ).to_dict()
