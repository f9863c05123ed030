"""For rooms that have not moved to ``errors`` yet."""

from .errors import did_you_mean, nearest

__all__ = ["did_you_mean", "nearest"]
