"""Shared parts of tap-seatable and target-seatable: command line, settings, their contract.

Nothing is exported here, so that a command imports only the rooms that it needs. The face of a
room is its `__init__.py`:

* `run_log`: progress, warnings and the summary of a run.
* `settings`: where settings come from, and what they take.
* `verify`: comparing a base with a warehouse, a source or another base.

These modules are for all to use: `cli` (command line and exit codes), `contract` (between tap and
target), `date_times` (offsets of date-times), `file_kinds` (files given in the place of others),
`flattening` (objects as properties), `gc_tuning` (garbage collection), `names` (misspelt names),
`stream_maps` and `threads` (several things at once).
"""
