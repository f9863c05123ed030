"""Which word was probably meant."""

from .errors import did_you_mean, nearest

__all__ = ["did_you_mean", "nearest"]
