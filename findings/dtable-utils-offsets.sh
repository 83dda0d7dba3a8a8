#!/usr/bin/env bash
# dtable-utils 5.0.30 (npm), SeaTable's own conversion: whether the offset of a written date-time counts depends on the
# letter before the time. After "T" it is converted to the time zone of the *server's process*; after a space the
# offset is thrown away. On the way out, convertRow cuts the offset off in both spellings.
# Source: formatTextToDate and convertRow. Undocumented.
# (The package does not name @babel/runtime, which it needs.)
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund dtable-utils@5.0.30 @babel/runtime@8.1.3 dayjs@1.10.7 deep-copy@1.4.2

cat > dates.js <<'JS'
const { convertRow, convertRowBack } = require('dtable-utils');

const table = { _id: 't', columns: [{ key: 'k', name: 'At', type: 'date', data: { format: 'YYYY-MM-DD HH:mm' } }] };
const texts = ['2024-06-05T10:20:00+00:00', '2024-06-05 10:20:00 +00:00'];
const written = texts.map((text) => convertRowBack({ At: text }, table).k.slice(11));
const read = texts.map((text) => convertRow({ _id: 'r', k: text }, {}, table, null, {}).At.slice(11));
console.log(`written ${written.join(' and ')}, read ${read.join(' and ')}`);
JS
utc="$(TZ=UTC node dates.js)"
berlin="$(TZ=Europe/Berlin node dates.js)"
node -p '"dtable-utils " + require("dtable-utils/package.json").version'
echo "10:20 +00:00, with T and with a space"
echo "process in UTC:    $utc"
echo "process in Berlin: $berlin"
[ "$utc" = "written 10:20 and 10:20, read 10:20 and 10:20" ]
[ "$berlin" = "written 12:20 and 10:20, read 10:20 and 10:20" ]
