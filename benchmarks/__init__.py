"""What the connectors cost beside the least that the work can cost. `make bench` runs it."""
