#!/usr/bin/env bash
# csv-parse 7.0.3 (npm) with Node.js 20: with `cast` and `cast_date` each text that Date.parse takes becomes a date, and it
# takes nearly any text with a number up to 12 at its end or a month's name in it: "room 12" is 1 December 2001, "March
# Road 5" is 5 March 2001, and 2024-02-30 is 1 March. "room 13" stays: one column then holds texts and dates. No error.
# Source: measured; the rules of Date.parse for such texts are left to each engine.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund csv-parse@7.0.3

TZ=UTC node - <<'JS'
const assert = require('node:assert');
const { parse } = require('csv-parse/sync');

const expected = {
  'room 12': '2001-12-01',
  'room 13': 'room 13',
  'Main Street 5': '2001-05-01',
  'March Road 5': '2001-03-05',
  'size 1-2': '2001-01-02',
  '2024-02-30': '2024-03-01',
};
const rows = parse(['place', ...Object.keys(expected)].join('\n'), { columns: true, cast: true, cast_date: true });
console.log('csv-parse', JSON.parse(require('node:fs').readFileSync('node_modules/csv-parse/package.json')).version, '- Node.js', process.version);
Object.entries(expected).forEach(([text, value], index) => {
  const { place } = rows[index];
  const got = place instanceof Date ? place.toISOString().slice(0, 10) : place;
  console.log(text.padEnd(14), '->', place instanceof Date ? `Date ${got}` : got);
  assert.strictEqual(got, value);
});
JS
