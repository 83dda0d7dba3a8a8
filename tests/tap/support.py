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

from seatable_client.connection import connect
from seatable_client.errors import SeaTableError
from tap_seatable.tap import TapSeaTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seatable_sandbox import Sandbox, SandboxBase

READS_ROWS = r"/(sql|query|rows|filtered-rows)/"
"""The paths of calls that read rows, on servers of any kind."""

OPTIONS = {"options": [{"name": "red"}, {"name": "blue"}, {"name": "très long"}]}

ZOO = (
    ("Text", "text", None),
    ("Long", "long-text", None),
    ("Number", "number", None),
    ("Percent", "number", {"format": "percent"}),
    ("Money", "number", {"format": "euro", "decimal": "comma", "thousands": "dot"}),
    ("Check", "checkbox", None),
    ("Stars", "rate", {"rate_max_number": 10}),
    ("Span", "duration", {"duration_format": "h:mm:ss"}),
    ("Day", "date", {"format": "YYYY-MM-DD"}),
    ("German day", "date", {"format": "DD.MM.YYYY"}),
    ("Moment", "date", {"format": "YYYY-MM-DD HH:mm"}),
    ("US moment", "date", {"format": "M/D/YYYY HH:mm"}),
    ("Choice", "single-select", OPTIONS),
    ("Choices", "multiple-select", OPTIONS),
    ("People", "collaborator", None),
    ("Mail", "email", None),
    ("Site", "url", None),
    ("Pictures", "image", None),
    ("Papers", "file", None),
    ("Place", "geolocation", {"geo_format": "lng_lat"}),
    ("Signature", "digital-sign", None),
    ("Department", "department-single-select", None),
    ("Counter", "auto-number", {"format": "0000", "digits": 4}),
    ("Made by", "creator", None),
    ("Made at", "ctime", None),
    ("Changed by", "last-modifier", None),
    ("Changed at", "mtime", None),
    ("Button", "button", {
        "button_type": "modify_row", "button_name": "Go", "button_color": "#FFFCB5"}),
    ("Friends", "link", {"table": "Zoo", "other_table": "Others"}),
    ("Friend names", "link-formula", {
        "formula": "lookup", "link_column": "Friends", "level1_linked_column": "Name"}),
    ("Friend dates", "link-formula", {
        "formula": "lookup", "link_column": "Friends", "level1_linked_column": "Since"}),
    ("Friend count", "link-formula", {"formula": "count_links", "link_column": "Friends"}),
    ("Friend sum", "link-formula", {
        "formula": "rollup", "link_column": "Friends", "summary_column": "Score",
        "summary_method": "sum"}),
    ("Oldest friend", "link-formula", {
        "formula": "findmin", "link_column": "Friends", "searched_column": "Name",
        "comparison_column": "Score"}),
    ("Double", "formula", {"formula": "{Number} * 2"}),
    ("Shout", "formula", {"formula": "upper({Text})"}),
    ("Next day", "formula", {"formula": "dateAdd({Day}, 1, 'days')", "format": "YYYY-MM-DD"}),
    ("Positive", "formula", {"formula": "{Number} > 0"}),
    ("Ratio", "formula", {"formula": "1 / {Number}"}),
)  # fmt: skip
"""Every column type of SeaTable: name, type, data."""

FILE = {"name": "a.pdf", "size": 12345, "type": "file", "url": "/workspace/1/asset/x/a.pdf"}

ZOO_ROWS: Sequence[Mapping[str, Any]] = (
    {
        "Text": 'Ärger, "quoted"\nand 🦁',
        "Long": "# Title\n\nsome *text*",
        "Number": 12.5,
        "Percent": 0.05,
        "Money": -1234.5,
        "Check": True,
        "Stars": 4,
        "Span": 5400,
        "Day": "2024-06-05",
        "German day": "2024-12-31",
        "Moment": "2024-03-31 03:30",
        "US moment": "2024-11-03 23:59",
        "Choice": "red",
        "Choices": ["blue", "très long"],
        "People": ["1@auth.local", "2@auth.local"],
        "Mail": "a@example.org",
        "Site": "https://example.org/?q=1",
        "Pictures": ["https://example.org/a.png", "/workspace/1/asset/x/images/b.png"],
        "Papers": [FILE],
        "Place": {"lng": 13.4, "lat": 52.5},
        "Signature": {"username": "1@auth.local", "sign_image_url": "/s.png",
                      "sign_time": "2024-01-01T00:00:00+00:00"},
        "Department": 7,
    },
    {
        "Text": "full of zeros",
        "Number": 0,
        "Percent": 0,
        "Money": 9007199254740991,
        "Check": False,
        "Day": "2024-01-01",
        "Moment": "2024-07-01 00:00",
        "Choices": ["red"],
    },
    {"Text": None},
)  # fmt: skip
"""A full row, one of falsy values (and a formula that fails), and an empty one."""


def add_zoo(base: SandboxBase) -> list[str]:
    """Give a base the tables Zoo, with every column type, and Others, which it links to."""
    base.create_table("Others", [
        {"column_name": "Name", "column_type": "text"},
        {"column_name": "Score", "column_type": "number"},
        {"column_name": "Since", "column_type": "date",
         "column_data": {"format": "YYYY-MM-DD"}},
    ])  # fmt: skip
    base.create_table("Zoo", [
        {"column_name": name, "column_type": kind, "column_data": data}
        for name, kind, data in ZOO[:1]
    ])  # fmt: skip
    for name, kind, data in ZOO[1:]:
        base.add_column("Zoo", name, kind, data)
    base.append_rows("Others", [
        {"Name": f"other {number}", "Score": number, "Since": f"2024-01-{number:02}"}
        for number in range(1, 5)
    ])  # fmt: skip
    return base.append_rows("Zoo", ZOO_ROWS)


def link_zoo(config: Mapping[str, Any], base: SandboxBase) -> None:
    """Link the first row of Zoo to three of Others."""
    zoo = next(table for table in base.metadata()["metadata"]["tables"] if table["name"] == "Zoo")
    link = next(column for column in zoo["columns"] if column["name"] == "Friends")
    others = [row["_id"] for row in base.rows("Others")]
    connect(config).base.set_links(
        "Zoo", "Others", link["data"]["link_id"], {base.rows("Zoo")[0]["_id"]: others[:3]}
    )


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

    def of(self, kind: str, stream: str | None = None) -> list[dict[str, Any]]:
        """Messages of one type, of one stream or all."""
        return [
            message
            for message in self.messages
            if message["type"] == kind and stream in {None, message.get("stream")}
        ]

    def records(self, stream: str) -> list[dict[str, Any]]:
        """The records of a stream."""
        return [message["record"] for message in self.of("RECORD", stream)]

    def ids(self, stream: str) -> list[str]:
        """Row ids of a stream's records."""
        return [record["_id"] for record in self.records(stream)]

    def schema(self, stream: str) -> dict[str, Any]:
        """The last SCHEMA of a stream."""
        found: dict[str, Any] = self.of("SCHEMA", stream)[-1]["schema"]
        return found

    @property
    def streams(self) -> list[str]:
        """Names of the streams announced."""
        return [message["stream"] for message in self.of("SCHEMA")]

    @property
    def state(self) -> dict[str, Any]:
        """The value of the last STATE; empty if there was none."""
        states = self.of("STATE")
        return copy.deepcopy(states[-1]["value"]) if states else {}

    def bookmark(self, stream: str) -> str | None:
        """How far a stream came according to the last STATE."""
        marks = self.state.get("bookmarks", {}).get(stream, {})
        value: str | None = marks.get("replication_key_value")
        return value

    def said(self, *words: str) -> list[str]:
        """The log's lines that hold all these words."""
        return [line for line in self.log if all(word in line for word in words)]


class _Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextlib.contextmanager
def logged(level: int = logging.INFO) -> Iterator[list[str]]:
    """What is logged meanwhile."""
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
            tap.troubles.raise_all()
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
