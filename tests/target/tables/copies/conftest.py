"""A base to copy, with every type of column."""

import pytest

from seatable_sandbox import Sandbox
from tests.tap.zoo import add_zoo


@pytest.fixture(scope="module")
def origin():
    """The zoo and the demo, with every type of column."""
    with Sandbox(time_zone="Europe/Berlin") as sandbox:
        base = sandbox.create_base("Origin")
        rows = add_zoo(base)
        others = [row["_id"] for row in base.rows("Others")]
        base.link("Zoo", "Friends", {rows[0]: others[:3], rows[1]: others[3:]})
        yield sandbox, base
