"""Views of a copied base show the same rows, in the same order; the log lists the rest."""

import pytest

from seatable_sandbox import Fault, Sandbox
from seatable_sandbox.demo.parts import column
from tests.target.tables.copies.copied_bases import columns, messages, tables

pytestmark = pytest.mark.servers("gateway", "v1 with SQL")

STATES = [{"id": "100001", "name": "open"}, {"id": "100002", "name": "done"}]


@pytest.fixture
def origin():
    """A table with views, whose keys and ids are others in every copy."""
    with Sandbox() as other:
        base = other.create_base("Origin")
        base.create_table(
            "Tasks",
            [
                column("Name", "text"),
                column("No", "number"),
                column("State", "single-select", options=STATES),
                column("Tags", "multiple-select", options=STATES),
                column("Twice", "formula", formula="{No} * 2"),
                column(
                    "Go", "button", button_type="open_url", button_name="", button_color="#FFFCB5"
                ),
            ],
        )
        states = [STATES[n % 2]["name"] for n in range(6)]
        base.append_rows(
            "Tasks",
            [
                {"Name": f"task {n}", "No": n, "State": state, "Tags": [state]}
                for n, state in enumerate(states)
            ],
        )
        yield other, base


def key(base, name):
    return next(
        column["key"] for column in tables(base)["Tasks"]["columns"] if column["name"] == name
    )


def views(base):
    """The views of the table with the names of columns and options for their keys and ids."""
    names = {column["key"]: column["name"] for column in columns(base, "Tasks")}
    options = {
        option["id"]: option["name"]
        for column in columns(base, "Tasks")
        for option in (column.get("data") or {}).get("options") or ()
    }

    def named(value):
        if isinstance(value, dict):
            return {word: named(item) for word, item in value.items() if word != "_id"}
        if isinstance(value, list):
            return [named(item) for item in value]
        return names.get(value, options.get(value, value)) if isinstance(value, str) else value

    shown = ("name", "type", "filters", "filter_conjunction", "sorts", "groupbys", "hidden_columns")
    return [named({word: view[word] for word in shown}) for view in tables(base)["Tasks"]["views"]]


def rules(base):
    return {
        "filters": [
            {"column_key": key(base, "State"), "filter_predicate": "is", "filter_term": "100001"},
            {
                "column_key": key(base, "Tags"),
                "filter_predicate": "has_any_of",
                "filter_term": ["100001", "100002"],
            },
            {"column_key": key(base, "Twice"), "filter_predicate": "greater", "filter_term": 2},
        ],
        "filter_conjunction": "Or",
        "sorts": [{"column_key": key(base, "No"), "sort_type": "down"}],
        "groupbys": [{"column_key": key(base, "State"), "sort_type": "up", "count_type": ""}],
        "hidden_columns": [key(base, "Name"), key(base, "Tags")],
    }


def test_views_show_the_same(make, sandbox, origin, caplog):
    caplog.set_level("INFO", "target_seatable")
    other, base = origin
    base.change_view("Tasks", "Default View", name="Alles / all", sorts=rules(base)["sorts"])
    base.add_view("Tasks", "Open ones", **rules(base))
    base.add_view("Tasks", "Plain")
    copy = make(sandbox)
    copy.load(*messages(other, base))
    assert views(copy.base) == views(base)
    assert "Views that are not copied" not in caplog.text
    assert caplog.text.count("Not copied, as the API does not offer it: comments") == 1
    ids = {option["id"] for option in tables(copy.base)["Tasks"]["columns"][2]["data"]["options"]}
    filters = tables(copy.base)["Tasks"]["views"][1]["filters"]
    assert filters[0]["filter_term"] in ids
    assert len(ids) == len(STATES)
    caplog.clear()
    copy.load(*messages(other, base))  # nothing is made again
    assert copy.writes == []
    assert "Not copied" not in caplog.text


def test_options_of_filters_may_have_other_ids_in_the_copy(make, sandbox, origin):
    other, base = origin
    base.add_view("Tasks", "Open ones", **rules(base))
    copy = make(sandbox)
    names = [{"name": state["name"]} for state in STATES]
    select = {"type": "single-select", "data": {"options": names}}
    copy.load(*messages(other, base), column_types={"Tasks": {"State": select}})
    assert views(copy.base) == views(base)
    state = tables(copy.base)["Tasks"]["views"][1]["filters"][0]["filter_term"]
    assert state not in {option["id"] for option in STATES}


def test_options_of_a_lookup_may_have_other_ids_in_the_copy(make, sandbox, origin):
    other, base = origin
    base.create_table("Steps", [column("Name", "text")])
    base.add_column("Steps", "Task", "link", {"table": "Steps", "other_table": "Tasks"})
    shown = {"formula": "lookup", "link_column": "Task", "level1_linked_column": "State"}
    base.add_column("Steps", "State of it", "link-formula", shown)
    lookup = next(found for found in columns(base, "Steps") if found["name"] == "State of it")
    rule = {
        "column_key": lookup["key"],
        "filter_predicate": "has_any_of",
        "filter_term": ["100002"],
    }
    base.add_view("Steps", "Done ones", filters=[rule])
    copy = make(sandbox)
    names = [{"name": state["name"]} for state in STATES]
    select = {"type": "single-select", "data": {"options": names}}
    copy.load(*messages(other, base), column_types={"Tasks": {"State": select}})
    made = next(found for found in columns(copy.base, "Tasks") if found["name"] == "State")
    ids = {option["name"]: option["id"] for option in made["data"]["options"]}
    (view,) = tables(copy.base)["Steps"]["views"][1:]
    assert [rule["filter_term"] for rule in view["filters"]] == [[ids["done"]]]
    assert ids["done"] != "100002"


def test_a_base_without_views_of_its_own_costs_no_call_for_them(make, sandbox, origin):
    copy = make(sandbox)
    copy.load(*messages(*origin))
    assert not any(call.path.rstrip("/").endswith("views") for call in sandbox.calls)


def test_what_a_copy_cannot_have_is_listed_with_the_reason(make, sandbox, origin, caplog):
    other, base = origin
    go = {"column_key": key(base, "Go"), "sort_type": "up"}
    base.add_view("Tasks", "By button", sorts=[go])
    base.add_view("Tasks", "Big", type="archive")
    base.add_view("Tasks", "Fine", sorts=rules(base)["sorts"])
    copy = make(sandbox)
    copy.load(*messages(other, base))
    assert [view["name"] for view in views(copy.base)] == ["Default View", "Fine"]
    assert (
        "'By button' of table 'Tasks', because it uses a column that is not copied" in caplog.text
    )
    assert "'Big' of table 'Tasks', because it is of type archive" in caplog.text


def test_a_view_that_the_server_refuses_ends_no_copy(make, sandbox, origin, caplog):
    other, base = origin
    base.add_view("Tasks", "Refused")
    copy = make(sandbox)
    sandbox.inject(Fault("status", status=400, path="/views/", times=9))
    copy.load(*messages(other, base))
    assert len(copy.base.rows("Tasks")) == 6
    assert "Views that are not copied: 'Refused' of table 'Tasks', because" in caplog.text
    assert copy.states


def test_a_view_whose_settings_the_server_refuses_does_not_stay_and_show_all_rows(
    make, sandbox, origin, caplog
):
    other, base = origin
    base.add_view("Tasks", "Open ones", **rules(base))
    copy = make(sandbox)
    sandbox.inject(Fault("status", status=400, method="PUT", path="/views/", times=9))
    copy.load(*messages(other, base))
    assert [view["name"] for view in views(copy.base)] == ["Default View"]
    assert "Views that are not copied: 'Open ones' of table 'Tasks', because" in caplog.text
    assert "delete it" not in caplog.text


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_view_of_which_no_answer_comes_is_whole_or_not_there(make, sandbox, origin, method):
    other, base = origin
    base.add_view("Tasks", "Open ones", **rules(base))
    copy = make(sandbox)
    sandbox.inject(Fault("reset_after", method=method, path="/views/", times=9))
    copy.load(*messages(other, base))
    assert views(copy.base) in (views(base), views(base)[:1])


def test_a_view_without_its_settings_that_stays_is_told(make, sandbox, origin, caplog):
    other, base = origin
    base.add_view("Tasks", "Open ones", **rules(base))
    copy = make(sandbox)
    for method in ("PUT", "DELETE"):
        sandbox.inject(Fault("status", status=400, method=method, path="/views/", times=9))
    copy.load(*messages(other, base))
    assert "The copy has a view of this name, which shows all rows: delete it" in caplog.text


@pytest.mark.parametrize("first", ["Default View", "Alles / all"])
def test_a_run_that_did_not_come_to_the_views_leaves_them_to_the_next(make, sandbox, origin, first):
    other, base = origin
    base.change_view("Tasks", "Default View", name=first, sorts=rules(base)["sorts"])
    base.add_view("Tasks", "Open ones", **rules(base))
    copy = make(sandbox)
    sandbox.inject(Fault("status", status=400, path="/views/", times=99))
    copy.load(*messages(other, base))
    assert [view["name"] for view in views(copy.base)] == ["Default View"]
    sandbox.clear_faults()
    copy.load(*messages(other, base))
    assert views(copy.base) == views(base)


def test_what_cannot_be_copied_is_told_by_the_run_that_makes_the_table(
    make, sandbox, origin, caplog
):
    other, base = origin
    base.add_view("Tasks", "Big", type="archive")
    copy = make(sandbox)
    copy.load(*messages(other, base))
    assert caplog.text.count("Views that are not copied") == 1
    copy.load(*messages(other, base))
    assert copy.writes == []
    assert caplog.text.count("Views that are not copied") == 1


def test_views_that_people_have_changed_or_removed_stay_so(make, sandbox, origin):
    other, base = origin
    base.add_view("Tasks", "Open ones", **rules(base))
    base.add_view("Tasks", "Plain")
    copy = make(sandbox)
    copy.load(*messages(other, base))
    copy.base.change_view("Tasks", "Open ones", name="Mine", filters=[], sorts=[])
    before = views(copy.base)
    copy.load(*messages(other, base))
    assert views(copy.base) == before


def test_another_view_may_have_the_name_that_the_server_gives_the_first(make, sandbox, origin):
    other, base = origin
    base.change_view("Tasks", "Default View", name="All")
    base.add_view("Tasks", "Default View", **rules(base))
    copy = make(sandbox)
    copy.load(*messages(other, base))
    assert views(copy.base) == views(base)


def test_a_filter_without_a_column_is_of_no_column(make, sandbox, origin, caplog):
    """As a group of filters would be."""
    other, base = origin
    base.add_view("Tasks", "Grouped", filters=[{"filters": rules(base)["filters"]}])
    copy = make(sandbox)
    copy.load(*messages(other, base))
    assert [view["name"] for view in views(copy.base)] == ["Default View"]
    assert "'Grouped' of table 'Tasks', because it uses a column that is not copied" in caplog.text
