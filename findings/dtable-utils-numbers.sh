#!/usr/bin/env bash
# dtable-utils 5.0.30 (npm), SeaTable's own conversion: a text written into a number column is stripped to its digits
# and dots, so that "1e5" is 15, "1,5" is 15, "(5)" is 5 and a date becomes its year. Other scripts' digits are null.
# Nothing is refused.
# Source: formatTextToNumber. Undocumented.
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

const table = { columns: [{ key: 'k', name: 'Amount', type: 'number', data: { format: 'number' } }] };
const expected = { '1e5': 15, '1,5': 15, '1.234,56': 1.23456, '(5)': 5, '5%': 0.05, '2024-05-01': 2024, '+49 30 123': 4930123, '0x10': 10, abc12: 12 };
console.log('dtable-utils', require('dtable-utils/package.json').version);
for (const [text, number] of Object.entries(expected)) {
  const cell = convertRowBack({ Amount: text }, table).k;
  console.log(JSON.stringify(text).padEnd(13), '->', cell);
  assert.strictEqual(cell, number);
}
JS
