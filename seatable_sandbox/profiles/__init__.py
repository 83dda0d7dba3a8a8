"""Profiles of servers: generations, limits, faults."""

from __future__ import annotations

from seatable_sandbox.profiles.faults import LOGIN_PAGE, Fault, Faults
from seatable_sandbox.profiles.limits import Limits
from seatable_sandbox.profiles.profiles import PROFILES, Profile, make_profile

__all__ = [
    "LOGIN_PAGE",
    "PROFILES",
    "Fault",
    "Faults",
    "Limits",
    "Profile",
    "make_profile",
]
