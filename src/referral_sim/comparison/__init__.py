"""Simulated figures beside published ones, and scenarios beside each other.

``scenarios`` runs what it compares and is imported by name, so that the published figures need no model.
"""

from .profile import Profile, compare, summarise, to_json

__all__ = ["Profile", "compare", "summarise", "to_json"]
