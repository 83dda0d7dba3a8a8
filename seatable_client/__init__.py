"""What SeaTable is: its API of every server generation, its bases, tables, columns and values.

Nothing in here knows of Singer. Start with `connection.connect`, which opens a base, and with
`base.Base`, which says what can be done with one.
"""
