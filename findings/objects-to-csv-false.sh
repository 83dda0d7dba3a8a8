#!/usr/bin/env bash
# objects-to-csv 1.3.6 (npm): false is written as an empty cell, as null and undefined are, and true as 1; a Date is written as
# milliseconds such as 1715941800000. Whether an order is not paid or nobody knows is lost. No error, no warning.
# Source: measured; its readme says nothing of booleans and dates, which are cast by csv-stringify 5.6.5 underneath.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund objects-to-csv@1.3.6

cat > run.js <<'JS'
const assert = require('node:assert');
const ObjectsToCsv = require('objects-to-csv');

const orders = [
  { id: 1, paid: true, at: new Date('2024-05-17T10:30:00Z') },
  { id: 2, paid: false, at: null },
  { id: 3, paid: null, at: null },
];
(async () => {
  const text = await new ObjectsToCsv(orders).toString();
  console.log('objects-to-csv', require('objects-to-csv/package.json').version, '- Node.js', process.version);
  orders.forEach((order, index) => console.log(JSON.stringify(order).padEnd(58), '->', text.split('\n')[index + 1]));
  assert.strictEqual(text, 'id,paid,at\n1,1,1715941800000\n2,,\n3,,\n');
})();
JS
node run.js
