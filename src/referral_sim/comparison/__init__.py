"""Simulated figures beside published ones."""

from .profile import Profile, compare, summarise, to_json

__all__ = ["Profile", "compare", "summarise", "to_json"]
