"""Tables in files: CSV, TSV, Excel, JSON lines and Parquet, as Singer streams."""
