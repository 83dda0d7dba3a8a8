#!/usr/bin/env bash
# dtable-utils 5.0.30 (npm), SeaTable's own conversion of what a client writes into a date column: 30 February becomes
# 1 March, a year alone becomes 1 January 1970 (it is read as milliseconds), so does the compact form of ISO 8601,
# and a time of day becomes 20 October of this year. Nothing is refused, all of it is stored.
# Source: formatTextToDate. The API documentation says "YYYY-MM-DD" and nothing about other texts.
# (The package does not name @babel/runtime, which it needs.)
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund dtable-utils@5.0.30 @babel/runtime@8.1.3 dayjs@1.10.7 deep-copy@1.4.2

TZ=UTC node - <<'JS'
const assert = require('node:assert');
const { convertRowBack } = require('dtable-utils');

const table = { columns: [{ key: 'k', name: 'Day', type: 'date', data: { format: 'YYYY-MM-DD' } }] };
const write = (value) => convertRowBack({ Day: value }, table).k;
const expected = {
  '2024-02-30': '2024-03-01',
  2024: '1970-01-01',
  20240605: '1970-01-01',
  '10:20': `${new Date().getFullYear()}-10-20`,
  '0099-12-31': '99-12-31',
  '2024-13-01': null,
};
console.log('dtable-utils', require('dtable-utils/package.json').version);
for (const text of Object.keys(expected)) {
  console.log(JSON.stringify(text).padEnd(13), '->', JSON.stringify(write(text)));
  assert.strictEqual(write(text), expected[text]);
}
JS
