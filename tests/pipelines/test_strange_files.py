"""Awkward CSV files into the target: what can be read in one way arrives, the rest is an error."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import dataclass, field
from itertools import zip_longest
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
        return {table["name"] for table in self.base.metadata()["metadata"]["tables"]}

    def cells(self, table):
        return [
            {name: cell or "" for name, cell in row.items() if not name.startswith("_")}
            for row in self.base.rows(table)
        ]


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
        assert pipe.cells(file.stem) == expected, file.stem


GOOD = {
    "breaks": b'"first\nline","b ""quoted""",c\n1,"x\ny\n",3\n',
    "long": f"id,{LONG}\n1,v\n".encode(),
    "unnamed": b"id,,c\n1,x,3\n",
    "blanks": b"a, b ,c\n 1 ,  ,\t\n",
    "signs": b'a,b,c\n=1+1,@x,-1\n"\'1",\\N,NULL\n',
    "quotes": b'a,b,c\nx""y,z"",3"\n',
    "short": b"a,b,c\n1,2,3\n1\n4,5,6\n1,2\n",
    "marked": b"\xef\xbb\xbfid,name\n1,\xc3\xa4\n",
}
"""What is not quite CSV, and yet can be read in one way only."""


def test_files_that_are_almost_right(pipe):
    for name, content in GOOD.items():
        (pipe.folder / f"{name}.csv").write_bytes(content)
    pipe.run()
    assert (pipe.tap.returncode, pipe.target.returncode) == (0, 0), pipe.target.stderr
    for name in GOOD:
        with (pipe.folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            header, *lines = csv.reader(file)
        names = [column or f"column_{number}" for number, column in enumerate(header, start=1)]
        expected = [dict(zip_longest(names, line, fillvalue="")) for line in lines]
        assert pipe.cells(name) == [
            {" ".join(name.split()): cell for name, cell in row.items()} for row in expected
        ], name


@pytest.mark.parametrize(
    "content",
    [
        b"a;b;c\r\n1;2,5;3\r\n",
        b"sep=;\r\na;b;c\r\n1;2,5;3\r\n",
        b"\xef\xbb\xbfsep=;\r\na;b;c\r\n1;2,5;3\r\n",
        b";;\na;b;c\n1;2,5;3\n;;\n",
        b"a\tb\tc\n1\t2,5\t3\n",
        "a;b;c\n1;2,5;3\n".encode("utf-16"),
    ],
)
def test_how_a_file_is_written_is_found_out(pipe, content):
    (pipe.folder / "found.csv").write_bytes(content)
    pipe.run()
    assert (pipe.tap.returncode, pipe.target.returncode) == (0, 0), pipe.target.stderr
    assert pipe.cells("found") == [{"a": "1", "b": "2,5", "c": "3"}]


REFUSED = {
    "encoding": ("id,name\n1,Käse\n".encode("latin-1"), "Set encoding to the one that it has"),
    "empty": (b"", "has no header"),
    "long": (b"a,b\n1,2\n1,2,3,4\n", "the header has 2 cells, but line 3 has 4"),
    "quotes": (b'a,b,c\n"a"b,2,3\n', "correct the quotes of the line"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_in_one_way_is_told_before_anything_is_loaded(pipe, name):
    content, said = REFUSED[name]
    (pipe.folder / "a good one.csv").write_bytes(b"a\n1\n")
    (pipe.folder / "wrong.csv").write_bytes(content)
    pipe.run()
    assert pipe.tap.returncode == ErrorKind.DATA.value
    assert said in pipe.tap.stderr.decode()
    assert "Traceback" not in pipe.tap.stderr.decode()
    assert pipe.tables().isdisjoint({"wrong", "a good one"})


def test_headers_that_are_alike_get_names_of_their_own(pipe):
    (pipe.folder / "alike.csv").write_bytes(b"id,Name,name,id\n1,a,b,2\n")
    pipe.run()
    assert pipe.cells("alike") == [{"id": "1", "Name": "a", "name_2": "b", "id_2": "2"}]
    said = pipe.tap.stderr.decode()
    assert "Two columns are called 'name'; the later one is called 'name_2'" in said
