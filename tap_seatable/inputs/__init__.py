"""The catalog and state that a run is given, brought up to date."""
