#!/usr/bin/env bash
# fsspec 2026.9.0: `cat`, `get` and, wherever the file system is not the local one, `mv` and `cp` take a path for a
# pattern even where a file of exactly that name exists: asked for "scan[1].pdf" they take "scan1.pdf", the other file,
# or say that there is none, while `open`, `exists` and `info` mean the right one. Browsers name second downloads so.
# Source: expand_path in fsspec/spec.py. The docstrings speak of globs, not of files that are called like one.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install -qq 'fsspec==2026.9.0'

venv/bin/python - <<'PY'
import os

import fsspec

for name in ("scan[1].pdf", "scan1.pdf"):
    with open(name, "w") as file:
        file.write(name)
os.mkdir("copies")
files = fsspec.filesystem("file")
opened = files.open("scan[1].pdf", "r").read()
read = {os.path.basename(path): data.decode() for path, data in files.cat("scan[1].pdf").items()}
files.get("scan[1].pdf", "copies/")
memory = fsspec.filesystem("memory")
memory.pipe_file("/scan[1].pdf.part", b"")
try:
    memory.mv("/scan[1].pdf.part", "/scan[1].pdf")
    moved = "moved"
except FileNotFoundError as error:
    moved = f"FileNotFoundError: {error}"
print("fsspec", fsspec.__version__)
print("open('scan[1].pdf')           ->", opened)
print("cat('scan[1].pdf')            ->", read)
print("get('scan[1].pdf', 'copies/') ->", os.listdir("copies"))
print("mv of 'scan[1].pdf.part', in memory ->", moved, "- exists:", memory.exists("/scan[1].pdf.part"))
assert opened == "scan[1].pdf"
assert read == {"scan1.pdf": "scan1.pdf"}
assert os.listdir("copies") == ["scan1.pdf"]
assert moved.startswith("FileNotFoundError")
assert memory.exists("/scan[1].pdf.part")
PY
