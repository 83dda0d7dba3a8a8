"""What tap-seatable and target-seatable share: command line, settings and their contract."""
