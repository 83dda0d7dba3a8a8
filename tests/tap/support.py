"""Bases to read, and ways to run the tap on them: what the tests of the tap have in common."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import logging
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

from seatable_client.errors import SeaTableError
from singer_seatable.contract import STATE_KEY
from tap_seatable.state import emitted_rows
from tap_seatable.tap import TapSeaTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seatable_sandbox import Sandbox, SandboxBase

LOGIN = {"username": "demo@example.com", "password": "demo"}
"""The account of every sandbox."""

READS_ROWS = r"/(sql|query|rows|filtered-rows)/"
"""The paths of calls that read rows, on servers of any kind."""


def make_table(base: SandboxBase, name: str = "Things", rows: int = 0) -> list[str]:
    """A table of a text and a number column."""
    base.create_table(name, [
        {"column_name": "Name", "column_type": "text"},
        {"column_name": "Amount", "column_type": "number"},
    ])  # fmt: skip
    return base.append_rows(
        name, [{"Name": f"row {number}", "Amount": number} for number in range(rows)]
    )


def calls_for_rows(sandbox: Sandbox) -> int:
    """How many calls for rows a sandbox has had since its calls were last forgotten."""
    return sum(re.search(READS_ROWS, call.path) is not None for call in sandbox.calls)


def config_of(sandbox: Sandbox, base: SandboxBase, **settings: Any) -> dict[str, Any]:
    """The tap's configuration for a base of a sandbox."""
    return {"server_url": sandbox.url, "api_token": base.api_token, **settings}


@dataclass
class Run:
    """What one run of the tap brought.

    Attributes:
        messages: Singer messages in their order.
        log: what the tap and the client had to say, one line per entry.
        error: the sentence with which the run ended; empty after success.
    """

    messages: list[dict[str, Any]]
    log: list[str] = field(default_factory=list)
    error: str = ""

    def messages_of(self, message_type: str, stream: str | None = None) -> list[dict[str, Any]]:
        """Messages of one type, of one stream or all."""
        return [
            message
            for message in self.messages
            if message["type"] == message_type and stream in {None, message.get("stream")}
        ]

    def records(self, stream: str) -> list[dict[str, Any]]:
        """The records of a stream."""
        return [message["record"] for message in self.messages_of("RECORD", stream)]

    def ids(self, stream: str) -> list[str]:
        """Row ids of a stream's records."""
        return [record["_id"] for record in self.records(stream)]

    def schema(self, stream: str) -> dict[str, Any]:
        """The last SCHEMA of a stream."""
        found: dict[str, Any] = self.messages_of("SCHEMA", stream)[-1]["schema"]
        return found

    @property
    def streams(self) -> list[str]:
        """Names of the streams announced."""
        return [message["stream"] for message in self.messages_of("SCHEMA")]

    @property
    def state(self) -> dict[str, Any]:
        """The value of the last STATE; empty if there was none."""
        states = self.messages_of("STATE")
        return copy.deepcopy(states[-1]["value"]) if states else {}

    def bookmark(self, stream: str) -> str | None:
        """How far a stream came according to the last STATE."""
        marks = self.state.get("bookmarks", {}).get(stream, {})
        value: str | None = marks.get("replication_key_value")
        return value

    def log_lines(self, *words: str) -> list[str]:
        """The log's lines that hold all these words."""
        return [line for line in self.log if all(word in line for word in words)]


class _Lines(logging.Handler):
    """Keeps what is logged, and of what is DEBUG only what `sync` says."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.DEBUG and not record.name.startswith("tap_seatable.sync."):
            return
        self.lines.append(record.getMessage())


@contextlib.contextmanager
def logged(level: int = logging.DEBUG) -> Iterator[list[str]]:
    """What is logged meanwhile, as a user sees it with `TAP_SEATABLE_LOGLEVEL=DEBUG`."""
    root, handler = logging.getLogger(), _Lines()
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    try:
        yield handler.lines
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


@contextlib.contextmanager
def standard_output() -> Iterator[io.BytesIO]:
    """Standard output, caught as bytes."""
    caught = io.BytesIO()
    wrapper = io.TextIOWrapper(caught, encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(wrapper):
        yield caught
    wrapper.detach()


def parse(output: bytes) -> list[dict[str, Any]]:
    """Singer messages from a tap's output, each line complete JSON."""
    return [json.loads(line) for line in output.splitlines()]


def read(
    config: Mapping[str, Any],
    *,
    catalog: Mapping[str, Any] | None = None,
    state: Mapping[str, Any] | None = None,
) -> Run:
    """Run the tap in this process as its command does."""
    error = ""
    with logged() as lines, standard_output() as output:
        try:
            tap = TapSeaTable(
                config=copy.deepcopy(dict(config)),
                catalog=copy.deepcopy(dict(catalog)) if catalog else None,
                state=copy.deepcopy(dict(state)) if state else None,
            )
            tap.sync_all()
            tap.failures.raise_all()
        except SeaTableError as failure:
            error = str(failure)
    return Run(parse(output.getvalue()), lines, error)


def discover(config: Mapping[str, Any]) -> dict[str, Any]:
    """The catalog that discovery gives."""
    tap = TapSeaTable(config=copy.deepcopy(dict(config)), setup_mapper=False)
    found: dict[str, Any] = json.loads(tap.catalog_json_text)
    return found


def entry_of(catalog: Mapping[str, Any], stream: str) -> dict[str, Any]:
    """A stream's entry of a catalog."""
    found: dict[str, Any] = next(
        entry for entry in catalog["streams"] if entry["tap_stream_id"] == stream
    )
    return found


def metadata_of(catalog: Mapping[str, Any], stream: str, *breadcrumb: str) -> dict[str, Any]:
    """A stream's metadata at a place of the catalog."""
    entries = entry_of(catalog, stream)["metadata"]
    found: dict[str, Any] = next(
        entry["metadata"] for entry in entries if entry["breadcrumb"] == list(breadcrumb)
    )
    return found


def command(
    *arguments: str,
    program: str = "",
    env: Mapping[str, str] | None = None,
    **options: Any,
) -> Any:
    """Start the tap's command; `program` is Python to run before it."""
    start = f"{program}\nfrom tap_seatable.tap import TapSeaTable\nTapSeaTable.cli()"
    return subprocess.Popen(
        [sys.executable, "-c", start, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(env or {})},
        **options,
    )


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    output: bytes
    log: str


def run_command(
    *arguments: str, program: str = "", env: Mapping[str, str] | None = None, **options: Any
) -> Ended:
    """Run the tap's command to its end."""
    process = command(*arguments, program=program, env=env, **options)
    output, log = process.communicate(timeout=60)
    return Ended(process.returncode, output, log.decode())


def errors_in_log(ended: Ended) -> list[str]:
    """The errors in a command's log."""
    return [line for line in ended.log.splitlines() if "ERROR" in line]


def paths_called(sandbox: Sandbox, end: str) -> list[str]:
    """The paths of calls to a sandbox that end like this."""
    return [call.path for call in sandbox.calls if call.path.endswith(end)]


def memory_of(state: Mapping[str, Any], stream: str = "T") -> Any:
    """What a state has of a table, to look at or to change: in the form that it once had.

    It is one text, which this opens in its place. A tap reads both forms.
    """
    marks = state["bookmarks"][stream]
    if isinstance(marks[STATE_KEY], str):
        marks[STATE_KEY] = json.loads(marks[STATE_KEY])
    return marks[STATE_KEY]


def form_of(state: Mapping[str, Any] | None, stream: str = "T") -> str | None:
    """How the rows of a table are remembered: as a list or as sketches; None if they are not."""
    text = json.dumps(((state or {}).get("bookmarks") or {}).get(stream))
    return "list" if "row_ids" in text else "sketches" if "pairs" in text else None


@contextlib.contextmanager
def longest_list(rows: int) -> Iterator[None]:
    """Let a table of more rows than these be remembered by sketches; of 0, every table."""
    with mock.patch.object(emitted_rows, "_is_shorter", lambda count, _capacity: count <= rows):
        yield


def select_only(catalog: Mapping[str, Any], stream: str, *names: str) -> None:
    """Select these properties of a stream and no other."""
    for item in entry_of(catalog, stream)["metadata"]:
        if item["breadcrumb"]:
            item["metadata"]["selected"] = item["breadcrumb"][1] in names


def deselect_stream(catalog: Mapping[str, Any], stream: str) -> None:
    """Deselect a stream."""
    metadata_of(catalog, stream)["selected"] = False


def page_selects(statements: Sequence[str]) -> list[str]:
    """The SELECTs of pages of rows."""
    return [statement for statement in statements if "ORDER BY" in statement]


def columns_of_select(statement: str) -> set[str]:
    """The columns of a SELECT besides the row's own fields."""
    columns = set(re.findall("`([^`]*)`", statement.partition(" FROM ")[0]))
    assert {"_id", "_mtime"} <= columns
    return columns - {"_id", "_mtime", "_ctime"}
