#!/usr/bin/env bash
# alasql 4.19.1 (npm): GROUP BY, DISTINCT and JOIN compare values by their texts, joined by a backtick. A row whose name is the
# text "null" is counted with those that have none, 1 and "1" are one group, and so are x`y, z and x, y`z: one of the two
# pairs is gone. A join finds a partner for a row without an id: another row without one. No error, no warning.
# Source: measured. In SQL a null is a group of its own and joins with nothing.
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

const check = (query, tables, wanted) => {
  const got = JSON.stringify(alasql(query, tables));
  console.log(query);
  tables.forEach((rows) => console.log('   given', JSON.stringify(rows)));
  console.log('   got  ', got);
  assert.strictEqual(got, JSON.stringify(wanted));
};
console.log('alasql', JSON.parse(fs.readFileSync('node_modules/alasql/package.json')).version, '- Node.js', process.version);
check('SELECT name, COUNT(*) AS n FROM ? GROUP BY name', [[{ name: null }, { name: 'null' }]], [{ name: null, n: 2 }]);
check('SELECT code, SUM(v) AS s FROM ? GROUP BY code', [[{ code: 1, v: 5 }, { code: '1', v: 7 }]], [{ code: 1, s: 12 }]);
const pairs = [{ a: 'x`y', b: 'z' }, { a: 'x', b: 'y`z' }];
check('SELECT DISTINCT a, b FROM ?', [pairs], pairs.slice(1));
check('SELECT l.v, r.w FROM ? l JOIN ? r ON l.id = r.id', [[{ id: null, v: 1 }], [{ id: null, w: 2 }]], [{ v: 1, w: 2 }]);
JS
node run.js
