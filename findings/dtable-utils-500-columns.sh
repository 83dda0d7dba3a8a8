#!/usr/bin/env bash
# dtable-utils 5.0.30 (npm), SeaTable's own conversion of a row for its readers: the columns after the 500th are left
# out. No error, no flag: a table of 600 columns is read as one of 500. Empty texts and lists are left out as well.
# Source: CONVERT_ROW_COLUMNS_LIMIT in convertRow. The documented limit of columns per table is of the server.
# (The package does not name @babel/runtime, which it needs.)
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund dtable-utils@5.0.30 @babel/runtime@8.1.3 dayjs@1.10.7 deep-copy@1.4.2

node - <<'JS'
const assert = require('node:assert');
const { convertRow } = require('dtable-utils');

const columns = Array.from({ length: 600 }, (_, index) => ({ key: `k${index}`, name: `c${index}`, type: 'number' }));
const row = Object.fromEntries(columns.map((column, index) => [column.key, index]));
const read = convertRow(row, {}, { _id: 't', columns }, null, {});
console.log('dtable-utils', require('dtable-utils/package.json').version);
console.log('columns of the table:', columns.length, '- columns read:', Object.keys(read).length, '- last:', Object.keys(read).at(-1));
assert.strictEqual(Object.keys(read).length, 500);
assert.strictEqual(Object.keys(read).at(-1), 'c499');
JS
