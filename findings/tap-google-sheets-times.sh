#!/usr/bin/env bash
# tap-google-sheets 3.1.2: cells with a date and a time arrive a *second early* for nearly every third minute of the day:
# 10:00 is 09:59:59, because the days that Google counts in a binary fraction are cut off to seconds, not rounded. 30 hours in
# a time column are "1 day, 6:00:00", and cells of a number column that are shown as "12%", "(5)" or "7 kg" are sent as these
# texts. No error, exit code 0.
# Source: excel_to_dttm_str and others in tap_google_sheets/transform.py, called here on what Google's API would answer.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'tap-google-sheets==3.1.2' 'setuptools<81'

venv/bin/python - 2>log <<'PY'
from importlib.metadata import version

from tap_google_sheets.transform import transform_sheet_data

types = {"at": "numberType.DATE_TIME", "hours": "numberType.TIME", "share": "numberType"}
columns = [
    {"columnIndex": index, "columnName": name, "columnType": kind, "columnLetter": "ABC"[index - 1]}
    for index, (name, kind) in enumerate(types.items(), start=1)
]


def send(shown, held):
    rows, _ = transform_sheet_data("book", 1, "sheet", 2, columns, [shown], [held])
    return {name: value for name, value in rows[0].items() if not name.startswith("__sdc")}


day = 45429  # 17 May 2024
early = []
for minute in range(24 * 60):
    clock = f"{minute // 60:02}:{minute % 60:02}"
    if send([f"5/17/2024 {clock}"], [day + minute / 1440])["at"] != f"2024-05-17T{clock}:00.000000Z":
        early.append(clock)
shown, held = ["5/17/2024 10:00", "30:00:00", "12%"], [day + 600 / 1440, 1.25, 0.12]
row = send(shown, held)
texts = [send(["", "", shown], ["", "", held])["share"] for shown, held in (("0.12", 0.12), ("12%", 0.12), ("(5)", -5), ("7 kg", 7))]
print("tap-google-sheets", version("tap-google-sheets"))
print("shown:", dict(zip(types, shown)))
print("sent: ", row)
print("numbers shown as 0.12, 12%, (5), 7 kg:", texts)
print("minutes of the day that are a second early:", len(early), "of 1440, such as", *early[:5])
assert row == {"at": "2024-05-17T09:59:59.000000Z", "hours": "1 day, 6:00:00", "share": "12%"}
assert texts == [0.12, "12%", "(5)", "7 kg"]
assert len(early) == 448
PY
