"""SDK streams: base class, tables, side streams, tasks."""
