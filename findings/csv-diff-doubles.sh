#!/usr/bin/env bash
# csv-diff 1.2: without a key, a row counts once however often a file has it: a payment that stands three times in one file and
# once in the other is no difference. Exit code 0, nothing is printed. One more row that is new is told, the doubles are not.
# Source: measured; load_csv in csv_diff/__init__.py keeps rows by a hash of their cells. The readme says nothing of doubles.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'csv-diff==1.2'
venv/bin/pip list 2>/dev/null | grep -E '^csv-diff '

printf 'payer,amount\nroof,90\nroof,90\nroof,90\nwalls,15\n' > bank.csv
printf 'payer,amount\nroof,90\nwalls,15\n' > books.csv
printf 'payer,amount\nroof,90\nwalls,15\ndoors,20\n' > more.csv
words="$(venv/bin/csv-diff bank.csv books.csv)"
difference="$(venv/bin/csv-diff bank.csv books.csv --json)"
more="$(venv/bin/csv-diff bank.csv more.csv)"
echo "bank.csv and books.csv:" $difference
echo "bank.csv and more.csv:" $more
[ -z "$words" ]
echo "$difference" | venv/bin/python -c 'import json, sys; assert not any(json.load(sys.stdin).values())'
[[ "$more" == *"1 row added"* && "$more" != *removed* ]]
