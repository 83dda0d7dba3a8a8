"""Which rows and cells a load may write: a base in which people work keeps what they typed."""

import random

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from seatable_client.api.gateway import Gateway
from singer_seatable.contract import SDC_DELETED_AT as DELETED
from tests.target.singer import record, schema, state

PEOPLE = schema("people", dict.fromkeys(["id", "a", "f", "o", "n"], "string"), ["id"])
POLICY = {"people": {"f": "if_empty", "o": "on_insert", "n": "never"}}
CHOSEN = {"people": dict.fromkeys(["id", "a", "f", "o"], "text")}


def by_id(base, table="people"):
    return {row["id"]: row for row in base.base.rows(table)}


def people(*rows):
    return [
        record("people", **dict(zip(["id", "a", "f", "o", "n"], row, strict=True))) for row in rows
    ]


@pytest.fixture
def edited(base):
    """A table that a load has made and a person has edited."""
    base.config.update(write_policy=POLICY, column_types=CHOSEN)
    base.load(PEOPLE, *people(["1", "a1", "", "o1", "n1"], ["2", "a2", "f2", "", "n2"]))
    rows = by_id(base)
    base.base.update_rows("people", {rows["1"]["_id"]: {"f": "mine", "o": "", "a": "mine"}})
    return base


def test_each_cell_is_written_as_its_policy_says(edited):
    assert set(edited.columns("people")) == {"id", "a", "f", "o"}
    edited.load(
        PEOPLE,
        *people(["1", "A", "F", "O", "N"], ["2", "A", "F", "O", "N"], ["3", "A", "F", "O", "N"]),
    )
    rows = edited.rows("people")
    empty = {None, ""}
    assert [row["a"] for row in rows] == ["A", "A", "A"]
    assert [row["f"] for row in rows] == ["mine", "f2", "F"]
    assert {rows[0]["o"], rows[1]["o"]} <= empty
    assert rows[2]["o"] == "O"


def test_a_policy_without_a_key_has_no_effect_and_is_told(base, caplog):
    keyless = schema("people", dict.fromkeys(["id", "a", "f", "o", "n"], "string"))
    base.load(keyless, *people(["1", "a1", "f1", "o1", "n1"]), write_policy=POLICY)
    warned = [line for line in caplog.messages if "has no effect without a key" in line]
    assert [line.split(",")[0] for line in warned] == [
        "Stream 'people': write_policy says if_empty for 'f'",
        "Stream 'people': write_policy says on_insert for 'o'",
    ]
    assert "in key_properties (--key)." in warned[0]


def test_what_may_not_be_written_makes_no_row_a_changed_one(edited):
    same = people(["1", "mine", "F", "O", "N"], ["2", "a2", "G", "P", "M"])
    edited.load(PEOPLE, *same)
    assert not [call for call in edited.sandbox.calls if call.method == "PUT"]
    assert edited.writes == []


def test_an_empty_value_empties_no_cell_that_people_filled(edited):
    edited.load(PEOPLE, *people(["1", "A", None, None, None]))
    assert edited.rows("people")[0]["f"] == "mine"


@pytest.mark.servers("gateway")
def test_an_empty_value_empties_no_cell_that_a_person_fills_meanwhile(edited, monkeypatch):
    """Between the last look at the row and the write."""
    row = by_id(edited)["1"]["_id"]
    edited.base.update_rows("people", {row: {"f": ""}})
    update = Gateway.update_rows

    def update_after_a_person(self, table, updates):
        edited.base.update_rows("people", {row: {"f": "typed"}})
        update(self, table, updates)

    monkeypatch.setattr(Gateway, "update_rows", update_after_a_person)
    edited.load(PEOPLE, *people(["1", "A", None, None, None]))
    rows = by_id(edited)
    assert (rows["1"]["a"], rows["1"]["f"]) == ("A", "typed")


def test_a_column_that_is_never_written_is_not_even_emptied(base):
    base.load(PEOPLE, *people(["1", "a", "f", "o", "n"]), column_types=CHOSEN)
    base.load(
        PEOPLE,
        *people(["1", "b", "g", "p", "m"]),
        write_policy={"p*": {"*": "never", "a": "always"}},
    )
    assert base.rows("people") == [{"id": "1", "a": "b", "f": "f", "o": "o", "n": "n"}]


def test_patterns_leave_keys_and_the_sdks_columns_alone(base):
    settings = {"write_policy": {"*": {"*": "on_insert"}}, "add_record_metadata": True}
    for value in ("x", "y"):
        base.load(
            PEOPLE, *people(["1", value, value, value, value]), column_types=CHOSEN, **settings
        )
    (row,) = base.rows("people")
    assert (row["id"], row["a"]) == ("1", "x")


def test_a_link_is_written_always_or_never(base, caplog):
    base.base.create_table("other", [{"column_name": "k", "column_type": "text"}])
    base.base.create_table("t", [{"column_name": "id", "column_type": "text"}])
    base.base.add_column("t", "l", "link", {"table": "t", "other_table": "other"})
    reason = base.fails(
        caplog, schema("t", {"id": "string", "l": "string"}, ["id"]), record("t", id="1", l="x"),
        write_policy={"t": {"l": "if_empty"}},
    )  # fmt: skip
    assert "Links are written always or never" in reason


# Load methods


def test_update_only_adds_no_row(base, caplog):
    caplog.set_level("INFO")
    base.load(PEOPLE, *people(["1", "a", "f", "o", "n"]), column_types=CHOSEN)
    base.load(
        PEOPLE,
        *people(["1", "b", "f", "o", "n"], ["2", "b", "f", "o", "n"]),
        load_method="update-only",
    )
    assert [(row["id"], row["a"]) for row in base.rows("people")] == [("1", "b")]
    assert any(
        "0 rows added, 1 changed" in line and "1 skipped" in line for line in caplog.messages
    )


def test_update_only_makes_no_table(base, caplog):
    reason = base.fails(
        caplog, PEOPLE, *people(["1", "a", "f", "o", "n"]), load_method="update-only"
    )
    assert "update-only adds no rows, and the base has no table 'people'" in reason
    assert "people" not in {table["name"] for table in base.base.metadata()["metadata"]["tables"]}


def test_insert_only_changes_and_removes_no_row(base):
    base.load(PEOPLE, *people(["1", "a", "f", "o", "n"]), column_types=CHOSEN)
    gone = record("people", id="1", _sdc_deleted_at="2024-01-01T00:00:00Z")
    for hard_delete in (True, False):
        base.load(
            PEOPLE, *people(["1", "b", "g", "p", "m"], ["2", "b", "f", "o", "n"]),
            load_method="insert-only", hard_delete=hard_delete,
        )  # fmt: skip
        base.load(PEOPLE, gone, load_method="insert-only", hard_delete=hard_delete)
        assert [(row["id"], row["a"]) for row in base.rows("people")] == [("1", "a"), ("2", "b")]
    assert "_sdc_deleted_at" not in base.columns("people")


SOME = {name: st.sampled_from(["", f"{name}1", f"{name}2", None]) for name in "afo"}
LIVES = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3"]),
        st.one_of(
            st.fixed_dictionaries(SOME),
            st.fixed_dictionaries({}, optional=SOME),
            st.just({"_sdc_deleted_at": "2024-02-29T10:20:00Z"}),
        ),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.servers("gateway", "v1 without SQL")
@pytest.mark.parametrize("hard_delete", [True, False])
@pytest.mark.parametrize("method", ["upsert", "update-only", "insert-only"])
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(life=LIVES)
@example(life=[("3", {"a": "a1", "f": "f1", "o": "o1"}), ("3", {"a": "a2", "f": "f2", "o": "o2"})])
@example(life=[("2", {"_sdc_deleted_at": "2024-02-29T10:20:00Z"}), ("2", {"f": "f1", "o": "o1"})])
def test_policies_do_not_depend_on_where_a_batch_ends(make, sandbox, method, hard_delete, life):
    """Changes of one key that come in one batch do what they do one after the other."""
    messages = [record("people", id=key, **cells) for key, cells in life]
    tables = []
    for runs in ([messages], [[message] for message in messages]):
        base = make(sandbox, write_policy=POLICY, column_types=CHOSEN)
        base.load(PEOPLE, *people(["1", "a1", "", "o1", "n1"], ["2", "a2", "f2", "", "n2"]))
        for run in runs:
            base.load(PEOPLE, *run, load_method=method, hard_delete=hard_delete)
        rows = [
            {name: cell or None for name, cell in row.items() if name[0] != "_" or name == DELETED}
            for row in base.base.rows("people")
        ]
        tables.append(sorted(rows, key=lambda row: str(row["id"])))
    assert tables[0] == tables[1]


@pytest.mark.parametrize("hard_delete", [True, False])
@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"load_method": "insert-only"}, "load_method insert-only leaves rows that exist as"),
        (
            {"write_policy": {"people": {"_sdc_table_version": "on_insert"}}},
            "write_policy says on_insert for '_sdc_table_version'",
        ),
    ],
)
def test_rows_that_keep_their_version_are_not_removed_for_it(
    base, caplog, config, reason, hard_delete
):
    """The stream brings all of them again, and the load may not write their new version."""

    def version(number, *ids):
        rows = people(*([key, "a", "f", "o", "n"] for key in ids))
        return [PEOPLE, *({**row, "version": number} for row in rows),
                {"type": "ACTIVATE_VERSION", "stream": "people", "version": number},
                state({"n": number})]  # fmt: skip

    base.config.update(column_types=CHOSEN, add_record_metadata=True)
    base.load(*version(1, "1", "2"))
    base.load(*version(2, *"12345"), hard_delete=hard_delete, **config)
    rows = by_id(base)
    assert rows.keys() == set("12345")
    assert not any(row.get("_sdc_deleted_at") for row in rows.values())
    assert f"Nothing was removed from table 'people': {reason}" in caplog.text


@pytest.mark.parametrize("method", ["update-only", "insert-only"])
def test_a_load_method_that_finds_rows_needs_a_key(base, caplog, method):
    keyless = schema("t", {"v": "string"})
    reason = base.fails(caplog, keyless, record("t", v="1"), load_method=method)
    assert f"has no key, and load_method {method} finds rows by their key" in reason


@pytest.mark.parametrize("fault", ["reset_after", "reset_before"])
def test_insert_only_after_a_lost_answer_changes_nothing_that_others_added(base, fault):
    from seatable_sandbox import Fault  # noqa: PLC0415

    base.load(PEOPLE, *people(["1", "a", "f", "o", "n"]), column_types=CHOSEN)
    base.sandbox.inject(Fault(fault, "/(rows|batch-append-rows)/$", "POST"))
    base.load(
        PEOPLE,
        *people(["1", "b", "", "", ""], ["2", "b", "f", "o", "n"]),
        load_method="insert-only",
    )
    assert [(row["id"], row["a"]) for row in base.rows("people")] == [("1", "a"), ("2", "b")]


@pytest.mark.servers("gateway")
def test_settings_of_a_stream_go_before_the_others(base, caplog):
    caplog.set_level("INFO")
    first_schema = schema("one", {"id": "string", "v": "string"}, ["id"])
    second_schema = schema("two", {"id": "string", "v": "string"}, ["id"])
    rows = [record(stream, id=key, v="x") for stream in ("one", "two") for key in "ab"]
    base.load(first_schema, second_schema, *rows, state({"n": 1}))
    settings = {
        "load_method": "insert-only",
        "stream_settings": {
            "t*": {"load_method": "overwrite", "max_delete_fraction": 0.1},
            "two": {"max_delete_fraction": 1},
        },
    }
    base.load(
        first_schema,
        record("one", id="a", v="y"),
        second_schema,
        record("two", id="a", v="y"),
        state({"n": 2}),
        **settings,
    )
    assert [(row["id"], row["v"]) for row in base.rows("one")] == [("a", "x"), ("b", "x")]
    assert [(row["id"], row["v"]) for row in base.rows("two")] == [("a", "y")]


@pytest.mark.servers("gateway")
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"stream_settings": {"People": {"hard_delete": True}}}, "stream_settings names stream"),
        ({"write_policy": {"people": {"A": "never"}}}, "write_policy names 'A', which stream"),
        ({"write_policy": {"people": {"a": "sometimes"}}}, "sometimes"),
        ({"stream_settings": {"people": {"load_methode": "upsert"}}}, "load_methode"),
    ],
)
def test_a_name_that_is_nearly_right_ends_the_run(base, caplog, settings, sentence):
    assert sentence in base.fails(caplog, PEOPLE, *people(["1", "a", "f", "o", "n"]), **settings)


# An editor at work


class Editor:
    """Types into random cells, before any call of the target; remembers what was typed last."""

    def __init__(self, base, chance):
        self._base, self._chance = base, chance
        self.typed = {}
        self.in_this_load = set()

    def work(self, call):
        rows = self._base.base.rows("people")
        if not rows or self._chance.random() > 0.5:
            return
        row = self._chance.choice(rows)
        columns = ["a", "f", "o", "n"]
        if call.method == "PUT":
            # The cells to fill were read by the call before this one. What is typed between the
            # two is not seen: SeaTable has no write that depends on what a cell holds.
            columns.remove("f")
        column = self._chance.choice(columns)
        value = self._chance.choice(["", f"typed {self._chance.random()}"])
        self._base.base.update_rows("people", {row["_id"]: {column: value}})
        self.typed[row["id"], column] = value
        self.in_this_load.add((row["id"], column))


@pytest.mark.servers("gateway", "v1 without SQL")
def test_an_editor_at_work_loses_nothing_in_a_hundred_loads(base, monkeypatch):
    chance = random.Random("an editor at work")
    columns = [{"column_name": name, "column_type": "text"} for name in ("id", "a", "f", "o", "n")]
    base.base.create_table("people", columns)
    editor = Editor(base, chance)
    send = requests.Session.send

    def send_after_an_edit(self, request, **more):
        editor.work(request)
        return send(self, request, **more)

    monkeypatch.setattr(requests.Session, "send", send_after_an_edit)
    inserted = {}
    for number in range(100):
        before = by_id(base)
        editor.in_this_load.clear()
        given = {
            key: [key, f"a{number}", chance.choice(["", f"f{number}"]), f"o{number}", f"n{number}"]
            for key in chance.sample([str(key) for key in range(12)], chance.randint(1, 6))
        }
        method = chance.choice(["upsert", "upsert", "update-only", "insert-only"])
        base.load(PEOPLE, *people(*given.values()), write_policy=POLICY, load_method=method)
        for key, row in by_id(base).items():
            cells = {name: row.get(name) or "" for name in "afon"}
            known = {name: before.get(key, {}).get(name) or "" for name in "afon"}
            if key not in before:
                assert method != "update-only"
                inserted[key] = given[key]
            assert cells["n"] == editor.typed.get((key, "n"), "")
            assert cells["o"] == editor.typed.get((key, "o"), inserted[key][3])
            if typed := editor.typed.get((key, "f")):
                assert cells["f"] == typed
            elif (key, "f") not in editor.in_this_load and known["f"]:
                assert cells["f"] == known["f"]
            if key in given and key in before and (key, "a") not in editor.in_this_load:
                assert cells["a"] == (known["a"] if method == "insert-only" else f"a{number}")
    assert editor.typed
    assert len(inserted) > 5
