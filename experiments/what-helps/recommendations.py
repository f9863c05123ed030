"""What the report of 2007 recommends, what stands for it in the model, and what the runs say of each."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from referral_sim.measures.what_matters import Verdict
from referral_sim.measures.wording import interval, measure_label, number

YARDSTICK = "families_in_unmet_need"
"""What a recommendation is judged by: no policy's own definitions move it, and fewer are better."""
HEADLINES = (YARDSTICK, "days_of_unmet_need", "days_to_help", "referrals", "registrations")
"""Measures that the first lines are about."""
HELPS, HARMS, NEITHER = "helps", "harms", "neither"
BORNE_OUT, SMALL_AS_EXPECTED = "borne out", "the right way, too small to matter"
SMALL, AGAINST, UNSURE = "too small to matter", "not borne out", "cannot tell"
SAID = (BORNE_OUT, SMALL_AS_EXPECTED, SMALL, AGAINST, UNSURE)


@dataclass(frozen=True)
class Recommendation:
    """One recommendation.

    Attributes:
        says: what the report says, in our words, and where.
        expected: alternative -> what the report leads one to expect of it: that it helps, that it harms, or neither
            (that it is no solution by itself).
    """

    says: str
    expected: dict[str, str]


RECOMMENDATIONS = (
    Recommendation(
        "Agree on aims, see family support and child protection as one piece of work, and let managers lead by example "
        "(Ch. 4, 1 to 3).",
        {"aims": HELPS, "barriers": HELPS, "strategic_commitment": HELPS},
    ),
    Recommendation(
        "Make plain who does what, and mean the same by the same words (Ch. 4, 4; Ch. 5d).", {"roles": HELPS}
    ),
    Recommendation(
        "Share information by agreed protocols; keep records from which an authority can see what programmes refer, "
        "and which do not eat up the time for families (Ch. 4, 5; Ch. 5c).",
        {"information_sharing": HELPS, "sslp-identifier": NEITHER, "recording-time-up": HARMS},
    ),
    Recommendation(
        "Do not take a shared building for a solution: it helps where people trust each other already, and it keeps "
        "some families away (Ch. 4, 6; Ch. 5e).",
        {"co_location": NEITHER, "co-location-with-trust": HELPS, "co-location-without-trust": HARMS},
    ),
    Recommendation("Train staff of all agencies together (Ch. 4, 7).", {"training": HELPS}),
    Recommendation(
        "Make a referral a bridge to a service and no barrier (Ch. 4, 8; Ch. 5a).", {"referral_bridges": HELPS}
    ),
    Recommendation(
        "Put a worker between the agencies: social workers out-posted to programmes, rather than unqualified staff; "
        "planned contact where there is no post (Ch. 2; Ch. 4, 3 and 4).",
        {
            "outposted-half-posts-everywhere": HELPS,
            "link-worker-everywhere": HELPS,
            "planned-visits-everywhere": HELPS,
            "assistants-instead-of-social-workers": NEITHER,
            "no-liaison": HARMS,
        },
    ),
    Recommendation(
        "Keep the staff that there are, and compete for more (Ch. 5b).",
        {"vacancies-10": NEITHER, "vacancies-25": HARMS, "vacancies-40": HARMS},
    ),
    Recommendation(
        "Reach across the boundary of age, as family support panels can, and do not let larger areas thin out the work "
        "(Ch. 2; Ch. 5f).",
        {
            "age-boundary-lifted": HELPS,
            "family-support-panel": HELPS,
            "family-hub": HELPS,
            "childrens-centre-size": HARMS,
        },
    ),
    Recommendation(
        "Go towards full collaboration, many links at once, rather than rely on good intentions (Figure One; Ch. 5, "
        "main findings).",
        {
            "maximum-collaboration": HELPS,
            "city-borough-model": HELPS,
            "aspirational-development": NEITHER,
            "parallel-development": HARMS,
        },
    ),
)
CANNOT = """\
**What it cannot say.** The report recommends more than the model has: the Common Assessment Framework is a part of two
arrangements here and is not run alone; the national index of children, the choice between drop-in and referral-only
centres, and the ethnic mix of the workforce are not in it. The sizes of most effects are assumed, in the direction in
which the report describes them: that an arrangement helps here is no independent evidence for it; it says how far it
carries and where it is felt. No costs are set against it, and three years are not a childhood.
[More of this](../../docs/limits-of-use.md)."""


def said_of(row: pd.Series, expected: str) -> str:
    """What the runs say of an alternative in an authority, against what the report leads one to expect.

    Args:
        row: verdict, difference, low_90 and high_90 of the yardstick, of which less is better.
        expected: helps, harms or neither.

    Returns:
        One of :data:`SAID`.
    """
    if row["verdict"] == Verdict.CANNOT_TELL:
        return UNSURE
    small = row["verdict"] == Verdict.TOO_SMALL
    way = HELPS if row["high_90"] < 0 else HARMS if row["low_90"] > 0 else NEITHER
    if expected == NEITHER:
        return BORNE_OUT if small else AGAINST
    if not small:
        return BORNE_OUT if way == expected else AGAINST
    return SMALL_AS_EXPECTED if way == expected else SMALL


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """Each recommendation in each authority: number (from 1), alternative, authority, expected and said."""
    found = table[table["measure"] == YARDSTICK]
    rows = []
    for place, one in enumerate(RECOMMENDATIONS, 1):
        for alternative, expected in one.expected.items():
            mine = found[found["alternative"] == alternative]
            rows += [(place, alternative, r["authority"], expected, said_of(r, expected)) for _, r in mine.iterrows()]
    return pd.DataFrame(rows, columns=["recommendation", "alternative", "authority", "expected", "said"])


def text_of(table: pd.DataFrame) -> str:
    """The recommendations one by one, with what the runs say of them; figures from the table alone."""
    said = judged(table)
    parts = [_headline(table), "## What the report recommends, and what the model says of it",
             "Changes in families in unmet need, in families a year, with their 90% intervals; **bold**: it matters, "
             "?: the runs cannot tell, the rest is too small to matter. *Expected*: what the report leads one to "
             "expect; *neither*: no solution by itself."]  # fmt: skip
    for place, one in enumerate(RECOMMENDATIONS, 1):
        mine = said[said["recommendation"] == place]
        if mine.empty:
            continue
        counts = mine["said"].value_counts()
        told = ", ".join(f"{counts[words]} {words}" for words in SAID if words in counts)
        parts.append(f"**{place}. {one.says}** Of {len(mine)} cases: {told}.")
        parts.append(_table(table, mine))
    return "\n\n".join([*parts, CANNOT])


def _headline(table: pd.DataFrame) -> str:
    """What changes by as much as matters, which way and where, measure by measure."""
    cases = table[table["measure"] == YARDSTICK]
    fewer = (cases["verdict"] == Verdict.MATTERS) & (cases["difference"] < 0)
    most = cases.loc[(cases["difference"] / cases["base"]).idxmin()]
    answer = []
    if not fewer.any():
        answer.append(f"**Nothing brings {measure_label(YARDSTICK).lower()} down by as much as matters.**")
    if most["difference"] < 0:
        answer.append(
            f"The largest fall is that of `{most['alternative']}` in {most['authority']}: "
            f"{-most['difference']:,.0f} of {most['base']:,.0f} families a year."
        )
    answer.append(f"A case is an alternative in an authority; there are {len(cases)}.")
    lines = [" ".join(answer), ""]
    for measure in HEADLINES:
        found = table[table["measure"] == measure]
        matters = found[found["verdict"] == Verdict.MATTERS]
        told = [
            f"{words} {_named(rows) or 'nothing'}"
            for words, rows in (
                ("fewer by as much as matters:", matters[matters["difference"] < 0]),
                ("more:", matters[matters["difference"] > 0]),
            )
        ]
        small, unsure = ((found["verdict"] == one).sum() for one in (Verdict.TOO_SMALL, Verdict.CANNOT_TELL))
        lines.append(
            f"- **{measure_label(measure)}**, {'; '.join(told)}; too small to matter in {small} cases, the runs cannot "
            f"tell in {unsure}."
        )
    return "\n".join(lines)


def _named(rows: pd.DataFrame) -> str:
    """Alternatives, each with where."""
    named = [f"`{name}` ({', '.join(part['authority'])})" for name, part in rows.groupby("alternative", sort=False)]
    return ", ".join(named)


def _table(table: pd.DataFrame, said: pd.DataFrame) -> str:
    """A row an alternative, a column an authority: the change of the yardstick a year with its interval."""
    found = table[table["measure"] == YARDSTICK].set_index(["alternative", "authority"])
    places = list(dict.fromkeys(said["authority"]))
    rows = [f"| alternative | expected | {' | '.join(places)} |", f"|---|---|{'--:|' * len(places)}"]
    for alternative, mine in said.groupby("alternative", sort=False):
        cells = " | ".join(_change(found.loc[alternative, place]) for place in places)
        rows.append(f"| `{alternative}` | {mine['expected'].iloc[0]} | {cells} |")
    return "\n".join(rows)


def _change(row: pd.Series) -> str:
    """A change with its interval: bold where it matters, with ? where the runs cannot tell."""
    text = f"{number(row['difference'], 0, sign=True)} ({interval(row['low_90'], row['high_90'], 0, sign=True)})"
    mark = {Verdict.MATTERS: "**{}**", Verdict.CANNOT_TELL: "{} ?"}.get(row["verdict"], "{}")
    return mark.format(text)
