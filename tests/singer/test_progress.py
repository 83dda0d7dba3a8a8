"""How far a run is: a line every ten seconds, or a bar on a terminal, and never on stdout."""

import functools
import io
import itertools
import json
import logging
import os
import re
import subprocess
import sys
import threading
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from seatable_sandbox import Fault, Sandbox
from singer_seatable.run_log import RunProgress
from target_seatable.target import TargetSeaTable
from tests.tap.support import READS_ROWS, config_of, make_table, parse, read

NUMBERS = itertools.count()
BIN = Path(sys.executable).parent


class Clock:
    """A clock that goes on only when it is told to."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture(scope="module")
def server():
    with Sandbox(profile="gateway") as sandbox:
        yield sandbox


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def progress(clock, caplog):
    caplog.set_level(logging.INFO)
    return RunProgress(logging.getLogger("singer_seatable.test"), "rows read", clock=clock)


def test_a_line_says_rows_of_how_many_their_rate_and_the_time_left(progress, clock, caplog):
    progress.begin("Orders", total=300_000)
    for _ in range(30):
        clock.now += 1
        progress.advance("Orders", 5_000)
    assert caplog.messages == [
        "Stream 'Orders': 50,000 of 300,000 rows read, 5,000 per second, 50 s left.",
        "Stream 'Orders': 100,000 of 300,000 rows read, 5,000 per second, 40 s left.",
        "Stream 'Orders': 150,000 of 300,000 rows read, 5,000 per second, 30 s left.",
    ]


@pytest.mark.parametrize(
    ("total", "before", "expected"),
    [
        (None, 0, "100 rows read, 10 per second"),
        (100, 0, "100 of 100 rows read, 10 per second, 0 s left"),
        (90, 0, "100 of 90 rows read, 10 per second, 0 s left"),  # more came meanwhile
        (5_100, 4_000, "4,100 of 5,100 rows read, 10 per second, 100 s left"),
        (6_100, 0, "100 of 6,100 rows read, 10 per second, 10 min left"),
        (72_100, 0, "100 of 72,100 rows read, 10 per second, 2 h 0 min left"),
    ],
)
def test_what_is_known_of_the_rows(progress, clock, caplog, total, before, expected):
    progress.begin("T", total=total, before=before)
    clock.now += 10
    progress.advance("T", 100)
    assert caplog.messages == [f"Stream 'T': {expected}."]


def test_small_streams_are_not_told_of(progress, clock, caplog):
    for number in range(100):
        progress.begin(f"T{number}", total=10)
        clock.now += 0.9
        progress.advance(f"T{number}", 10)
        progress.end(f"T{number}")
    assert not caplog.messages


def test_threads_share_it(progress, clock, caplog):
    progress.begin("T")
    threads = [
        threading.Thread(target=lambda: [progress.advance("T", 1) for _ in range(2_000)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.now += 10
    progress.advance("T", 0)
    assert caplog.messages == ["Stream 'T': 8,000 rows read, 800 per second."]


def ticking(seconds):
    """A clock that is read at intervals of so many seconds."""
    return functools.partial(next, itertools.count(0.0, seconds))


def test_a_full_read_knows_its_rows_and_goes_on_from_an_earlier_one(server, monkeypatch):
    monkeypatch.setattr(
        "tap_seatable.tap.RunProgress",
        functools.partial(RunProgress, clock=ticking(4.0)),
    )
    base = server.create_base("Full")
    make_table(base, rows=95)
    config = config_of(server, base, page_size=10, concurrency=1)
    first = read(config)
    lines = first.log_lines("95 rows read")
    assert lines[0] == "Stream 'Things': 20 of 95 rows read, 2 per second, 30 s left."
    assert len(first.records("Things")) == 95
    # A comparison reads all rows, too, and emits none.
    compared = read({**config, "full_compare_interval": 0}, state=first.state)
    assert not compared.records("Things")
    assert compared.log_lines("of 95 rows read")
    # How many rows have changed is not known before they are read.
    server.clock.advance(100)
    base.append_rows("Things", [{"Name": "new"} for _ in range(45)])
    assert read(config, state=first.state).log_lines("rows read, 2 per second.")


def test_no_clock_is_read_for_each_row(server, monkeypatch):
    base = server.create_base("Cost")
    make_table(base, rows=300)
    readings = itertools.count()
    monkeypatch.setattr(
        "tap_seatable.tap.RunProgress",
        functools.partial(RunProgress, clock=lambda: float(next(readings))),
    )
    assert len(read(config_of(server, base, page_size=100)).records("Things")) == 300
    assert next(readings) <= 6  # once for the run, once for the table, once for each page


def lines_of(records):
    """A stream's messages with so many records."""
    schema = {"properties": {"id": {"type": "integer"}, "n": {"type": "string"}}}
    messages = [
        {"type": "SCHEMA", "stream": "t", "key_properties": ["id"], "schema": schema},
        *({"type": "RECORD", "stream": "t", "record": {"id": key, "n": "x"}}
          for key in range(records)),
        {"type": "STATE", "value": {}},
    ]  # fmt: skip
    return "".join(json.dumps(message) + "\n" for message in messages)


def test_the_target_tells_how_many_records_it_has_loaded(server, monkeypatch, caplog):
    monkeypatch.setattr(
        "target_seatable.target.message_target.RunProgress",
        functools.partial(RunProgress, clock=ticking(10.0)),
    )
    base = server.create_base("Load")
    caplog.set_level(logging.INFO)
    with redirect_stdout(io.StringIO()) as output:
        config = config_of(server, base, batch_size_rows=100)
        TargetSeaTable(config=config).run(io.BytesIO(lines_of(20_000).encode()))
    lines = [
        int(found[1].replace(",", ""))
        for line in caplog.messages
        if (found := re.fullmatch(r"Stream 't': ([\d,]+) records loaded, \d+ per second\.", line))
    ]
    assert lines == [5_000, 10_000, 15_000, 20_000]
    assert "loaded" not in output.getvalue()


# On a terminal


def run_on_terminal(*arguments, stdin=None, term="xterm-256color"):
    """Run a command whose standard error is a terminal; what went out, and what it shows."""
    terminal, end = os.openpty()
    environment = {**os.environ, "TERM": term, "COLUMNS": "200"}
    process = subprocess.Popen(
        [BIN / arguments[0], *arguments[1:]],
        stdin=stdin or subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=end,
        env=environment,
    )
    os.close(end)
    shown: list[bytes] = []

    def watch():
        while True:
            try:
                block = os.read(terminal, 65_536)
            except OSError:  # the last one has closed it
                return
            if not block:
                return
            shown.append(block)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate(timeout=60)
    watcher.join()
    os.close(terminal)
    assert process.returncode == 0, b"".join(shown)
    return output, b"".join(shown).decode()


@pytest.fixture
def slow_base(server):
    """A base whose pages take as long as it takes for a bar to appear."""
    base = server.create_base(f"Slow {next(NUMBERS)}")
    make_table(base, "[red]", rows=50)
    yield base
    server.clear_faults()


def config_file(tmp_path, config):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return f"--config={path}"


def test_a_terminal_shows_a_bar_and_the_log_above_it(server, slow_base, tmp_path):
    server.inject(Fault("hang_after", path=READS_ROWS, after=2, times=4, seconds=0.5))
    config = config_of(server, slow_base, page_size=10, concurrency=1)
    output, shown = run_on_terminal("tap-seatable", config_file(tmp_path, config))
    records = [message for message in parse(output) if message["type"] == "RECORD"]
    assert len(records) == 50
    assert "\N{BOX DRAWINGS HEAVY HORIZONTAL}" in shown
    assert re.search(r"\[red\] .* of 50 rows read, \d+ per second, \d+ s left", shown)
    # The log is whole, begins at the left, and has nothing of the bar in its lines.
    for line in ("Stream '[red]': 50 records, 0 deleted rows.", "SUMMARY: "):
        assert re.search(rf"(^|\n|\r|\x1b\[2K)20\d\d-[^\n]*{re.escape(line)}", shown)
    # In the end the bar is gone.
    assert "rows read" not in shown.rpartition("\x1b[2K")[2]


def test_a_terminal_that_shows_no_bars_gets_none(server, slow_base, tmp_path):
    server.inject(Fault("hang_after", path=READS_ROWS, after=2, times=4, seconds=0.5))
    config = config_of(server, slow_base, page_size=10, concurrency=1)
    _, shown = run_on_terminal("tap-seatable", config_file(tmp_path, config), term="dumb")
    assert "SUMMARY: " in shown
    assert "rows read" not in shown
    assert "\x1b" not in shown


def test_a_target_draws_for_a_file_and_leaves_the_terminal_to_a_pipe(server, tmp_path):
    messages = tmp_path / "messages.jsonl"
    messages.write_text(lines_of(6_000), encoding="utf-8")
    for name, is_piped in (("File", False), ("Pipe", True)):
        base = server.create_base(name)
        server.inject(Fault("hang_after", method="POST", path="rows", times=20, seconds=0.5))
        config = config_file(tmp_path, config_of(server, base, concurrency=1))
        with messages.open("rb") as file:
            if is_piped:
                with subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE) as source:
                    output, shown = run_on_terminal("target-seatable", config, stdin=source.stdout)
            else:
                output, shown = run_on_terminal("target-seatable", config, stdin=file)
        server.clear_faults()
        assert ("records loaded" in shown) is not is_piped
        assert "SUMMARY: " in shown
        assert b"loaded" not in output
