"""The brief run gives every figure of the page, and figures are what they are said to be."""

import dataclasses
import json
import re

import pytest

from benchmarks.__main__ import main
from benchmarks.contenders import registry
from benchmarks.material import FORMS, USUAL
from benchmarks.measure import Run
from benchmarks.plan import BRIEF, QUICK, SMALL_TABLES, START, plan
from benchmarks.report import BARS, Results, draw_costs, draw_waits
from benchmarks.report.summary import summarize

OLD = registry.older_builds("/old/bin/python")


def run(contender, rows=1_000, cpu=1.0, **more):
    values = {"scenario": USUAL, "delay": 0.0, "wall": cpu, "peak": 1 << 20, "calls": 1}
    return Run(contender=contender, rows=rows, cpu=cpu, network=0.1, **{**values, **more})


def planned(size):
    """A run for each contender of each round: a second, and 10 µs for each row."""
    return [
        run(
            contender.name,
            item.rows,
            1 + item.rows / 100_000,
            scenario=item.scenario.name,
            delay=item.delay,
        )
        for item in plan(size, OLD)
        for contender in item.contenders
    ]


@pytest.fixture(scope="module")
def brief():
    return Results(planned(BRIEF), "v0")


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: bar.name)
def test_the_brief_run_measures_every_bar(brief, bar):
    assert bar.value(brief) is not None


def test_the_brief_run_measures_every_form_and_wait(brief):
    summary = summarize(brief)
    assert {form["form"] for form in summary["forms"]} == set(FORMS)
    assert {delay for wait in summary["waits"] for delay, _ in wait["wall"]} == {0.0, 0.05, 0.2}
    waits = {(wait["scenario"], wait["contender"]) for wait in summary["waits"]}
    assert (SMALL_TABLES.name, registry.OLD_TAP) in waits
    assert (SMALL_TABLES.name, "tap-seatable, concurrency 8") in waits
    assert (SMALL_TABLES.name, registry.TAP_SDK.name) in waits


def test_without_an_older_build_only_its_bars_are_not_measured():
    runs = [item for item in planned(BRIEF) if "older build" not in item.contender]
    missing = [bar.name for bar in BARS if bar.value(Results(runs)) is None]
    assert missing == [bar.name for bar in BARS if "older build" in bar.name]


def test_the_cost_of_a_record_is_without_start_up(brief):
    assert brief.per_record("tap-seatable") == pytest.approx(10)
    assert brief.per_record("plain SDK tap") == pytest.approx(10)


def test_the_bar_is_that_of_the_worst_form():
    costs = {USUAL: 2, "UTC server": 5, "3 columns": 3}
    runs = [
        run(contender, rows, cost * rows / 1e6, scenario=form)
        for form, slow in costs.items()
        for contender, cost in (("tap limit", 2), ("tap-seatable", slow))
        for rows in (1_000, 2_000)
    ]
    worst = next(bar for bar in BARS if "worst form of tables" in bar.name)
    assert worst.value(Results(runs)) == pytest.approx(2.5)


def test_help_is_compared_with_the_import_of_the_sdk():
    runs = [
        run("import singer_sdk", cpu=0.5, scenario=START.name),
        run("tap-seatable --help", cpu=0.55, scenario=START.name),
        run("target-seatable --help", cpu=0.7, scenario=START.name),
        run("tap-seatable, nothing has changed", cpu=0.65, scenario=START.name),
    ]
    values = {bar.name: bar.value(Results(runs)) for bar in BARS}
    assert values["--help: CPU / import singer_sdk, worse plugin"] == pytest.approx(1.4)
    idle = "tap, nothing has changed in 20 tables: CPU above --help, seconds"
    assert values[idle] == pytest.approx(0.1)


def test_waits_are_compared_at_the_longest_delay():
    runs = [
        run(name, wall=wall, delay=delay, scenario=SMALL_TABLES.name)
        for delay, walls in ((0.0, (1, 1)), (0.2, (3, 15)))
        for name, wall in zip(("tap-seatable, concurrency 4", registry.OLD_TAP), walls, strict=True)
    ]
    bar = next(bar for bar in BARS if bar.name.startswith("tap, 20 tables"))
    assert bar.value(Results(runs)) == pytest.approx(0.2)


def test_charts_have_a_legend_and_say_what_is_better(brief):
    summary = summarize(brief)
    costs, waits = draw_costs(summary["cpu_per_record_us"]), draw_waits(summary["waits"])
    assert all("less is better" in chart for chart in (costs, waits))
    assert all(f">{word}<" in costs for word in ("this project", "a limit", "other programs"))
    assert all(f">{word}<" in waits for word in ("this project", "an older build"))


def test_a_part_of_a_run_writes_its_results(tmp_path, capsys):
    folders = ["--output", str(tmp_path), "--cache", str(tmp_path / "cache")]
    main(["--quick", "--only", "tap limit", "--scenario", "3 columns", *folders])
    found = json.loads((tmp_path / "results.json").read_text())
    assert [entry["rows"] for entry in found["runs"]] == [
        int(rows / FORMS["3 columns"].weight) for rows in QUICK.form_rows
    ]
    assert {entry["calls"]["median"] for entry in found["runs"]} == {3, 4}
    assert re.search(r"3 columns .*tap limit .*cpu", capsys.readouterr().out)


@pytest.mark.parametrize("value", ["v0", "=python", "v0="])
def test_an_older_build_has_a_name_and_a_python(value, capsys):
    with pytest.raises(SystemExit):
        main(["--old", value])
    assert "--old needs a name and a Python" in capsys.readouterr().err


def test_an_older_build_starts_outside_of_this_checkout(tmp_path):
    tap, target = OLD
    assert tap.is_elsewhere
    assert target.is_elsewhere
    job = dataclasses.replace(registry.Job("http://localhost", tmp_path), tables=2, bases=2)
    assert tap.command(job)[:3] == ["/old/bin/python", "-m", "tap_seatable"]
    config = json.loads((tmp_path / "config.json").read_text())
    assert [base["api_token"] for base in config["bases"]] == ["benchmark-0", "benchmark-1"]
