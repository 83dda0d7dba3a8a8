"""The SDK's warning of a Python that nobody maintains any more, which is no part of our logs."""

import sys

IGNORED = f"ignore:Python 3.{sys.version_info.minor} reached its end of life"
"""Leaves the warning out, as a value of PYTHONWARNINGS."""
