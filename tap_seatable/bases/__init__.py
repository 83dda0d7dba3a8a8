"""The bases of a run and their failures."""
