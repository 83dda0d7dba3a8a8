"""Append, upsert, overwrite, batches, read-back."""
