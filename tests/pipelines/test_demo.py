"""`make demo` from its beginning to its end, and what it does when something differs."""

import io
import subprocess
import sys
from contextlib import redirect_stdout

from demo.meltano import ROOT
from demo.report import Report

EQUAL = {"stream": "airports", "rows": 3, "rows_there": 3, "equal": True, "examples": []}
DIFFERENT = {**EQUAL, "equal": False, "examples": ['Row "AAA" is missing.', "Row [x] is new."]}


def shown(*results):
    with redirect_stdout(io.StringIO()) as output:
        report = Report()
        for result in results:
            report.add_result("files-to-base", result)
        report.add_calls("files-to-base", 1234, 5.6)
        report.show()
    return report, output.getvalue()


def test_the_demo_finds_every_table_equal(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "demo", "--folder", tmp_path / "demo"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "tables are equal, value by value" in result.stdout
    assert "DIFFERENT" not in result.stdout
    for job in ("files-to-base", "base-to-warehouse", "database-to-base"):
        assert job in result.stdout
    assert "\x1b" not in result.stdout  # no colours and no spinner in a file
    assert "with psql" not in result.stdout  # its server has ended
    assert result.stderr == ""


def test_a_table_that_differs_is_shown_and_fails():
    report, output = shown(EQUAL, DIFFERENT)
    assert not report.all_equal
    assert "1 of 2 tables differ" in output
    assert 'Row "AAA" is missing.' in output
    assert "Row [x] is new." in output


def test_nothing_compared_is_no_success():
    report, _ = shown()
    assert not report.all_equal


def test_the_report_counts_rows_and_calls():
    report, output = shown(EQUAL)
    assert report.all_equal
    assert "all API calls" in output
    assert "1,234" in output
