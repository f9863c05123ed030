"""Three courses of one trouble, left alone, helped early and helped late, into results/courses: figure and tables.

python experiments/courses/report.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns

sys.path.insert(0, str(Path(__file__).parents[1]))
from results_folder import RESULTS, version_line, write_readme, write_table

from referral_sim.figures import project_theme, to_bytes
from referral_sim.figures.style import GREY, axes, finish
from referral_sim.scenario import Scenario, load_scenario
from referral_sim.scenario.fields import ConcernKind
from referral_sim.world.calendar import DAYS_A_YEAR
from referral_sim.world.signs import show_chance
from referral_sim.world.troubles import EASY, KINDS, TIERS, Troubles

SCENARIO, SEED = "england-average", 1
LASTING_NEED = 1.5
EARLY, LATE = 60, 300
COURSES = {"left alone": None, f"helped on day {EARLY}": EARLY, f"helped on day {LATE}": LATE}
DAYS = np.arange(0, 1001, 5)
FAMILY = np.array([0])
TEXT = """\
One trouble of England's average authority (neglect that lasts: mean size at onset, median growth, mean length) in a
family of lasting need 1.5, three times: left alone, helped early, helped late. The family's potential signs are the
same in all three; a sign that shows in one course need not show in another, where need is lower
([question](../../experiments/courses/README.md); equations:
[W7](../../docs/odd/population.md#w7-the-course-of-trouble)). In both helped courses help is taken
to turn the trouble at its first try; `tables/courses.csv` says how likely that was.
`tables/need.csv`: need by day; `tables/signs.csv`: each potential sign, and in which courses it shows.

![Need over time in three courses of one trouble](figures/courses.svg)"""


def one_trouble(scenario: Scenario) -> Troubles:
    """A family with one trouble that begins on day 0 and that any help would turn."""
    rules = scenario.trouble
    columns: dict[str, Any] = {
        "family": [0], "kind": [KINDS.index(ConcernKind.NEGLECT)], "child": [0], "onset": [0.0],
        "size": [rules.kinds[ConcernKind.NEGLECT].severity], "growth": [rules.growth / DAYS_A_YEAR],
        "end": [rules.lasting_days], "resists": [0.0], "returns": [1.0], "harm": [False], "road": [1.0],
    }  # fmt: skip
    return Troubles(scenario, np.array([LASTING_NEED]), {name: np.array(c) for name, c in columns.items()}, 1)


def turning_chance(scenario: Scenario, need: float) -> float:
    """Chance that fitting help turns a trouble at a need, at one try (W7)."""
    return float(scenario.help.works * np.exp(-scenario.help.hardness * max(need - EASY, 0.0)))


def potential_signs(scenario: Scenario) -> pd.DataFrame:
    """Days on which the trouble could show, and the number that decides whether it does."""
    rng = np.random.default_rng(SEED)
    last = scenario.trouble.lasting_days + scenario.trouble.recovery_half_life
    count = rng.poisson(scenario.signs.rate * last / DAYS_A_YEAR)
    return pd.DataFrame({"day": np.sort(np.floor(rng.random(count) * last)), "number": rng.random(count)})


def tables(scenario: Scenario) -> dict[str, pd.DataFrame]:
    """Need by day, signs, and what each course comes to."""
    need, signs, rows = [], potential_signs(scenario), []
    for name, day in COURSES.items():
        troubles = one_trouble(scenario)
        chance = np.nan
        if day is not None:
            chance = turning_chance(scenario, troubles.level_of(0, float(day)))
            troubles.help(FAMILY, float(day), np.ones(len(KINDS)))
        level = np.array([troubles.level_of(0, float(d)) for d in range(int(DAYS[-1]) + 1)])
        need.append(pd.DataFrame({"course": name, "day": DAYS, "need": level[DAYS]}))
        at = level[signs["day"].astype(int)]
        running = np.array([troubles.can_show(FAMILY, day)[0] for day in signs["day"]])
        shows = (signs["number"] < show_chance(scenario, at)) & running
        signs[f"need, {name}"], signs[f"shows, {name}"] = at, shows
        shown = int(signs[f"shows, {name}"].sum())
        rows.append((name, day, chance, level.max(), int((level >= TIERS[1]).sum()), shown))
    columns = ["course", "help_day", "chance_that_help_turns_it", "highest_need", "days_at_need_3", "signs_shown"]
    return {"need": pd.concat(need), "signs": signs, "courses": pd.DataFrame(rows, columns=columns)}


def figure(found: dict[str, pd.DataFrame]) -> Any:
    """Need over time by course, with its signs as marks and help as arrows."""
    ax = axes(None, 3.4)
    sns.lineplot(found["need"], x="day", y="need", hue="course", style="course", ax=ax)
    signs = found["signs"]
    marks = [
        pd.DataFrame({"day": rows["day"], "need": rows[f"need, {name}"], "course": name})
        for name in COURSES
        if len(rows := signs[signs[f"shows, {name}"]])
    ]
    names = list(COURSES)
    sns.scatterplot(
        pd.concat(marks), x="day", y="need", hue="course", style="course", hue_order=names, style_order=names, ax=ax,
        legend=False, s=26, zorder=3,
    )  # fmt: skip
    for number, day in enumerate(COURSES.values()):
        if day is not None:
            rows = found["need"][(found["need"]["course"] == names[number]) & (found["need"]["day"] == day)]
            y = float(rows["need"].iloc[0])
            ax.annotate(
                "help turns it", (day, y), (day, y + 0.42), ha="center", fontsize=mpl.rcParams["legend.fontsize"],
                arrowprops={"arrowstyle": "->", "color": f"C{number}"},
            )  # fmt: skip
    for tier, need in enumerate(TIERS[:2], 2):
        ax.axhline(need, color=GREY, linewidth=0.6, linestyle=":", zorder=0)
        ax.text(DAYS[-1], need + 0.03, f"tier {tier}", ha="right", color=GREY, fontsize=mpl.rcParams["legend.fontsize"])
    ax.set_xlim(0, DAYS[-1])
    ax.set_ylim(1.0, None)
    return finish(
        ax, None, "Three courses of one trouble; marks are signs that show", "days from its onset", "need, in tiers"
    )


def main() -> None:
    folder = RESULTS / "courses"
    found = tables(load_scenario(SCENARIO))
    for name, table in found.items():
        write_table(folder, name, table)
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    with project_theme():
        (folder / "figures" / "courses.svg").write_bytes(to_bytes(figure(found)))
    write_readme(folder, "Courses of one trouble", TEXT, "make results-courses", version_line(), SEED)
    print(found["courses"].to_string(index=False))


if __name__ == "__main__":
    main()
