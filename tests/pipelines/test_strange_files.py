"""Awkward CSV files into the target: what can be read in one way arrives, the rest is an error."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seatable_client.errors import ErrorKind

if TYPE_CHECKING:
    from seatable_sandbox import Sandbox, SandboxBase

SPECTRUM = Path(__file__).parent / "csv-spectrum"
LONG = "x" * 300


@dataclass
class Pipe:
    """The extractor, piped into the target."""

    folder: Path
    base: SandboxBase
    sandbox: Sandbox
    tap: subprocess.CompletedProcess = field(init=False)
    target: subprocess.CompletedProcess = field(init=False)

    def run(self):
        files = {"files": [str(self.folder / "*.csv")]}
        self.tap = self._call([sys.executable, "-m", "tabular_files"], files, b"")
        target = {
            "server_url": self.sandbox.url,
            "api_token": self.base.api_token,
            "rejected_records_path": str(self.folder / "rejected.jsonl"),
            "infer_types": False,
        }
        self.target = self._call([sys.executable, "-m", "target_seatable"], target, self.tap.stdout)

    def _call(self, command, config, given):
        path = self.folder / "config.json"
        path.write_text(json.dumps(config))
        return subprocess.run(
            [*command, "--config", path],
            input=given,
            capture_output=True,
            check=False,
            env={"PYTHONUTF8": "1"},
        )

    def tables(self):
        return {one["name"] for one in self.base.metadata()["metadata"]["tables"]}

    def cells(self, table):
        return [
            {
                name: cell or ""
                for name, cell in row.items()
                if not name.startswith("_") or name == "_"
            }
            for row in self.base.rows(table)
        ]

    def refused(self):
        """The sentence with which the target ended."""
        assert self.target.returncode in {ErrorKind.CONFIGURATION.value, ErrorKind.DATA.value}
        said = self.target.stderr.decode()
        assert "Traceback" not in said
        return said


@pytest.fixture
def pipe(tmp_path, base, sandbox):
    return Pipe(tmp_path, base, sandbox)


def test_csv_spectrum(pipe):
    files = sorted((SPECTRUM / "csvs").glob("*.csv"))
    assert len(files) == 11
    for file in files:
        (pipe.folder / file.name).write_bytes(file.read_bytes())
    pipe.run()
    assert (pipe.tap.returncode, pipe.target.returncode) == (0, 0), pipe.target.stderr
    for file in files:
        expected = json.loads((SPECTRUM / "json" / f"{file.stem}.json").read_text("utf-8"))
        for row in expected:  # the extractor takes every end of a line for "\n"
            row.update({name: text.replace("\r\n", "\n") for name, text in row.items()})
        assert pipe.cells(file.stem) == expected, file.stem


GOOD = {
    "breaks": b'"first\nline","b ""quoted""",c\n1,"x\ny\n",3\n',
    "long": f"id,{LONG}\n1,v\n".encode(),
    "unnamed": b"id,,c\n1,x,3\n",
    "blanks": b"a, b ,c\n 1 ,  ,\t\n",
    "signs": b'a,b,c\n=1+1,@x,-1\n"\'1",\\N,NULL\n',
    "quotes": b'a,b,c\n"a"b,""x"",x""y\n',
}
"""What is not quite CSV, and yet can be read in one way only."""


def test_files_that_are_almost_right(pipe):
    for name, content in GOOD.items():
        (pipe.folder / f"{name}.csv").write_bytes(content)
    pipe.run()
    assert (pipe.tap.returncode, pipe.target.returncode) == (0, 0), pipe.target.stderr
    for name in GOOD:
        with (pipe.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header, *lines = csv.reader(file)
        expected = [
            dict(
                zip(
                    [column or "_" for column in header],
                    (line + [""] * len(header))[: len(header)],
                    strict=True,
                )
            )
            for line in lines
        ]
        assert pipe.cells(name) == expected, name


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xef\xbb\xbfid,name\n1,\xc3\xa4\n", "encoding of the source to utf-8-sig"),
        (b"a;b;c\n1;2;3\n", "Set delimiter in the source to ';'"),
        (b"sep=;\na;b;c\n1;2;3\n", "names the delimiter"),
        (b",,\na,b,c\n1,2,3\n", "no property has a name"),
    ],
)
def test_a_header_that_was_read_wrongly_is_told_before_rows_are_made(pipe, content, said):
    (pipe.folder / "wrong.csv").write_bytes(content)
    pipe.run()
    assert said in pipe.refused()
    assert "wrong" not in pipe.tables()


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_ends_the_extractor_and_loads_nothing(pipe, encoding):
    (pipe.folder / "other.csv").write_bytes("id,name\n1,Käse\n".encode(encoding))
    pipe.run()
    assert pipe.tap.returncode
    assert b"UnicodeDecodeError" in pipe.tap.stderr
    assert "other" not in pipe.tables()


def test_headers_that_differ_in_case_are_refused(pipe):
    (pipe.folder / "case.csv").write_bytes(b"id,Name,name\n1,a,b\n")
    pipe.run()
    said = pipe.refused()
    assert "'Name' and 'name' would both become column" in said
    assert "case" not in pipe.tables()


def test_cells_beyond_the_header_are_left_out_aloud(pipe):
    (pipe.folder / "ragged.csv").write_bytes(b"a,b\n1,2\n1,2,3,4\n")
    pipe.run()
    assert pipe.cells("ragged") == [{"a": "1", "b": "2"}] * 2
    assert b"were present in the 'ragged' stream but not found in catalog" in pipe.tap.stderr


def test_lines_that_are_too_short_are_refused(pipe):
    """The extractor makes null of the missing cells, which its own schema does not allow."""
    (pipe.folder / "short.csv").write_bytes(b"a,b,c\n1,2,3\n1\n4,5,6\n1,2\n")
    pipe.run()
    assert "2 records were rejected" in pipe.refused()
    assert pipe.cells("short") == [{"a": a, "b": b, "c": c} for a, b, c in ("123", "456")]
    letters = (pipe.folder / "rejected.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(entry)["record"] for entry in letters] == [
        {"a": "1", "b": None, "c": None},
        {"a": "1", "b": "2", "c": None},
    ]


def test_of_headers_that_are_alike_the_extractor_keeps_the_last(pipe):
    (pipe.folder / "twice.csv").write_bytes(b"a,a,b\n1,2,3\n")
    pipe.run()
    assert pipe.cells("twice") == [{"a": "2", "b": "3"}]
