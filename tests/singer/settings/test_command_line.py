"""What the commands say of themselves, of their log, and of an empty input."""

import pytest

from tests.singer.settings.commands import COMMANDS, CONFIGURATION, ended, run


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("variable", ["LOGLEVEL", "{}_LOGLEVEL"])
@pytest.mark.parametrize("arguments", [[], ["verify"]])
def test_a_level_of_the_log_that_there_is_not(monkeypatch, command, variable, arguments):
    variable = variable.format(command.upper().replace("-", "_"))
    monkeypatch.setenv(variable, "chatty")
    code, sentence = run(command, *arguments)
    assert code == CONFIGURATION
    assert sentence == (
        f"{variable} is 'CHATTY'; it takes one of DEBUG, INFO, WARNING, ERROR, CRITICAL."
    )


@pytest.mark.parametrize(
    ("command", "subcommands"),
    [("tap-seatable", ("bases", "verify")), ("target-seatable", ("load", "verify"))],
)
def test_the_help_names_the_subcommands(command, subcommands):
    said = " ".join(ended(command, "--help").stdout.split())
    assert all(f"'{name}'" in said for name in subcommands)
    assert all(ended(command, name, "--help").returncode == 0 for name in subcommands)


@pytest.mark.parametrize(("given", "is_said"), [("", True), ("a;b\n", False)])
def test_only_an_empty_input_is_called_one_without_a_stream(monkeypatch, given, is_said):
    monkeypatch.setenv("TARGET_SEATABLE_API_TOKEN", "x")
    log = ended("target-seatable", "--config=ENV", given=given).stderr
    assert ("no stream was received" in log) == is_said
