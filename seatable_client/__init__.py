"""A client for the SeaTable API, for all server versions. It does not depend on Singer.

`connection.connect` opens a base from settings. The base is an `api.Base`, which says what can be
done with one. Nothing is exported here, so that a command imports only the rooms that it needs.
The face of a room is its `__init__.py`:

* `api`: operations on a base, per server generation. `files`: downloads and uploads.
* `rows`: rows of a response. `column_types`: reading, writing and comparing cells.
* `auth`: credentials, accounts and new bases. `http`: requests to one server.

These modules are for all to use: `connection`, `metadata` (tables and columns), `errors`,
`settings`, `timestamps` and `formatting`.
"""
