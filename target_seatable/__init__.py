"""target-seatable: loads Singer streams into the tables of a SeaTable base."""
