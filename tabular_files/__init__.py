"""Tables in files: CSV, TSV, Excel, JSON lines, Parquet and SQLite, as Singer streams."""
