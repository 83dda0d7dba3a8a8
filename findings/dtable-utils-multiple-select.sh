#!/usr/bin/env bash
# dtable-utils 5.0.30 (npm), SeaTable's own conversion: a text written into a multiple-select column is split at
# *spaces*, not at commas, and makes an option of each word, unless an option of the whole name exists. "New York" becomes
# the options "New" and "York"; "tea,pot" becomes one option of that name. A list is taken as it is, doubles included.
# Source: formatTextToMultipleOption and formatValueToMultipleOption. Undocumented.
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

const write = (value, ...options) => {
  const column = { key: 'k', name: 'Tags', type: 'multiple-select', data: { options: options.map((name, index) => ({ id: `${index}`, name })) } };
  const cell = convertRowBack({ Tags: value }, { columns: [column] }).k;
  return cell.map((id) => column.data.options.find((option) => option.id === id).name);
};
const seen = [
  ['"New York", no such option', write('New York'), ['New', 'York']],
  ['"New York", which is an option', write('New York', 'New York'), ['New York']],
  ['"tea,pot", both are options', write('tea,pot', 'tea', 'pot'), ['tea,pot']],
  ['"tea, pot", both are options', write('tea, pot', 'tea', 'pot'), ['tea,', 'pot']],
  ['["tea", "tea"]', write(['tea', 'tea'], 'tea'), ['tea', 'tea']],
];
console.log('dtable-utils', require('dtable-utils/package.json').version);
for (const [what, cell, expected] of seen) {
  console.log(what.padEnd(32), '->', JSON.stringify(cell));
  assert.deepStrictEqual(cell, expected);
}
JS
