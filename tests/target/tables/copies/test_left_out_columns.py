"""What a copy does not take over, and a copy that adds no columns or writes nothing."""

from tests.target.tables.copies.copied_bases import columns, messages, tables


def test_buttons_are_named_and_not_copied(make, sandbox, caplog):
    base = sandbox.create_base("Buttons")
    base.create_table("T", [{"column_name": "Name", "column_type": "text"}])
    for name in ("Set", "Run"):
        base.add_column(
            "T",
            name,
            "button",
            {
                "button_type": "",
                "button_name": name,
                "button_color": "#FFFCB5",
            },
        )
    base.append_rows("T", [{"Name": "a"}])
    copy = make(sandbox)
    for _ in range(2):
        copy.load(*messages(sandbox, base))
    assert [column["name"] for column in columns(copy.base, "T")] == ["Name"]
    assert caplog.text.count("Stream 'T': buttons are not copied: 'Set', 'Run'.") == 1


def test_a_table_that_is_there_gets_nothing_where_columns_are_not_to_be_added(
    make, origin, sandbox
):
    copy = make(sandbox)
    copy.base.create_table("Zoo", [{"column_name": "Text", "column_type": "text"}])
    copy.base.add_column("Zoo", "source_id", "text")
    copy.load(*messages(*origin), add_columns=False)
    assert copy.columns("Zoo").keys() <= {"Text", "source_id", "Others"}
    assert copy.columns("Others")["Name"] == "text"


def test_a_second_column_of_who_made_a_row_is_skipped_with_a_warning(make, origin, sandbox, caplog):
    copy = make(sandbox)
    copy.base.create_table("Zoo", [{"column_name": "Text", "column_type": "text"}])
    copy.base.add_column("Zoo", "By", "creator")
    copy.load(*messages(*origin))
    assert "'Made by' was skipped: table 'Zoo' has 'By'" in caplog.text
    assert copy.columns("Zoo")["Made at"] == "ctime"


def test_a_dry_run_of_a_copy_writes_nothing(make, origin, sandbox, caplog):
    caplog.set_level("INFO")
    copy = make(sandbox)
    copy.load(*messages(*origin), dry_run=True)
    assert tables(copy.base) == {}
    said = [line for line in caplog.text.splitlines() if "Would add to table" in line]
    assert len([line for line in said if "(link)" in line]) == 1
    for name in ("Friend sum", "Oldest friend", "Double"):
        assert any(f"the column {name!r}" in line for line in said)
