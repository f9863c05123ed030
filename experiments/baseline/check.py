"""The presets' rates beside the published ones.

    python experiments/baseline/check.py        # 20 replicates of each; writes results/baseline

England's average is set beside figures from elsewhere, too (`referral-sim evidence`, table context): how long children
stay on the register, how families come back, what nobody sees.

The presets' values are the centre of the shipped calibration's draws (`centre.py`), and nothing is moved afterwards.
"""

from __future__ import annotations

import argparse
import os
import sys
from functools import cache
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from results_folder import RESULTS, version_line, write_readme, write_table

from referral_sim.calibration.calibration_file import load_calibration
from referral_sim.evidence import published
from referral_sim.experiment.jobs import Job, run_jobs
from referral_sim.model import ReferralModel
from referral_sim.scenario import load_scenario

PLAN = Path(__file__).parents[2] / "scenarios" / "plans" / "calibration" / "plan.yaml"
FOLDER = RESULTS / "baseline"
AUTHORITIES = ("midtown", "city-borough", "east-borough", "southshire")
AVERAGE = "england-average"
SEED = 1
# ADCS estimate of contacts, 2007-08 (context, a wide prior): for want of any other figure on contacts.
REFERRALS_PER_CONTACT = 0.39
COLUMNS = ("figure", "simulated", "low", "high", "period", "note")
"""Of the table of figures from elsewhere; low and high: the range that is given, or the figure twice."""
WORKING_DAYS_A_MONTH = 253 / 12
LATER = 27
"""Months in which families are looked for again (Forrester 2007)."""
MOST = 0.085
"""Share of the families whose later referrals are counted (Forrester 2007)."""
# 569,300 referrals (DfES return 2005-06) among 11 million children, per 10,000.
ENGLAND_REFERRALS = 518.0
# Children in England, by which counts become rates.
CHILDREN = 11_000_000
PER_10_000 = 10_000 / CHILDREN
FAMILIES = ("source:family_or_friend", "source:self_or_carer")
LATER_SYSTEM = "a later system"
# Name in take_elsewhere, words, range, period, what makes the two unlike. Sources: `referral-sim evidence`, context.
ELSEWHERE: tuple[tuple[str, str, float, float, str, str], ...] = (
    ("stay", "months on the register, of those taken off it", 10, 10, "2006", "published by Little's law"),
    ("stay_0", "share taken off within 3 months", 0.187, 0.187, "2020", LATER_SYSTEM),
    ("stay_1", "share taken off after 3 to 6 months", 0.114, 0.114, "2020", LATER_SYSTEM),
    ("stay_2", "share taken off after 6 to 12 months", 0.423, 0.423, "2020", LATER_SYSTEM),
    ("stay_3", "share taken off after 1 to 2 years", 0.240, 0.240, "2020", LATER_SYSTEM),
    ("stay_4", "share taken off after more than 2 years", 0.036, 0.11, "2020, 2001", "low: a later system"),
    ("again", "families referred again within 27 months", 0.365, 0.365, "about 2000", "published of closed cases"),
    ("concentration", "later referrals of the 8.5% with most", 0.52, 0.52, "about 2000", "of 400 closures"),
    ("harmed", "children harmed for each on the register", 9, 9, "2011", "surveys and registers differ in years"),
    ("professionals", "share of referrals by professionals", 0.5, 0.5, "2009", "several countries; the rest: families"),
    (
        "section_47",
        "section 47 enquiries per 10,000 children",
        70_000 * PER_10_000,
        80_000 * PER_10_000,
        "2006",
        "bracket",
    ),
    ("conferences", "conferences per 10,000 children", 34_000 * PER_10_000, 36_000 * PER_10_000, "2006", "bracket"),
    ("no_assessment", "referrals without an initial assessment", 0.47, 0.47, "2005-06", "fitted to"),
)


@cache
def fitted() -> frozenset[tuple[str, str, str]]:
    """What the shipped calibration is fitted to, by (preset, measure, group)."""
    targets = load_calibration(PLAN).targets
    return frozenset((t.scenario, t.measure, t.group) for t in targets if t.role == "fit")


def targets() -> dict[tuple[str, str, str], float]:
    """What is published, by (preset, measure, group). The series of registrations is that of Graph 6.2."""
    found: dict[tuple[str, str, str], float] = {}
    for name in (*AUTHORITIES, "england"):
        for row in published(name):
            if row.measure != "registrations" or row.series == "graph_6_2":
                found[AVERAGE if name == "england" else name, row.measure, row.group] = row.value
    found[AVERAGE, "referrals", "all"] = ENGLAND_REFERRALS
    found[AVERAGE, "referrals_per_contact", "all"] = REFERRALS_PER_CONTACT
    return found


def simulate(replicates: int) -> pd.Series:
    """Means over replicates by (preset, measure, group), of the presets without draws."""
    jobs = [Job(load_scenario(name), SEED, r) for name in (*AUTHORITIES, AVERAGE) for r in range(replicates)]
    parts = []
    for result in run_jobs(jobs, workers=os.cpu_count() or 1):
        if result.failure:
            raise SystemExit(result.failure)
        parts.append(result.value.assign(preset=result.task.scenario.name, replicate=result.task.replicate))
    return pd.concat(parts).groupby(["preset", "measure", "group"])["value"].mean()


def come_back(referrals: pd.DataFrame, first_day: pd.Timestamp) -> dict[str, float]:
    """Families referred in the first nine months, looked for again for 27 months each.

    Args:
        referrals: rows of stage ``referral``: family, date.
        first_day: of the reporting years; 36 months must follow.

    Returns:
        again (share of those families that are referred again within 27 months) and concentration (share of these later
        referrals that the 8.5% of the families with most of them have).
    """
    rows = referrals[referrals["date"] >= first_day]
    first = rows.groupby("family")["date"].min()
    first = first[first < first_day + pd.DateOffset(months=9)]
    rows = rows[rows["family"].isin(first.index)].assign(first=lambda t: t["family"].map(first))
    later = rows[(rows["date"] > rows["first"]) & (rows["date"] <= rows["first"] + pd.DateOffset(months=LATER))]
    counts = later.groupby("family").size().reindex(first.index, fill_value=0).sort_values(ascending=False)
    most = counts.iloc[: round(MOST * len(counts))]
    return {"again": float((counts > 0).mean()), "concentration": float(most.sum() / max(counts.sum(), 1))}


def take_elsewhere(model: ReferralModel) -> dict[str, float]:
    """What a run of three reporting years gives of the figures from elsewhere."""
    events = model.events()
    measures = model.measures().groupby(["measure", "group"])["value"].mean()
    ended = events[(events["stage"] == "deregistration") & events["reported"]]
    months, children = ended["working_days"].astype(float) / WORKING_DAYS_A_MONTH, ended["children"]
    lengths = pd.cut(months, (-1.0, 3.0, 6.0, 12.0, 24.0, float("inf")), labels=False)
    stays = children.groupby(lengths).sum().reindex(range(5), fill_value=0) / children.sum()
    sources = measures["referral_source_recorded"]
    families = sources[sources.index.isin(FAMILIES)].sum()
    first_day = pd.Timestamp(model.calendar.report_start)
    return {
        "stay": float((months * children).sum() / children.sum()),
        **{f"stay_{place}": float(share) for place, share in stays.items()},
        "harmed": float(measures["harmed_for_each_registered", "all"]),
        "professionals": 1.0 - float(families),
        "section_47": float(measures["section_47_enquiries", "all"]),
        "conferences": float(measures["conferences", "all"]),
        "no_assessment": 1.0 - float(measures["initial_assessments_per_referral", "all"]),
        **come_back(events[events["stage"] == "referral"], first_day),
    }


def elsewhere(replicates: int) -> pd.DataFrame:
    """England's average over three years beside figures from elsewhere."""
    scenario = load_scenario(AVERAGE, ["time.years=3"])
    jobs = [Job(scenario, SEED, r, take_elsewhere) for r in range(replicates)]
    values = pd.DataFrame([result.value for result in run_jobs(jobs, workers=os.cpu_count() or 1)]).mean()
    rows = [(label, values[name], low, high, period, note) for name, label, low, high, period, note in ELSEWHERE]
    return pd.DataFrame(rows, columns=COLUMNS)


def tolerance(measure: str, group: str) -> tuple[str, float]:
    """What counts as close: (kind, size)."""
    if measure == "study_source_recorded":
        return "points", 0.05
    if measure == "referrals":
        return "relative", 0.05
    return "relative", 0.10 if measure == "registrations" else 0.15


def check(replicates: int) -> pd.DataFrame:
    """The published figures beside means over replicates."""
    simulated, rows = simulate(replicates), []
    for (preset, measure, group), target in targets().items():
        if (preset, measure, group) not in simulated.index:
            continue
        sim = float(simulated[preset, measure, group])
        kind, size = tolerance(measure, group)
        miss = sim - target if kind == "points" else sim / target - 1.0
        within = abs(miss) <= size
        if measure == "sslp_area_referral_ratio":  # derived, with an interval of its own
            (derived,) = published(preset, measure)
            assert derived.low is not None
            assert derived.high is not None
            within = derived.low <= sim <= derived.high
            kind, size = f"{derived.low:g} to {derived.high:g}", float("nan")
        role = "fitted" if (preset, measure, group) in fitted() else "check"
        rows.append((preset, measure, group, sim, target, miss, kind, size, role, within))
    names = ["preset", "measure", "group", "simulated", "target", "miss", "kind", "tolerance", "role", "within"]
    return pd.DataFrame(rows, columns=names)


def markdown(table: pd.DataFrame) -> str:
    """The table as the README shows it."""
    lines = ["| preset | measure | simulated | target | miss | allowed | role | |", "|---|---|--:|--:|--:|--:|---|---|"]
    for row in table.itertuples():
        name = row.measure if row.group == "all" else f"{row.measure}, {row.group}"
        unit = " points" if row.kind == "points" else "%"
        allowed = f"{row.tolerance * 100:.0f}{unit}" if row.kind in ("points", "relative") else row.kind
        lines.append(
            f"| {row.preset} | {name} | {row.simulated:.4g} | {row.target:.4g} | {row.miss * 100:+.1f}{unit} "
            f"| {allowed} | {row.role} | {'within' if row.within else '**outside**'} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=20)
    replicates = parser.parse_args().replicates
    table, others = check(replicates), elsewhere(replicates)
    write_results(table, others, replicates)
    print(table.round(3).to_string(index=False))
    print(others.round(3).to_string(index=False))


def others_markdown(table: pd.DataFrame) -> str:
    """The figures from elsewhere as the README shows them."""
    lines = ["| England's average | simulated | given | of | note |", "|---|--:|--:|---|---|"]
    for row in table.itertuples():
        given = f"{row.low:.3g}" if row.low == row.high else f"{row.low:.3g} to {row.high:.3g}"
        lines.append(f"| {row.figure} | {row.simulated:.3g} | {given} | {row.period} | {row.note} |")
    return "\n".join(lines)


def write_results(
    table: pd.DataFrame, others: pd.DataFrame, replicates: int, version: str = "", date: str | None = None
) -> None:
    """The tables of the check and their page, in results/baseline."""
    write_table(FOLDER, "check", table.round(4))
    write_table(FOLDER, "elsewhere", others.round(4))
    text = (
        "[What was asked, and how to read it](../../experiments/baseline/README.md). Means over "
        f'{replicates} replicates of the presets, without draws. "Check" means that nothing was fitted to the '
        f"figure.\n\n{markdown(table)}\n\nFigures from elsewhere, for other years and by other counts: "
        "nothing was fitted to them but where it is said. Three reporting years.\n\n"
        f"{others_markdown(others)}"
    )
    command = f"python experiments/baseline/check.py --replicates {replicates}"
    write_readme(
        FOLDER, "The presets beside the published figures", text, command, version or version_line(), SEED, date
    )


if __name__ == "__main__":
    main()
