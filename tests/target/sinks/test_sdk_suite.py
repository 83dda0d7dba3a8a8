"""The SDK's own tests for targets, with a look into the base after each of them."""

import json

import pytest
from singer_sdk.exceptions import InvalidRecord
from singer_sdk.testing import SuiteConfig, get_target_test_class
from singer_sdk.testing.suites import SingerTestSuite
from singer_sdk.testing.target_tests import (
    TargetArrayData,
    TargetCamelcaseComplexSchema,
    TargetCamelcaseTest,
    TargetCliPrintsTest,
    TargetDuplicateRecords,
    TargetEncodedStringData,
    TargetInvalidSchemaTest,
    TargetMultipleStateMessages,
    TargetNoPrimaryKeys,
    TargetOptionalAttributes,
    TargetPrimaryKeyUpdates,
    TargetRecordBeforeSchemaTest,
    TargetRecordMissingKeyProperty,
    TargetRecordMissingOptionalFields,
    TargetRecordMissingRequiredProperty,
    TargetSchemaNoProperties,
    TargetSchemaUpdates,
    TargetSpecialCharsInAttributes,
)
from singer_sdk.testing.templates import TargetFileTestTemplate

from seatable_sandbox import Sandbox, SandboxBase
from target_seatable.target import TargetSeaTable

SANDBOX = Sandbox()  # the SDK builds its targets while pytest collects
SANDBOX.start()
BASES: dict[str, SandboxBase] = {}


def rows(test, table):
    """Rows of the base that a test loaded into, without what SeaTable adds."""
    return [
        {name: cell for name, cell in row.items() if not name.startswith("_")}
        for row in BASES[test.name].rows(table)
    ]


def messages_of(test):
    """The messages that a test loads."""
    lines = test.singer_filepath.read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line]


def into_its_own_base(test_class):
    """The test, run against a base that nothing else writes to."""

    def run(self, config, resource, runner):
        base = BASES[self.name] = SANDBOX.create_base(self.name)
        runner.config["api_token"] = base.api_token
        test_class.run(self, config, resource, runner)

    return type(test_class.__name__, (test_class,), {"run": run})


class ArrayData(TargetArrayData):
    def validate(self):
        assert [row["fruits"] for row in rows(self, "test_array_data")] == [
            ["apple", "orange", "pear"],
            ["banana", "apple"],
            ["pear"],
            ["orange", "banana", "apple", "pear"],
        ]


class Camelcase(TargetCamelcaseTest):
    def validate(self):
        # A source that declares nothing but text: the columns are chosen by what they hold.
        assert rows(self, "TestCamelcase") == [
            {"Id": 1, "clientName": "Gitter Windows Desktop App"},
            {"Id": 2, "clientName": "Gitter iOS App"},
        ]


class CamelcaseComplexSchema(TargetCamelcaseComplexSchema):
    def validate(self):
        assert rows(self, "ForecastingTypeToCategory") == []  # the file has no records


class DuplicateRecords(TargetDuplicateRecords):
    def validate(self):
        assert rows(self, "test_duplicate_records") == [
            {"id": 1, "metric": 100},
            {"id": 2, "metric": 20},
        ]


class EncodedStringData(TargetEncodedStringData):
    def validate(self):
        info = [row["info"] for row in rows(self, "test_strings")]
        assert info[:6] == [
            "simple string 2837",
            "απλή συμβολοσειρά",
            "简单的字串",
            "chaîne simple",
            'quoted "string"',
            'various " \\ / \n escape sequences',
        ]


class NoPrimaryKeys(TargetNoPrimaryKeys):
    def validate(self):
        assert rows(self, "test_no_pk") == [
            {"id": 1, "metric": 11},
            {"id": 2, "metric": 22},
            {"id": 3, "metric": 33},
        ]


class OptionalAttributes(TargetOptionalAttributes):
    def validate(self):
        assert [row["optional"] for row in rows(self, "test_optional_attributes")] == [
            "This is optional",
            None,
            "Also optional",
            None,
        ]


class PrimaryKeyUpdates(TargetPrimaryKeyUpdates):
    def validate(self):
        assert rows(self, "example_stream") == [
            {"id": 1, "name": "Alice", "email": "alice@example.com"},
            {"id": 2, "name": "Bob", "email": "bob@example.com"},
        ]


class RecordMissingKeyProperty(TargetRecordMissingKeyProperty):
    def validate(self):
        assert rows(self, "test_record_missing_key_property") == []


class MultipleStateMessages(TargetMultipleStateMessages):
    """Which states go out depends on when rows are stored; the SDK's own test knows of one way."""

    def test(self):
        self.runner.sync_all()
        given = [message["value"] for message in messages_of(self) if message["type"] == "STATE"]
        states = self.runner.state_messages
        assert states[-1] == given[-1]
        assert states == [state for state in given if state in states]

    def validate(self):
        for stream, factor in (("a", 100), ("b", 110)):
            assert rows(self, f"test_multiple_state_messages_{stream}") == [
                {"id": number, "metric": number * factor} for number in range(1, 7)
            ]


class RecordMissingRequiredProperty(TargetRecordMissingRequiredProperty):
    def test(self):
        with pytest.raises(InvalidRecord):
            super().test()

    def validate(self):
        tables = [table["name"] for table in BASES[self.name].metadata()["metadata"]["tables"]]
        assert "test_record_missing_required_property" not in tables


class UserLocations(TargetFileTestTemplate):
    """Not in the SDK's list, although its file is."""

    name = "user_location_data"

    def validate(self):
        for table in ("test_users", "test_locations", "test_user_in_location"):
            given = [
                message["record"]
                for message in messages_of(self)
                if message.get("stream") == table and message["type"] == "RECORD"
            ]
            assert [row["id"] for row in rows(self, table)] == [record["id"] for record in given]


class RecordMissingOptionalFields(TargetRecordMissingOptionalFields):
    def validate(self):
        assert rows(self, "record_missing_fields") == [
            {"id": 1, "optional": "now you see me"},
            {"id": 2, "optional": None},
        ]


class SchemaNoProperties(TargetSchemaNoProperties):
    def validate(self):
        assert [row["object_store"] for row in rows(self, "test_object_schema_no_properties")] == [
            '{"id":1,"metric":1}',
            '{"id":2,"metric":2}',
        ]


class SchemaUpdates(TargetSchemaUpdates):
    def validate(self):
        loaded = rows(self, "test_schema_updates")
        assert [row["a1"] for row in loaded] == [101, 102, 103, 104, 105, 106]
        assert [row["a3"] for row in loaded][:2] == [None, True]


class SpecialCharsInAttributes(TargetSpecialCharsInAttributes):
    def validate(self):
        assert rows(self, "test:SpecialChars!in?attributes") == [
            {
                "source_id": "a2e98886",
                "d": '{"env":"prod","agent:type":"desktop","agent:os:version":"10.13.1"}',
            }
        ]


class Upserted(TargetFileTestTemplate):
    """Not in the SDK's list, although its file is."""

    name = "user_location_upsert_data"

    def validate(self):
        users = {row["id"]: row["name"] for row in rows(self, "test_users")}
        assert users == {1: "Johny", 2: "George", 5: "Jim", 8: "Thomas", 12: "Paul", 13: "Mary"}


class NoPrimaryKeysAppend(TargetFileTestTemplate):
    """Not in the SDK's list, although its file is."""

    name = "no_primary_keys_append"

    def validate(self):
        assert [row["metric"] for row in rows(self, "test_no_pk")] == [101, 202, 303, 404, 505]


TESTS = [
    ArrayData,
    Camelcase,
    CamelcaseComplexSchema,
    DuplicateRecords,
    EncodedStringData,
    MultipleStateMessages,
    NoPrimaryKeys,
    NoPrimaryKeysAppend,
    OptionalAttributes,
    PrimaryKeyUpdates,
    RecordMissingKeyProperty,
    RecordMissingOptionalFields,
    RecordMissingRequiredProperty,
    SchemaNoProperties,
    SchemaUpdates,
    SpecialCharsInAttributes,
    TargetCliPrintsTest,
    TargetInvalidSchemaTest,
    TargetRecordBeforeSchemaTest,
    Upserted,
    UserLocations,
]


@pytest.fixture(scope="module", autouse=True)
def _stop_the_sandbox(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("rejected"))
        yield
    SANDBOX.stop()


TestTarget = get_target_test_class(
    TargetSeaTable,
    config={"server_url": SANDBOX.url, "api_token": "set by each test"},
    suite_config=SuiteConfig(),
    include_target_tests=False,
    custom_suites=[
        SingerTestSuite(kind="target", tests=[into_its_own_base(test) for test in TESTS])
    ],
)
