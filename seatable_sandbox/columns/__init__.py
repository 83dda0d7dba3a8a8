"""Types, dates, display."""
