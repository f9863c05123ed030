"""For rooms that have not moved to ``declared_keys`` yet."""

from .declared_keys import DeclaredKey as Shape
from .declared_keys import declared_at as shape_at
from .declared_keys import leaf_keys as leaf_paths

__all__ = ["Shape", "leaf_paths", "shape_at"]
