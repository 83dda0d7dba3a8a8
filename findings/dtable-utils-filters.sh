#!/usr/bin/env bash
# dtable-utils 5.0.30 (npm), SeaTable's own filters of views, once for rows in memory and once as SQL: they pick other rows.
# "Is not 17 May" as SQL leaves out all times of the 16th after midnight. In memory two numbers are equal if they are less
# than 0.00001 apart: 0.000004 is 0, and not greater than 0. And "contains 50%" becomes ILIKE '%50%%', which finds every 50.
# The same view of a base has other rows in either.
# Source: measured, the SQL run by SQLite; isNumberEqual and the two kinds of filters in lib. Undocumented.
# (The package does not name @babel/runtime, which it needs.)
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init --yes >/dev/null
npm install --silent --no-audit --no-fund dtable-utils@5.0.30 @babel/runtime@8.1.3 dayjs@1.10.7 deep-copy@1.4.2

TZ=UTC node - >filters.json <<'JS'
const { filter2SqlCondition, getFilteredRowsWithoutFormulaCalculation } = require('dtable-utils');

const columns = [
  { key: 'time', name: 'At', type: 'date', data: { format: 'YYYY-MM-DD HH:mm' } },
  { key: 'rate', name: 'Rate', type: 'number', data: { format: 'number' } },
  { key: 'note', name: 'Note', type: 'text' },
];
const rows = [
  { _id: 'row1', time: '2024-05-16 10:20', rate: 0.000004, note: 'of 1500' },
  { _id: 'row2', time: '2024-05-17 10:20', rate: 0, note: 'of 50%' },
  { _id: 'row3', time: '2024-05-18 10:20', rate: 1, note: '' },
];
const day = { filter_term: '2024-05-17', filter_term_modifier: 'exact_date' };
const filters = {
  'At is not 17 May': { column_key: 'time', filter_predicate: 'is_not', ...day },
  'Rate equals 0': { column_key: 'rate', filter_predicate: 'equal', filter_term: 0 },
  'Rate is greater than 0': { column_key: 'rate', filter_predicate: 'greater', filter_term: 0 },
  'Note contains 50%': { column_key: 'note', filter_predicate: 'contains', filter_term: '50%' },
};
const table = { _id: '0000', name: 'Rates', columns };
const answers = Object.entries(filters).map(([name, filter]) => ({
  name,
  where: filter2SqlCondition(table, { filters: [filter], filter_conjunction: 'And' }, '', '', {}).trim(),
  memory: getFilteredRowsWithoutFormulaCalculation('And', [filter], rows, table).row_ids,
}));
console.log(JSON.stringify({ version: require('dtable-utils/package.json').version, rows, answers }));
JS
python3 - <<'PY'
import json
import sqlite3

with open("filters.json") as file:
    seen = json.load(file)
database = sqlite3.connect(":memory:")
database.execute("CREATE TABLE rates (_id TEXT, At TEXT, Rate REAL, Note TEXT)")
database.executemany("INSERT INTO rates VALUES (:_id, :time, :rate, :note)", seen["rows"])
print("dtable-utils", seen["version"])
for row in seen["rows"]:
    print(*row.values(), sep=", ")
found = {}
for answer in seen["answers"]:
    where = answer["where"].replace(" ilike ", " LIKE ")
    by_sql = [key for (key,) in database.execute(f"SELECT _id FROM rates {where} ORDER BY _id")]
    found[answer["name"]] = answer["memory"], by_sql
    print(f"{answer['name']:23} in memory: {' '.join(answer['memory']):10} by SQL: {' '.join(by_sql):10} {answer['where']}")
assert found == {
    "At is not 17 May": (["row1", "row3"], ["row3"]),
    "Rate equals 0": (["row1", "row2"], ["row2"]),
    "Rate is greater than 0": (["row3"], ["row1", "row3"]),
    "Note contains 50%": (["row2"], ["row1", "row2"]),
}
PY
