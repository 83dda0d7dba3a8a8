#!/usr/bin/env bash
# csvtojson 2.0.14 (npm): a dot in a column's name makes an object, so that of the columns "size" and "size.unit" the later one
# wins: the size 12 is gone, or its unit, by their order in the file. Columns "price.2023" and "price.2024" become a list
# with 2023 empty places before the first value, which JSON writes as null. `flatKeys` keeps all names. No error.
# Source: measured. Its readme describes objects from dotted names, and not what two such columns or a year do.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund csvtojson@2.0.14

cat > run.js <<'JS'
const assert = require('node:assert');
const csvtojson = require('csvtojson');

const read = async (text, options) => (await csvtojson(options).fromString(text))[0];
(async () => {
  console.log('csvtojson', require('csvtojson/package.json').version, '- Node.js', process.version);
  const cases = [
    ['no.,size,size.unit\n7,12,cm\n', {}, { 'no.': '7', size: { unit: 'cm' } }],
    ['no.,size.unit,size\n7,cm,12\n', {}, { 'no.': '7', size: '12' }],
    ['no.,size,size.unit\n7,12,cm\n', { flatKeys: true }, { 'no.': '7', size: '12', 'size.unit': 'cm' }],
  ];
  for (const [text, options, wanted] of cases) {
    const got = await read(text, options);
    console.log(JSON.stringify(text), JSON.stringify(options), '->', JSON.stringify(got));
    assert.deepStrictEqual(got, wanted);
  }
  const { price } = await read('item,price.2023,price.2024\nglue,5,6\n', {});
  console.log('price.2023 and price.2024 -> a list of', price.length, 'places, JSON of', JSON.stringify(price).length, 'characters');
  assert.ok(Array.isArray(price));
  assert.strictEqual(price.length, 2025);
})();
JS
node run.js
