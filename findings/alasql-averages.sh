#!/usr/bin/env bash
# alasql 4.19.1 (npm): aggregates of a CSV column take its cells as they are. With an empty cell the AVG of 2.50 and 4.50 is
# 2.33, with a dash in the first row it is negative, and with n/a in the last row SUM is the text 7n/a. AVG of the texts 1, 2
# and 3 is 41 (123 / 3), of 1, 2 and the text 3 11. MIN and MAX of texts, such as days, are undefined. No error, no warning.
# Source: measured. SQL leaves out nulls, which an empty cell is not here; no document names the rest.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts alasql@4.19.1

cat > run.js <<'JS'
const assert = require('node:assert');
const fs = require('node:fs');
const alasql = require('alasql');

const query = 'SUM(price) AS summed, AVG(price) AS mean, MAX(price) AS most, COUNT(price) AS n FROM';
const files = {
  empty: [['2.50', '', '4.50'], { summed: 7, mean: 7 / 3, most: 4.5, n: 3 }],
  dash: [['-', '1.50', '5.00'], { summed: 6.5, mean: -1.55 / 3, most: 5, n: 3 }],
  text: [['2.50', '4.50', 'n/a'], { summed: '7n/a', mean: undefined, most: 4.5, n: 3 }],
};
const lists = [
  [['1', '2', '3'], { mean: 41 }],
  [[1, 2, '3'], { summed: '33', mean: 11, most: 2 }],
  [['2023-01-01', '2024-05-17'], { most: undefined }],
];
const check = (given, got, wanted) => {
  console.log(JSON.stringify(given).padEnd(28), '->', got);
  for (const [name, value] of Object.entries(wanted)) {
    const seen = Number.isNaN(got[name]) ? undefined : got[name];
    if (typeof value === 'number') assert.ok(Math.abs(seen - value) < 1e-9, name);
    else assert.strictEqual(seen, value);
  }
};

(async () => {
  console.log('alasql', JSON.parse(fs.readFileSync('node_modules/alasql/package.json')).version, '- Node.js', process.version);
  for (const [name, [cells, wanted]] of Object.entries(files)) {
    fs.writeFileSync(`${name}.csv`, ['item,price', ...cells.map((cell, index) => `${index},${cell}`), ''].join('\n'));
    const [got] = await alasql.promise(`SELECT ${query} CSV("${name}.csv", {headers: true})`);
    check(cells, got, wanted);
  }
  for (const [prices, wanted] of lists) {
    check(prices, alasql(`SELECT ${query} ?`, [prices.map((price) => ({ price }))])[0], wanted);
  }
})();
JS
node run.js
