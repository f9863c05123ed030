"""Move every key of a scenario over a plausible range and see what it moves (X1).

    python experiments/levers/report.py                     # all keys, two pairs of runs at each end
    python experiments/levers/report.py --only practice     # keys that begin with these words, printed
    python experiments/levers/report.py --only practice --into-table     # the same, put into the stored table

The authority is made up and has everything at once: a desk, a gateway for day care, a panel, every part and every kind
of post, a programme that becomes a centre, a threshold that changes, an exodus of staff. Posts and parts serve some
programmes each, so that none hides another. Runs are paired: both meet the same families with the same chances, unless
the key belongs to the world. A key is alive if any measure of the year changes at either end. Then its strongest
effects are listed; a key that moves nothing, or was not moved, stands there with its reason.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

sys.path.insert(0, str(Path(__file__).parents[1]))
from results_folder import RESULTS, version_line, write_readme, write_table

from referral_sim.experiment.jobs import Job, run_jobs
from referral_sim.scenario import Scenario
from referral_sim.scenario.declared_keys import DeclaredKey
from referral_sim.scenario.fields import HelpKind
from referral_sim.scenario.keys import get_value, set_value
from referral_sim.scenario.scenario import declared_at, leaf_keys

FOLDER = RESULTS / "levers"
SEED = 7
STRONGEST = 3
STATES = ("alive", "dead", "not moved")
# Not moved, with the reason.
NOT_MOVED = {
    "name": "a name", "title": "words for people", "description": "words for people",
    "authority": "says which published figures stand beside the run",
    "time.reporting_year_start": "says which year it is; every date of the scenario lies in that year",
    "dated": "what policies with a date change, and when; a policy's file says it",
    "agents": "a modeller's own classes take the place of the agents: docs/agents.md",
}  # fmt: skip
# Moves nothing, with the reason; keys that begin so.
MOVES_NOTHING: dict[str, str] = {}
# What a key that is not given is moved to, by its last part.
WHERE_NOT_GIVEN: dict[str, Any] = {
    "start": dt.date(2005, 8, 1), "end": dt.date(2005, 12, 30), "localities": ("North",), "trust": 0.8,
    "team_trust": 0.8, "authority_mix": {"police": 2.0}, "centre": {"start": dt.date(2005, 10, 3)},
}  # fmt: skip
# Long tables of alike entries, each of which is moved to one end, in one pair of runs.
TABLES = (
    "noticing.by_kind", "noticing.level_slope", "help.fits", "collaboration.effects", "collaboration.practices",
    "parts", "programmes", "liaison", "trouble.kinds",
)  # fmt: skip
PARTS = (
    "informal_links", "co_location", "planned_visits", "family_support_panel", "training", "feedback",
    "shared_information", "common_assessment", "strategic_commitment",
)  # fmt: skip
EFFECT = {
    "contact": 0.2, "feedback": 0.3, "joint_visits": 0.2, "onward": 1.3, "trust": 0.02, "knowledge": 0.05,
    "learning": 0.05, "induction": 0.2, "sharing": 0.2, "completes": 0.05, "knows_open_cases": 0.2, "deters": 0.05,
    "trust_needed": 0.4, "lasting_trust": 0.2, "months": 3.0,
}  # fmt: skip
POSTS = ("outposted_social_worker", "link_worker", "social_work_assistant")
POST = {"carries": True, "filters": 0.3, "outreach": 1.0, "accompanies": 0.4, "turnover": 2.0, "vacancy_days": 60.0}
EVERYTHING: dict[str, Any] = {
    "name": "everything",
    "title": "An authority with everything",
    "time": {"warm_up_months": 6, "years": 1},
    "population": {
        "children": 14000, "deprived_share": 0.6, "ethnic_groups_deprived": {"white": 0.6, "asian": 0.3, "black": 0.1},
    },
    "trouble": {"rate": 0.4},
    "help": {"works": 0.8, "hardness": 0.3},
    "localities": {"North": {"share": 2.0, "posts": 10}, "South": {"share": 1.0, "posts": 5}},
    "programmes": {
        "Hill": {
            "children_under_five": 300, "localities": {"North": 0.9, "South": 0.1}, "studied": True,
            "services": ["health_visiting"], "trust": 0.5, "team_trust": 0.5,
        },
        "Crag": {
            "children_under_five": 250, "localities": {"North": 0.8, "South": 0.2}, "studied": True,
            "services": ["advice"],
        },
        "Dale": {
            "children_under_five": 250, "localities": {"North": 0.4, "South": 0.6}, "services": ["parenting"],
            "centre": {
                "start": "2005-10-03", "children_under_five": 350, "workers_kept": 0.7, "age_limit": 7.0,
                "keeps_posts": True,
            },
        },
        "Moor": {
            "children_under_five": 250, "localities": {"North": 0.1, "South": 0.9},
            "services": ["domestic_violence_support"],
        },
        "Fell": {
            "children_under_five": 350, "localities": {"North": 0.7, "South": 0.3},
            "services": ["health_visiting", "parenting", "advice"],
        },
    },
    "liaison": {
        "Out": {"kind": "outposted_social_worker", "programmes": ["Hill", "Crag"]},
        "Link": {"kind": "link_worker", "programmes": ["Dale", "Moor"], "start": "2005-06-01", "end": "2006-02-01"},
        "Assistant": {"kind": "social_work_assistant", "programmes": ["Crag", "Moor"]},
    },
    "parts": {
        kind: {"kind": kind, "strength": 0.6, "programmes": ["Fell", "Dale"], "start": "2005-05-02"} for kind in PARTS
    },
    "collaboration": {
        "informal_links": 0.1, "feedback": 0.1,
        "effects": {kind: EFFECT | ({"contact": 0.8} if kind == "informal_links" else {}) for kind in PARTS},
        "practices": dict.fromkeys(POSTS, POST),
        "panel": {"places": 40.0}, "common_assessment": {"professionals": 0.5, "information": 0.5},
    },
    "front_door": {
        "day_care_gateway": True, "county_desk": {"enabled": True}, "partial_information": 1.5, "judgement_noise": 0.9,
        "threshold_change": {"on": "2005-10-03", "by": 0.3}, "repeat_call_is_referral": True,
    },
    "day_care": {"requests": 60.0},
    "protection": {"threshold": 3.2, "routing": 0.7},
    "workforce": {
        "shock": {"on": "2005-09-01", "share": 0.3}, "vacancy_days": 90.0, "moves_to_programmes": 0.3,
        "moves_to_teams": 0.3, "sslp_turnover": 0.6, "turnover": 0.5,
    },
    "practice": {
        "detection": 0.9, "hours_to_notice": 0.2, "sharing": 0.4, "informal_share": 0.5, "informal_first": 0.4,
        "consult_band": 1.5,
    },
}  # fmt: skip
# Where the authority has to be another for a key to matter, by the words that the key begins with.
OTHERWISE: dict[str, dict[str, Any]] = {
    "front_door.day_care_elsewhere": {"front_door__day_care_gateway": False},
    # A fit counts where the programme has no other service that fits better.
    **{
        f"help.fits.{kind}.": {f"programmes__{name}__services": (kind,) for name in EVERYTHING["programmes"]}
        for kind in HelpKind
        if kind != HelpKind.SOCIAL_WORK
    },
    # Kinds that do the same cannot be told apart.
    **{
        f"parts.{kind}.kind": {f"collaboration__effects__{one}__trust": 0.02 * at for at, one in enumerate(PARTS)}
        for kind in PARTS
    },
    **{
        f"liaison.{name}.kind": {
            f"collaboration__practices__{kind}__onward": factor
            for kind, factor in zip(POSTS, (1.0, 3.0, 9.0), strict=True)
        }
        for name in EVERYTHING["liaison"]
    },
    # Of several parts that teach a newcomer, each adds little to what the others have taught.
    **{
        f"collaboration.effects.{kind}.induction": {
            "workforce__sslp_turnover": 2.0,
            **{f"collaboration__effects__{one}__induction": 0.01 for one in PARTS},
        }
        for kind in PARTS
    },
    # A post ends with its programmes where none of their centres keeps it; the first who takes families along counts.
    "programmes.Dale.centre.keeps_posts": {"liaison__Link__programmes": ("Dale",)},
    "collaboration.practices.link_worker.judgement_noise": {
        "liaison__Link__programmes": ("Dale", "Fell"), "collaboration__practices__link_worker__availability": 0.9,
    },
    "collaboration.practices.social_work_assistant.accompanies": {"liaison__Link__programmes": ("Dale",)},
    # An answer comes late where work waits.
    "relationships.delay": {"localities__North__posts": 2, "localities__South__posts": 1},
}  # fmt: skip
for _programme in EVERYTHING["programmes"].values():
    _programme |= {"workers": 6, "packages_per_worker": 4, "reach": 0.7}
for _post in EVERYTHING["liaison"].values():
    _post["time"] = 1.5
for _part in ("common_assessment", "family_support_panel"):
    EVERYTHING["parts"][_part]["localities"] = ["South"]


def base(key: str = "") -> Scenario:
    """The authority with everything, as it has to be for a key to matter."""
    return Scenario.model_validate_json(json.dumps(EVERYTHING)).with_values(**OTHERWISE.get(words_of(key), {}))


def words_of(key: str) -> str:
    """The words of :data:`OTHERWISE` that a key begins with; empty for none."""
    return next((words for words in OTHERWISE if key.startswith(words)), "")


def ends(name: str, value: Any, how: DeclaredKey) -> list[Any]:
    """Values at both ends of a plausible range: 0.3 each way for a share, half and twice for a number.

    A number that is 0 goes up a tenth of what is allowed; a switch is turned; a date moves by two months each way; of
    several words each is taken; a fit of help goes to the end that is farther off; what is not given is given.
    """
    if isinstance(value, bool):
        return [not value]
    if name.startswith("help.fits"):
        return [1.0 if value < 0.5 else 0.0]
    if isinstance(value, (int, float)):
        low, high = -np.inf if how.low is None else how.low, np.inf if how.high is None else how.high
        if how.unit == "share" and low == 0.0 and high == 1.0:
            found = [max(0.0, value - 0.3), min(1.0, value + 0.3)]
        elif value == 0:
            most = high if np.isfinite(high) else 3.0
            found = [0.1 * most, max(low, -0.1 * most)]
        else:
            found = [value / 2, value * 2]
        whole = isinstance(value, int)
        found = [round(x) if whole else float(x) for x in found]
        return [x for x in dict.fromkeys(found) if x != value and low <= x <= high]
    if isinstance(value, dt.date):
        return [value - dt.timedelta(days=61), value + dt.timedelta(days=61)]
    if name.endswith(".services"):
        return [tuple(kind for kind in HelpKind if kind not in value and kind != HelpKind.SOCIAL_WORK)]
    if isinstance(value, tuple) and len(value) > 1:
        return [value[:1], value[1:]]
    if not value and (last := name.rpartition(".")[2]) in WHERE_NOT_GIVEN:
        return [WHERE_NOT_GIVEN[last]]
    if isinstance(value, tuple) and value:
        return [("North",) if name.endswith(".localities") else ("Fell",)]
    if how.choices and isinstance(value, str):
        return [word for word in how.choices if word != str(value)][:2]
    return []


def changed(scenario: Scenario, key: tuple[str, ...], value: Any) -> Scenario:
    """The scenario with one value changed; of shares that must add to 1 the others give way in proportion.

    Raises:
        pydantic.ValidationError: if the value is refused.
    """
    tree = scenario.model_dump()
    if key[:2] == ("trouble", "kinds") and key[-1] == "share":
        shares = [(spec, "share") for kind, spec in tree["trouble"]["kinds"].items() if str(kind) != key[2]]
    else:
        section = get_value(tree, list(key[:-1])) if len(key) > 1 else {}
        adds = all(isinstance(v, float) for v in section.values()) and abs(sum(section.values()) - 1.0) < 0.006
        shares = [(section, name) for name in section if str(name) != key[-1]] if adds else []
    rest = sum(holder[name] for holder, name in shares)
    set_value(tree, list(key), value)
    for holder, name in shares:
        if rest > 0:
            holder[name] *= (1.0 - value) / rest
    return Scenario.model_validate(tree)


def moved(only: Sequence[str]) -> Iterator[tuple[str, Any, Any, Scenario | str]]:
    """Key, value, other value, and the scenario with it or why it cannot be moved."""
    tree = base().model_dump()
    for key in leaf_keys(tree):
        name = ".".join(key)
        if not name.startswith(tuple(only) or ""):
            continue
        value, how = get_value(tree, list(key)), declared_at(key) or DeclaredKey("value")
        others = [] if name in NOT_MOVED else ends(name, value, how)
        refused, found = "", list[tuple[Any, Scenario]]()
        for other in reversed(others):
            try:
                found.append((other, changed(base(name), key, other)))
            except ValidationError as error:
                refused = f"{other} is refused: {error.errors()[0]['msg']}"
        if not found:
            yield name, value, None, NOT_MOVED.get(name) or refused or "no other value is known"
        for other, scenario in found[:1] if name.startswith(TABLES) else reversed(found):
            yield name, value, other, scenario


def effects(run: pd.DataFrame, without: pd.DataFrame) -> pd.DataFrame:
    """Relative differences of the measures of pairs of runs: measure, group, mean, pairs, shift."""
    pair = run.merge(without, on=["replicate", "measure", "group"], suffixes=("", "_base"))
    pair["difference"] = pair["value"] - pair["value_base"]
    by = pair.groupby(["measure", "group"], sort=False)
    table = by.agg(mean=("difference", "mean"), base=("value_base", "mean"), same_sign=("difference", _same_sign))
    return table.reset_index()


def _same_sign(values: pd.Series) -> bool:
    return bool((values > 0).all() or (values < 0).all())


def strongest(table: pd.DataFrame) -> str:
    """The strongest effects on measures of the whole authority, in words; of these, those of one sign in all pairs."""
    whole = table[(table["group"] == "all") & table["same_sign"] & (table["base"].abs() > 1e-9)]
    size = (whole["mean"] / whole["base"].abs()).replace([np.inf, -np.inf], np.nan).dropna()
    chosen = size.reindex(size.abs().sort_values(ascending=False, kind="stable").index)[:STRONGEST]
    return "; ".join(f"{whole.loc[at, 'measure']} {value:+.0%}" for at, value in chosen.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=(), metavar="KEY", help="keys that begin so")
    parser.add_argument("--into-table", action="store_true", help="with --only: put these keys into the table there is")
    parser.add_argument("--replicates", type=int, default=2, help="pairs of runs at each end")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args()
    found = table_of(list(moved(options.only)), options.replicates, options.workers)
    keys = {state: list(dict.fromkeys(found[found["state"] == state]["key"])) for state in STATES}
    print(f"{found['key'].nunique()} keys: " + ", ".join(f"{len(keys[state])} {state}" for state in STATES))
    for row in found[(found["state"] != "alive") & ~found["key"].duplicated()].itertuples():
        print(f"  {row.key}, {row.state}: {row.reason or 'the reason is not known'}", flush=True)
    if options.only and not options.into_table:
        print(found.to_string(index=False))
        return
    if options.only:
        found = into_table(found)
        keys = {state: list(dict.fromkeys(found[found["state"] == state]["key"])) for state in STATES}
    write_table(FOLDER, "levers", found)
    text = (
        f"[What was asked, and how](../../experiments/levers/README.md). Of {found['key'].nunique()} keys "
        f"{len(keys['alive'])} move some measure, {len(keys['dead'])} move none, and {len(keys['not moved'])} were not "
        "moved; for the last two the column `reason` says why. Effects are relative changes of measures of the whole "
        "authority, the three largest that had one sign in all pairs of years (pairs: "
        f"{options.replicates}).\n\nKeys that move nothing: "
        + (", ".join(f"`{key}`" for key in keys["dead"]) or "none")
        + ".\n\nKeys that were not moved: "
        + (", ".join(f"`{key}`" for key in keys["not moved"]) or "none")
        + "."
    )
    command = f"python experiments/levers/report.py --replicates {options.replicates}"
    write_readme(FOLDER, "What each key moves", text, command, version_line(), SEED)


def into_table(found: pd.DataFrame) -> pd.DataFrame:
    """The stored table with the rows of some keys made anew; rows of keys that there are no more are left out."""
    stored = pd.read_csv(FOLDER / "tables" / "levers.csv", keep_default_na=False, dtype=str)
    order = {".".join(key): at for at, key in enumerate(leaf_keys(base().model_dump()))}
    kept = stored[~stored["key"].isin(set(found["key"])) & stored["key"].isin(set(order))]
    whole = pd.concat([kept, found], ignore_index=True)
    return whole.sort_values("key", key=lambda keys: keys.map(order), kind="stable", ignore_index=True)


def table_of(plan: list[tuple[str, Any, Any, Scenario | str]], replicates: int, workers: int) -> pd.DataFrame:
    """What each value of a plan moves.

    Returns:
        key, value, moved_to, state ("alive", "dead", "not moved": one for each key), strongest_effects,
        measures_moved, reason.
    """
    bases = {key: base(key) for key in ("", *OTHERWISE)}
    wanted: dict[str | int, tuple[Scenario, int]] = {key: (one, replicates) for key, one in bases.items()}
    for at, (name, *_, scenario) in enumerate(plan):
        if isinstance(scenario, Scenario):
            wanted[at] = scenario, 1 if name.startswith(TABLES) else replicates
    jobs = [(at, Job(scenario, SEED, r)) for at, (scenario, pairs) in wanted.items() for r in range(pairs)]
    whose = {id(job): at for at, job in jobs}
    frames: dict[str | int, list[pd.DataFrame]] = {}
    for number, result in enumerate(run_jobs([job for _, job in jobs], workers=workers), start=1):
        if result.failure:
            raise SystemExit(result.failure)
        frame = result.value.assign(replicate=result.task.replicate)
        frames.setdefault(whose[id(result.task)], []).append(frame)
        if number % 200 == 0:
            print(f"{number} of {len(jobs)} runs", flush=True)
    without = {key: pd.concat(frames[key]) for key in bases}
    rows = []
    for at, (name, value, other, scenario) in enumerate(plan):
        if at not in frames:
            rows.append((name, value, other, "not moved", "", 0, str(scenario)))
            continue
        table = effects(pd.concat(frames[at]), without[words_of(name)])
        alive = int((table["mean"].abs() > 0).sum())
        rows.append((name, value, other, "alive" if alive else "dead", strongest(table), alive, ""))
    columns = ["key", "value", "moved_to", "state", "strongest_effects", "measures_moved", "reason"]
    found = pd.DataFrame(rows, columns=columns)
    found["state"] = found.groupby("key")["state"].transform(lambda states: min(states, key=STATES.index))
    dead = found["state"] == "dead"
    found.loc[dead, "reason"] = found.loc[dead, "key"].map(
        lambda key: next((reason for words, reason in MOVES_NOTHING.items() if key.startswith(words)), "")
    )
    return found


if __name__ == "__main__":
    main()
