"""What nobody can know of the study: how strongly the sample was aimed, and what was on paper."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from ..scenario.errors import clipped
from ..scenario.nearest import did_you_mean


class AssumptionError(ValueError):
    """An assumption that does not exist or has a value that is not allowed."""


def _assume(default: float, low: float, high: float, meaning: str, source: str = "assumed") -> Any:
    return field(default=default, metadata={"low": low, "high": high, "meaning": meaning, "source": source})


@dataclass(frozen=True)
class Assumptions:
    """Parameters of the study, not of the world; each field's ``metadata`` has low, high, meaning and source.

    Attributes:
        purposive_weight: how many times likelier a listed file recorded under "other" or "health visitor" (or under
            the programme, where it has a code) was to be drawn than another; 1 is a simple random sample. The report
            says that these were over-represented, not by how much. Tables 6.3 and 6.4 together suggest about 6 in
            City Borough (some 10 of 11 such files drawn, and 7 of the other 43) and no more than 2 in Midtown and
            East Borough; the default lies between. Not used where the sample was not aimed (Southshire).
        profession_tells: share of the formal referrals that a programme's worker brought without a liaison worker whose
            file says that they came from the programme. The others stand there by the worker's profession: a health
            visitor of a programme is a health visitor (Appendix B). Size assumed; what is seen of the programmes'
            referrals where no post carries them rests on it.
        informal_noted: share of the referrals that began with an informal word from the programme whose file says so.
            By its meaning such a word is not written down, hence 0.
        consultation_noted: share of the consultations with a liaison post about a family that its file records.
        package_noted: share of the files of families with a running support package that mention it.
        use_noted: share of the files of assessed families who use the programme that mention it. Chosen so that the
            last column of Table 6.6 (9 of 89 files) is of the right size: that column is no test of the model.
    """

    purposive_weight: float = _assume(
        3.0,
        1.0,
        100.0,
        "weight of files recorded under other or health visitor in the draw",
        "Appendix B; size assumed",
    )
    profession_tells: float = _assume(
        0.3, 0.0, 1.0, "referrals of programme workers whose file says that they came from the programme", "Appendix B"
    )
    informal_noted: float = _assume(0.0, 0.0, 1.0, "informal words from a programme that stand in the file")
    consultation_noted: float = _assume(0.5, 0.0, 1.0, "consultations with a liaison post that stand in the file")
    package_noted: float = _assume(0.5, 0.0, 1.0, "support packages that the file of a referred family mentions")
    use_noted: float = _assume(
        0.2, 0.0, 1.0, "use of the programme that the file of an assessed family mentions", "Table 6.6, last column"
    )

    def __post_init__(self) -> None:
        for f in fields(self):
            value, low, high = getattr(self, f.name), f.metadata["low"], f.metadata["high"]
            if not (math.isfinite(value) and low <= value <= high):
                raise AssumptionError(f"{f.name}: must be from {low:g} to {high:g}, not {value:g}")

    @classmethod
    def read(cls, texts: Sequence[str]) -> Assumptions:
        """Assumptions from texts ``NAME=VALUE``; what is not named keeps its default.

        Raises:
            AssumptionError: if a text cannot be read; the message is one line.
        """
        names = [f.name for f in fields(cls)]
        found: dict[str, float] = {}
        for text in texts:
            name, equals, value = text.partition("=")
            name = name.strip()
            if not equals:
                raise AssumptionError(f"write NAME=VALUE, not {clipped(text)!r}")
            if name not in names:
                hint = did_you_mean(name, names)
                raise AssumptionError(f"there is no {clipped(name)!r}{hint}; there are {', '.join(names)}")
            try:
                found[name] = float(value)
            except ValueError:
                raise AssumptionError(f"{name}: must be a number, not {clipped(value.strip())!r}") from None
        return cls(**found)
