"""The network side: connections, faults, starting and stopping."""
