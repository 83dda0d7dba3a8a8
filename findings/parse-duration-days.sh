#!/usr/bin/env bash
# parse-duration 2.1.9 (npm): letters that are no unit of its list are left out together with their number. Of the ISO duration
# P1DT2H, a day and two hours, the day is lost, since it is taken for the unit DT; PT26H is right, and P1M, a month, is a
# minute. A range "1-2 hours" is two hours and a millisecond, 36:00 are 36 milliseconds. No error; "soon" is null.
# Source: measured; the expression at the top of its index.js. The readme says nothing of ISO 8601.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund parse-duration@2.1.9

cat > run.mjs <<'JS'
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import parse from 'parse-duration';

const hour = 3600000;
const expected = {
  'PT1H30M': 1.5 * hour,
  'PT26H': 26 * hour,
  'P1DT2H': 2 * hour,
  'P1M': 60000,
  '1-2 hours': 2 * hour + 1,
  '36:00': 36,
  'soon': null,
};
console.log('parse-duration', JSON.parse(readFileSync('node_modules/parse-duration/package.json')).version, '- Node.js', process.version);
for (const [text, wanted] of Object.entries(expected)) {
  const got = parse(text);
  console.log(text.padEnd(10), '->', got, 'ms');
  assert.strictEqual(got, wanted);
}
JS
node run.mjs
