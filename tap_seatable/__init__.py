"""tap-seatable: the tables of a SeaTable base as Singer streams."""
