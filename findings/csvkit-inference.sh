#!/usr/bin/env bash
# csvkit 2.2.0 (agate 1.14.2), on a CSV file as SeaTable exports it: times of day "12:30" become durations of twelve and a half
# minutes, the texts "sat" and "mar" become days of the year 1, "." and "none" become null, decimals with a comma are multiplied
# by ten or a hundred, and 05.06.2024 is the sixth of May. Nothing is said. `--no-inference` keeps the texts.
# Source: measured; agate's documentation lists the types that it tries, with English examples.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'csvkit==2.2.0' 'agate==1.14.2'

cat >shop.csv <<'CSV'
opens,day,grade,price,since
12:30,sat,.,"1,5",05.06.2024
09:00,mar,none,"2,75",07.08.2024
CSV
venv/bin/pip list 2>/dev/null | grep -E '^(csvkit|agate) '
cat shop.csv
json="$(venv/bin/csvjson shop.csv)"
echo "$json"
[ "$json" = '[{"opens": "0:12:30", "day": "0001-01-06", "grade": null, "price": 15.0, "since": "2024-05-06"}, {"opens": "0:09:00", "day": "0001-03-01", "grade": null, "price": 275.0, "since": "2024-07-08"}]' ]
