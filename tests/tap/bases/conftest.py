"""A server with several bases."""

import pytest

from seatable_sandbox import Sandbox
from tests.tap.support import make_table


@pytest.fixture(scope="module")
def place():
    """A server with some bases in two workspaces."""
    with Sandbox() as sandbox:
        bases = {
            (workspace, name): sandbox.create_base(name, workspace_id=workspace)
            for workspace, name in [
                (1, "Sales north"),
                (1, "Sales old"),
                (1, "Sales-west"),
                (2, "Sales north"),
                (2, "Stock"),
            ]
        }
        bases[1, "Sales north"].star()
        for (workspace, name), base in bases.items():
            make_table(base, "T-1", workspace)
            make_table(base, "U", len(name))
        yield sandbox, bases


@pytest.fixture
def sandbox(place):
    place[0].calls.clear()
    yield place[0]
    place[0].clear_faults()


@pytest.fixture
def bases(place):
    return place[1]


@pytest.fixture
def config(sandbox):
    return {"server_url": sandbox.url}
