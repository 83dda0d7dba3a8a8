"""The command."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest
import requests
from click.testing import CliRunner

from seatable_sandbox import Fault, Sandbox, cli
from seatable_sandbox.demo.shop import DEMO_TOKEN
from seatable_sandbox.profiles import make_profile


def test_the_command_prints_the_address_and_the_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sandbox, "wait", lambda _: None)
    token = "a" * 40
    result = CliRunner().invoke(
        cli.main,
        ["serve", "--demo", "--port", "0", "--base", f"Mine={token}"],
        env={"COLUMNS": "40"},
    )
    assert result.exit_code == 0, result.output
    assert re.search(r"http://127.0.0.1:\d+", result.output)
    assert DEMO_TOKEN in result.output
    assert token in result.output


def test_requests_are_late_and_fail_as_the_options_say(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def ask(sandbox: Sandbox) -> None:
        start = time.monotonic()
        statuses = [
            requests.get(sandbox.url + path, timeout=10).status_code
            for path in ("/api2/ping/", "/server-info/", "/server-info/", "/server-info/")
        ]
        seen.extend([statuses, time.monotonic() - start >= 0.2, sandbox._context.profile])

    monkeypatch.setattr(Sandbox, "wait", ask)
    options = ["--latency", "50", "--fault", "status:server-info:2", "--answers", "5"]
    result = CliRunner().invoke(cli.main, ["serve", "--port", "0", *options])
    assert result.exit_code == 0, result.output
    assert seen == [[200, 502, 502, 200], True, make_profile("gateway", 5, latency=0.05)]


@pytest.mark.parametrize(
    ("text", "path", "times"),
    [
        ("status", "", 1),
        ("status:", "", 1),
        ("status::", "", 1),
        ("status::2", "", 2),
        ("status:rows/", "rows/", 1),
        ("status:rows/:12", "rows/", 12),
        ("status:(?:rows|sql)", "(?:rows|sql)", 1),
        ("status:(?:rows|sql):2", "(?:rows|sql)", 2),
        ("status:(?:rows|sql)/$:2", "(?:rows|sql)/$", 2),
    ],
)
def test_a_fault_of_the_command_line_is_kind_path_and_times(
    monkeypatch: pytest.MonkeyPatch, text: str, path: str, times: int
) -> None:
    seen: list[Fault] = []
    monkeypatch.setattr(Sandbox, "wait", lambda _: None)
    monkeypatch.setattr(Sandbox, "inject", lambda _, fault: seen.append(fault))
    result = CliRunner().invoke(cli.main, ["serve", "--port", "0", "--fault", text])
    assert result.exit_code == 0, result.output
    assert seen == [Fault("status", path=path, times=times)]


def test_an_unknown_time_zone_is_refused() -> None:
    result = CliRunner().invoke(cli.main, ["serve", "--time-zone", "Nowhere/Else"])
    assert result.exit_code == 2
    assert "there is no time zone 'Nowhere/Else'" in result.output


def test_without_the_extra_the_command_names_it():
    """As the installed command begins, in a process that cannot import what the extra brings."""
    without = "import sys; sys.modules['flask'] = None"
    script = f"{without}; from seatable_sandbox.__main__ import main; main()"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    output = result.stderr.decode()
    assert result.returncode == 1
    assert "Traceback" not in output
    assert "needs flask" in output
    assert "pip install 'singer-seatable[sandbox]'" in output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--base", "A=one", "--base", "B=one"], "'one' is given to 'A' and to 'B'"),
        (["--base", "A", "--base", "A=one"], "'A' is given twice"),
        (["--demo", "--base", "Demo=one"], "--demo creates the base 'Demo'; use another name"),
        (["--base", ""], "a base needs a name"),
        (["--base", " =one"], "a base needs a name"),
        (["--port", "-1"], "-1 is not in the range 0<=x<=65535"),
        (["--port", "99999"], "99999 is not in the range 0<=x<=65535"),
        (["--fault", "nope"], "unknown fault 'nope'; use one of: status"),
        (["--fault", "status:(:2"], "'(' is no regular expression"),
        (["--fault", "status:rows/:x"], "TIMES is 'x' in 'status:rows/:x', and must be a whole"),
        (["--fault", "status:rows/:1.5"], "TIMES is '1.5'"),
        (["--fault", "status:rows/:0"], "a fault of 0 times never happens; give 1 or more"),
        (["--fault", "status::-3"], "a fault of -3 times never happens"),
        (["--fault", "status:[:2"], "'[' is no regular expression"),
        (["--latency", "-1"], "-1 is not in the range 0<=x<=600000"),
        (["--latency", "nan"], "'nan' is not a valid integer"),
        (["--latency", "1e300"], "'1e300' is not a valid integer"),
        (["--latency", "999999999"], "999999999 is not in the range 0<=x<=600000"),
        (["--answers", "-1"], "-1 is not in the range x>=0"),
        (["--database", "/nope/x.db"], "'/nope/x.db' cannot be used as a database: unable to open"),
        (["--database", __file__], "cannot be used as a database: file is not a database"),
    ],
)
def test_invalid_options_are_explained(
    monkeypatch: pytest.MonkeyPatch, options: list[str], message: str
) -> None:
    monkeypatch.setattr(Sandbox, "wait", lambda _: None)
    result = CliRunner().invoke(cli.main, ["serve", "--port", "0", *options])
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.output.replace("│", "").split())
