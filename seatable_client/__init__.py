"""A client for the SeaTable API, for all server versions.

It does not depend on Singer. Start with `connection.connect`, which opens a base, and with
`api.base.Base`, which says what can be done with one.
"""
