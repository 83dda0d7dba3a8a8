"""What docs/loaders.md says of loaders that meltano.yml does not install. `make soak` runs this."""

import pytest

from tools.loaders.__main__ import load_results
from tools.loaders.measure import measure, needed_readings
from tools.loaders.programs import PROGRAMS
from tools.loaders.scenario import play, play_long_names

OTHERS = [program for program in PROGRAMS if not program.is_plugin]


@pytest.fixture(scope="module")
def scenario():
    return play(needed_readings(OTHERS))


@pytest.mark.parametrize("program", OTHERS, ids=lambda program: program.name)
def test_a_loader_does_what_the_page_says(program, scenario, database):
    found = measure(program, scenario, play_long_names(), database.url)
    assert found == load_results()[program.name], "make loaders docs"
