"""A team that has more rows than its plan permits: its API tokens then only permit reading."""

from seatable_sandbox import Sandbox
from tests.target.singer import record, schema

STREAM = schema("t", {"id": "integer"}, ["id"])


def test_a_load_into_a_team_that_is_over_its_limit_ends_with_the_reason(make, caplog):
    with Sandbox(max_rows_per_team=2) as sandbox:
        base = make(sandbox)
        base.load(STREAM, *(record("t", id=number) for number in range(3)))
        message = base.fails(caplog, STREAM, record("t", id=9))
        assert "the credential only permits reading" in message
        assert "more rows than its plan permits" in message
        assert len(base.rows("t")) == 3


def test_the_rows_of_all_bases_count(make, caplog):
    with Sandbox(max_rows_per_team=2) as sandbox:
        make(sandbox).load(STREAM, *(record("t", id=number) for number in range(3)))
        assert "more rows than its plan" in make(sandbox).fails(caplog, STREAM, record("t", id=9))
