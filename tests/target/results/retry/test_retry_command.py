"""The command `target-seatable --retry-rejected`, and its file as an input like any other."""

import pytest

from seatable_client.errors import ErrorKind
from tests.target.results.retry.retries import PEOPLE, command, ids, load, mend, set_to
from tests.target.singer import record

pytestmark = pytest.mark.servers("gateway")


def test_the_command_retries_files(base, tmp_path):
    load(base, PEOPLE, record("people", id=1), *[record("people", id=n, age="x") for n in (2, 3)])
    mend(base.rejected, lambda row: row.update(age=1) if row["id"] == 2 else None)
    ended = command(base, tmp_path, "--retry-rejected", str(base.rejected))
    assert ended.returncode == ErrorKind.DATA.exit_code
    assert ended.stdout == ""
    assert "Retrying 2 records" in ended.stderr
    assert "load it with --retry-rejected" in ended.stderr
    assert sorted(ids(base)) == [1, 2]
    mend(base.rejected, set_to(age=1))
    options = ["--retry-rejected", str(base.rejected)]
    assert command(base, tmp_path, *options, "--input", str(base.rejected)).returncode == 78
    assert command(base, tmp_path, *options).returncode == 0
    assert sorted(ids(base)) == [1, 2, 3]
    assert command(base, tmp_path, *options).returncode == ErrorKind.CONFIGURATION.exit_code


def test_the_file_of_rejected_records_is_input_as_any_other(base, tmp_path):
    """Each line is a Singer message, whoever reads it."""
    load(base, PEOPLE, record("people", id=1, age="x"))
    mend(base.rejected, set_to(age=1))
    ended = command(base, tmp_path, text=base.rejected.read_text("utf-8"))
    assert ended.returncode == 0
    assert ids(base) == [1]
