"""Records to batches, nested arrays, stream maps, the worker thread, the shared context."""
