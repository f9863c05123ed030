"""How long and how much, in words."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Seconds in words, to two parts: ``45 s``, ``3 min 20 s``, ``2 h 5 min``, ``3 d 4 h``."""
    left = max(round(seconds), 1)
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts: list[tuple[int, str]] = []
    for name, length in units:
        count, left = divmod(left, length)
        if count or parts:
            parts.append((count, name))
    return " ".join(f"{count} {name}" for count, name in parts[:2] if count)


def size(count: int) -> str:
    """Bytes in words: ``12 kB``, ``3.4 MB``."""
    for name, unit in (("GB", 1e9), ("MB", 1e6)):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{max(count / 1e3, 1.0):.0f} kB"
