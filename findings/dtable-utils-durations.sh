#!/usr/bin/env bash
# dtable-utils 5.0.30 (npm), SeaTable's own conversion of texts written into a duration column: the text is read from
# its end, by the *display* format of the column. "1:30:00" in a column shown as h:mm is 30 hours (the 1 is thrown away),
# "1:30" in one shown as h:mm:ss is 90 seconds. A bare number is seconds in both.
# Source: formatTextToDuration. The API documentation speaks of seconds only.
# (The package does not name @babel/runtime, which it needs.)
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund dtable-utils@5.0.30 @babel/runtime@8.1.3 dayjs@1.10.7 deep-copy@1.4.2

node - <<'JS'
const assert = require('node:assert');
const { convertRowBack } = require('dtable-utils');

const write = (text, format) => {
  const column = { key: 'k', name: 'Took', type: 'duration', data: { duration_format: format } };
  return convertRowBack({ Took: text }, { columns: [column] }).k;
};
const expected = { '1:30:00': [108000, 5400], '1:30': [5400, 90], 90: [90, 90] };
console.log('dtable-utils', require('dtable-utils/package.json').version);
for (const [text, seconds] of Object.entries(expected)) {
  const seen = ['h:mm', 'h:mm:ss'].map((format) => write(text, format));
  console.log(JSON.stringify(text).padEnd(10), `-> ${seen[0]} seconds in a column shown as h:mm, ${seen[1]} in one shown as h:mm:ss`);
  assert.deepStrictEqual(seen, seconds);
}
JS
