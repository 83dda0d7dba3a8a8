"""Random tests: the same seeds in `make test`, new ones in `make soak`, any of them again."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests import seeds
from tests.tap.random_base import live_through


@pytest.fixture(autouse=True)
def _default_environment(monkeypatch):
    """Whatever the environment of this run is."""
    monkeypatch.delenv(seeds.SEED, raising=False)
    monkeypatch.setattr(seeds, "SOAK", False)


def lived():
    """What five random lives drew."""
    drawn = []

    class Machine(RuleBasedStateMachine):
        @rule(number=st.integers())
        def note(self, number):
            drawn.append(number)

    live_through(Machine, examples=5)
    return drawn


def test_the_seed_of_a_test_is_of_its_name(monkeypatch):
    seed = seeds.draw_seed()
    assert seed == seeds.draw_seed()
    assert lived() == lived()
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "tests/test_another.py::test_it (call)")
    assert seed != seeds.draw_seed()


def test_a_soak_draws_new_seeds_and_shows_how_to_run_them_again(monkeypatch, capsys):
    monkeypatch.setattr(seeds, "SOAK", True)
    first, again = lived(), lived()
    assert first != again
    seed = seeds.draw_seed()
    shown = capsys.readouterr().out.splitlines()[-1]
    assert f"SEATABLE_SOAK=1 SEATABLE_SEED={seed} pytest 'tests/test_seeds.py::test_a_soak" in shown
    monkeypatch.setenv(seeds.SEED, str(seed))
    assert seeds.draw_seed() == seed
    assert lived() == lived()


def test_in_a_soak_hypothesis_draws_anew_on_ci_services_too():
    """Where it finds the variable of such a service, it takes the same examples each time."""
    program = (
        "import tests.seeds; from hypothesis import settings; "
        "print(settings.default.derandomize, settings.default.print_blob)"
    )
    shown = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "CI": "true", "SEATABLE_SOAK": soak},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for soak in ("1", "")
    ]
    assert shown == ["False True", "True True"]


def test_a_soak_draws_new_servers_which_its_processes_share_and_which_can_be_had_again():
    program = (
        "import json, tests.servers; from tests.seeds import describe_answer_seeds; "
        "print(json.dumps([list(tests.servers.DRAWN), describe_answer_seeds()]))"
    )

    def servers(**environment):
        unset = {seeds.ANSWERS_FROM: None, "SEATABLE_SOAK": None}
        given = {**os.environ, **unset, **environment}
        shown = subprocess.run(
            [sys.executable, "-c", program],
            env={name: value for name, value in given.items() if value is not None},
            capture_output=True,
            check=True,
        )
        return json.loads(shown.stdout)

    assert servers() == servers()
    (first, output), (second, _) = servers(SEATABLE_SOAK="1"), servers(SEATABLE_SOAK="1")
    assert len(first) == len(second) == 50
    assert not set(first) & set(second)
    numbers = [name.rpartition(" ")[2] for name in first]
    assert ", ".join(numbers) in output
    assert f"SEATABLE_SOAK=1 {seeds.ANSWERS_FROM}={numbers[0]} pytest" in output
    assert servers(SEATABLE_SOAK="1", **{seeds.ANSWERS_FROM: numbers[0]})[0] == first
