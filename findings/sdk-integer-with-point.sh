#!/usr/bin/env bash
# singer-sdk 0.54.9 and jsonschema 4.26.0: a target refuses 1.0 for an integer, although JSON Schema calls every number
# without a fraction an integer, and although jsonschema itself takes the float 1.0: the SDK reads numbers
# with a point as Decimal, and to jsonschema a Decimal is never an integer. Taps that get 5.0 from an API meet it.
# Source: singer_sdk/singerlib/json.py with jsonschema's type checkers. Documented on neither side.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'singer-sdk==0.54.9' 'jsonschema==4.26.0'

cat > target.py <<'PY'
from singer_sdk import Target
from singer_sdk import typing as th
from singer_sdk.sinks import RecordSink


class Print(RecordSink):
    def process_record(self, record, context):
        print("stored", record["n"])


class TargetPrint(Target):
    name = "target-print"
    package_name = "singer-sdk"
    config_jsonschema = th.PropertiesList().to_dict()
    default_sink_class = Print


TargetPrint.cli()
PY
load() {
    printf '%s\n' \
        '{"type": "SCHEMA", "stream": "s", "key_properties": [], "schema": {"properties": {"n": {"type": "integer"}}}}' \
        "{\"type\": \"RECORD\", \"stream\": \"s\", \"record\": {\"n\": $1}}" |
        venv/bin/python target.py 2>&1 | grep -E '^stored|InvalidRecord:' | head -n 1 || true
}

venv/bin/pip list 2>/dev/null | grep -E '^(singer-sdk|jsonschema) '
plain="$(load 1)"
point="$(load 1.0)"
alone="$(venv/bin/python -c 'import jsonschema; jsonschema.validate(1.0, {"type": "integer"}); print("accepted")')"
echo "target, 1:             $plain"
echo "target, 1.0:           $point"
echo "jsonschema alone, 1.0: $alone"
[ "$plain" = "stored 1" ]
[[ "$point" == *"Decimal('1.0') is not of type 'integer'"* ]]
[ "$alone" = accepted ]
