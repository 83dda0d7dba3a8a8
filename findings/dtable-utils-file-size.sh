#!/usr/bin/env bash
# dtable-utils 5.0.30 (npm), SeaTable's own conversion of what a client writes: a file object whose size is null
# (or whose name or URL is empty) is no file. It is left out without a word, and the cell is emptied if no other is left.
# A size of 0 is fine. Loaders that copy attachments often know no size.
# Source: isFileValue and convertRowBack. SeaTable's API documentation does not call `size` required.
# (The package does not name @babel/runtime, which it needs: hence the second package below.)
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund dtable-utils@5.0.30 @babel/runtime@8.1.3 dayjs@1.10.7 deep-copy@1.4.2

node - <<'JS'
const assert = require('node:assert');
const { convertRowBack } = require('dtable-utils');

const table = { columns: [{ key: 'k', name: 'Files', type: 'file' }] };
const file = { name: 'a.pdf', url: 'https://cloud.example/a.pdf', type: 'file' };
const write = (...files) => convertRowBack({ Files: files }, table).k;
const seen = {
  'size null': write({ ...file, size: null }),
  'size left out': write(file),
  'size 0': write({ ...file, size: 0 }),
  'one of two without a size': write({ ...file, size: null }, { ...file, name: 'b.pdf', size: 5 }),
};
console.log('dtable-utils', require('dtable-utils/package.json').version);
for (const [name, cell] of Object.entries(seen)) console.log(name.padEnd(26), '->', JSON.stringify(cell));
assert.strictEqual(seen['size null'], null);
assert.strictEqual(seen['size left out'], null);
assert.strictEqual(seen['size 0'].length, 1);
assert.deepStrictEqual(seen['one of two without a size'].map((item) => item.name), ['b.pdf']);
JS
