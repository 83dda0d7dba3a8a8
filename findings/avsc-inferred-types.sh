#!/usr/bin/env bash
# avsc 5.7.9 (npm): `Type.forValue` makes a schema that fits a value, and for a number with decimals chooses "float", which has
# seven digits: 1234567.89 is read back as 1234567.875, 19.99 as 19.989999771118164. One price of 2.5 in a list makes 123456789
# in another row 123456792. A date fits a record without fields, and is read back as {}. No error, no warning.
# Source: measured; Type.forValue in lib/types.js. Numbers of JavaScript are doubles.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund avsc@5.7.9

cat > run.js <<'JS'
const assert = require('node:assert');
const avsc = require('avsc');

const rows = [{ price: 2.5 }, { price: 123456789 }];
const cases = [
  [1234567.89, 1234567.875],
  [19.99, 19.989999771118164],
  [rows.slice(1), rows.slice(1)],
  [rows, [{ price: 2.5 }, { price: 123456792 }]],
  [{ id: 7, day: new Date('2024-05-17') }, { id: 7, day: {} }],
];
console.log('avsc', require('avsc/package.json').version, '- Node.js', process.version);
for (const [given, wanted] of cases) {
  const type = avsc.Type.forValue(given);
  const got = JSON.stringify(type.fromBuffer(type.toBuffer(given)));
  console.log(JSON.stringify(given).padEnd(44), '->', got);
  assert.strictEqual(got, JSON.stringify(wanted));
}
assert.strictEqual(avsc.Type.forValue(19.99).typeName, 'float');
JS
node run.js
