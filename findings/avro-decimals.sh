#!/usr/bin/env bash
# avro 1.12.2, Apache's own package: decimals are written by their digits alone, whatever stands between them and the schema's
# scale. With two decimal places 1.5 is written as 0.15, 20 as 0.20, and 1E+3 as 0.01; of 123456789012.34 under precision 10
# the last digits become zeros. And 5 in a union of "int" and "double" comes out as 5.0. No error. fastavro 1.13.1 writes 1.50
# and 1000.00 and refuses the last.
# Source: measured; write_decimal_bytes in avro/io.py. The specification says that the scale is the schema's.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'avro==1.12.2' 'fastavro==1.13.1'

venv/bin/python - <<'PY'
import io
import json
from decimal import Decimal
from importlib.metadata import version

import avro.datafile
import avro.io
import avro.schema
import fastavro

amount = {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}
schema = {
    "type": "record",
    "name": "price",
    "fields": [{"name": "amount", "type": ["null", amount]}, {"name": "number", "type": ["null", "int", "double"]}],
}


def by_avro(**row):
    file = io.BytesIO()
    writer = avro.datafile.DataFileWriter(file, avro.io.DatumWriter(), avro.schema.parse(json.dumps(schema)))
    writer.append({"amount": None, "number": None, **row})
    writer.flush()
    return next(fastavro.reader(io.BytesIO(file.getvalue())))


def by_fastavro(**row):
    file = io.BytesIO()
    try:
        fastavro.writer(file, schema, [{"amount": None, "number": None, **row}])
    except ValueError as error:
        return {"amount": str(error)}
    return next(fastavro.reader(io.BytesIO(file.getvalue())))


expected = {"1.50": "1.50", "1.5": "0.15", "20": "0.20", "1E+3": "0.01", "123456789012.34": "123456789000"}
print("avro", version("avro"), "- fastavro", version("fastavro"), "- both files read by fastavro; decimals with a precision of 10 and a scale of 2")
for text, wrong in expected.items():
    one, other = by_avro(amount=Decimal(text))["amount"], by_fastavro(amount=Decimal(text))["amount"]
    print(f"{text:15} avro writes {one:<16f} fastavro: {other}")
    assert one == Decimal(wrong)
    assert other == Decimal(text) if text != "123456789012.34" else isinstance(other, str)
numbers = by_avro(number=5)["number"], by_fastavro(number=5)["number"]
print("5 in a union    avro writes %r              fastavro: %r" % numbers)
assert list(map(repr, numbers)) == ["5.0", "5"]
PY
