"""Links over several runs: partners come earlier or later, are renamed, deleted, taken away."""

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatable_client.errors import SeaTableError
from seatable_sandbox.profiles.faults import Fault
from target_seatable.sinks import table_sink
from tests.target.singer import record, schema, state

pytestmark = pytest.mark.servers("gateway")

PEOPLE = schema("people", {"id": "integer", "name": "string", "boss": {}, "teams": {}}, ["id"])
TEAMS = schema("teams", {"code": "string", "name": "string", "members": {}}, ["code"])
PERSON, CODE = st.integers(1, 4), st.sampled_from(["a", "A", "b"])
NOTHING: st.SearchStrategy[Any] = st.sampled_from([None, "", []])
BOSS = st.one_of(NOTHING, PERSON, PERSON.map(str), st.lists(PERSON, max_size=2, unique=True))
MEMBER = st.one_of(NOTHING, CODE, st.lists(CODE, max_size=3, unique=True))
CHANGE = st.one_of(
    st.tuples(st.just("person"), PERSON, BOSS, MEMBER),
    st.tuples(st.just("team"), CODE),
    st.tuples(st.just("person is gone"), PERSON),
)
EDIT = st.one_of(
    st.tuples(st.just("delete a person"), PERSON),
    st.tuples(st.just("rename a team"), CODE, CODE),
    st.tuples(st.just("unlink a person"), PERSON),
)
RUN = st.tuples(st.lists(EDIT, max_size=2), st.lists(CHANGE, max_size=6), st.booleans())
"""What people do in the base, what the source then sends, and whether the first try is killed."""


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(table_sink, "SAMPLE", 2)
    monkeypatch.setattr(table_sink, "MAX_KEYS", 2)
    monkeypatch.setattr("backoff._sync.time.sleep", lambda _seconds: None)


def made(base):
    base.base.create_table("people", [{"column_name": "name", "column_type": "text"}])
    base.base.add_column("people", "id", "number")
    base.base.create_table("teams", [{"column_name": "name", "column_type": "text"}])
    base.base.add_column("teams", "code", "text")
    base.base.add_column("people", "boss", "link", {"table": "people", "other_table": "people"})
    base.base.add_column("people", "teams", "link", {"table": "people", "other_table": "teams"})
    return base


def show(base):
    people = {row["_id"]: row["id"] for row in base.base.rows("people")}
    teams = {row["_id"]: row["code"] for row in base.base.rows("teams")}
    return {
        row["id"]: (
            sorted(people[link["row_id"]] for link in row["boss"] or ()),
            sorted(teams[link["row_id"]] for link in row["teams"] or ()),
        )
        for row in base.base.rows("people")
    }


def keys_of(value):
    return value if isinstance(value, list) else [] if value in {None, ""} else [value]


class Life:
    """A base, and which rows and links it should have."""

    def __init__(self, base):
        self.base = base
        self.people, self.teams, self.links = {}, {}, {}

    def remove(self, key):
        self.people.pop(key, None)
        self.links.pop(key, None)
        for bosses, _ in self.links.values():
            bosses.discard(key)

    def edit(self, action, key, new=None):
        """Change the base as people do."""
        sandbox = self.base.base
        row_ids: dict[tuple[str, Any], str] = {}
        for table, column in (("people", "id"), ("teams", "code")):
            row_ids |= {(table, row[column]): row["_id"] for row in sandbox.rows(table)}
        if action == "delete a person" and key in self.people:
            sandbox.delete_rows("people", [row_ids["people", key]])
            self.remove(key)
        elif action == "rename a team" and key in self.teams and new not in self.teams:
            sandbox.update_rows("teams", {row_ids["teams", key]: {"code": new}})
            self.teams[new] = self.teams.pop(key)
            for _, teams in self.links.values():
                if key in teams:
                    teams.remove(key)
                    teams.add(new)
        elif action == "unlink a person" and key in self.people:
            for column in ("boss", "teams"):
                sandbox.link("people", column, {row_ids["people", key]: []})
            self.links[key] = set(), set()

    def send(self, changes):
        """The messages of a run, after which the base should be as they say."""
        messages, noted = [PEOPLE, TEAMS], {}
        for kind, key, *links in changes:
            if kind == "person":
                messages.append(record("people", id=key, boss=links[0], teams=links[1]))
                self.people[key] = noted[key] = links
            elif kind == "team":
                messages.append(record("teams", code=key))
                self.teams[key] = key
            else:
                messages.append(record("people", id=key, _sdc_deleted_at="2024-01-01"))
                noted.pop(key, None)
                self.remove(key)
        for key, (boss, teams) in noted.items():
            bosses = {int(item) for item in keys_of(boss)}
            self.links[key] = bosses & self.people.keys(), {*keys_of(teams)} & self.teams.keys()
        return [*messages, state({"n": 1})]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=st.lists(RUN, min_size=1, max_size=4), concurrency=st.sampled_from([1, 4]))
def test_links_are_those_of_the_last_record(make, seatable, runs, concurrency):
    base = made(make(seatable))
    life = Life(base)
    config = {
        "links": {"people.boss": "id", "people.teams": "code"}, "max_rejected_records": 99,
        "concurrency": concurrency, "batch_size_rows": 2, "hard_delete": True,
    }  # fmt: skip
    for edits, changes, is_killed in runs:
        for edit in edits:
            life.edit(*edit)
        messages = life.send(changes)
        if is_killed:
            seatable.inject(Fault("html", times=100, path="/links/"))
            with contextlib.suppress(SeaTableError):
                base.load(*messages, **config)
            seatable.clear_faults()
        base.load(*messages, **config)
        expected = {key: tuple(map(sorted, life.links[key])) for key in life.people}
        assert show(base) == expected
