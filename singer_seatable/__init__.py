"""Singer_seatable."""
