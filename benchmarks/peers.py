"""One reduced flow, written as one would in other tools, beside the whole model; into results/speed.

    python benchmarks/peers.py [--preset NAME] [--rounds N] [--out FOLDER]

The reduced flow, a year of 253 working days:

- Families have a need, 1 + 0.6 exp(0.9 z) with z standard normal, at most 6.
- Concerns about a family arise at the rate 0.4 exp(0.5 (need - 1)) a year (Poisson).
- A concern is noticed with chance 0.3, and is then a contact.
- A contact is read as need + 0.5 z; from 3 on it is a referral.
- Referrals wait for the one assessment team of the authority, first come, first served. It can finish 0.07 assessments
  a family in a year, one after another; some 0.85 of that comes in, so that there is a queue.
- An assessment finds need + 0.3 z; where it finds 4 or more the family is registered with chance 0.5.

All variants have as many families as the preset has in its reporting year, and differ only in how they are written:
each family asked every day by Mesa, in random order (`shuffle_do`) or in turn (`do`); Mesa's and SimPy's events; numpy
columns; one plain loop, compiled by numba. What is missing here (SimPy, numba) is left out with a word. The whole model
is the preset's reporting year at rest with its measures; its run-in and the drawing of its world are not in it, as
making the agents and events of the others is not. Times are CPU seconds of one process; each round times all in turn.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import mesa
import numpy as np
import pandas as pd
import seaborn as sns
from mesa.experimental.devs import DEVSimulator
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "experiments"))
from results_folder import RESULTS, version_line, write_readme, write_table

from referral_sim import ReferralModel, load_scenario
from referral_sim.figures import project_theme, to_bytes
from referral_sim.figures.style import axes, finish

DAYS = 253
NOTICED, READ, THRESHOLD = 0.3, 0.5, 3.0
CAPACITY = 0.07  # assessments a family in a year
FOUND, HARM, REGISTERED = 0.3, 4.0, 0.5
SEED = 1


class Flows(NamedTuple):
    """What happened in the year."""

    concerns: int
    contacts: int
    referrals: int
    assessments: int
    registrations: int


Run = Callable[[], Flows]


def needs(families: int, seed: int) -> NDArray[np.float64]:
    """Need of each family, in tiers."""
    return np.minimum(1.0 + 0.6 * np.exp(0.9 * np.random.default_rng(seed).standard_normal(families)), 6.0)


def rates(need: NDArray[np.float64]) -> NDArray[np.float64]:
    """Concerns a year about families of some needs."""
    return 0.4 * np.exp(0.5 * (need - 1.0))


class Office:
    """What becomes of concerns, one by one: the rules of all variants that are made of objects."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.concerns = self.contacts = self.referrals = self.assessments = self.registrations = 0

    def is_referred(self, need: float) -> bool:
        self.concerns += 1
        if self.chance.random() >= NOTICED:
            return False
        self.contacts += 1
        if self.chance.gauss(need, READ) < THRESHOLD:
            return False
        self.referrals += 1
        return True

    def assess(self, need: float) -> None:
        self.assessments += 1
        if self.chance.gauss(need, FOUND) >= HARM and self.chance.random() < REGISTERED:
            self.registrations += 1

    def flows(self) -> Flows:
        return Flows(self.concerns, self.contacts, self.referrals, self.assessments, self.registrations)


# -- Mesa --------------------------------------------------------------------------------------------------------------


class Household(mesa.Agent):
    """A family; asked every day, or waiting for its next concern."""

    def __init__(self, model: Town, need: float, rate: float) -> None:
        super().__init__(model)
        self.need, self.rate = need, rate
        self.chance = rate / DAYS

    def step(self) -> None:
        if self.model.random.random() < self.chance:
            self.has_concern()

    def has_concern(self) -> None:
        if self.model.office.is_referred(self.need):
            self.model.queue.append(self.need)

    def next_concern(self) -> None:
        self.has_concern()
        self.wait()

    def wait(self) -> None:
        days = self.model.random.expovariate(self.rate) * DAYS
        self.model.simulator.schedule_event_relative(self.next_concern, days)


class Town(mesa.Model):
    """All families and the team."""

    def __init__(self, families: int, seed: int) -> None:
        super().__init__(rng=seed)
        self.office, self.queue, self.capacity, self.free = Office(self.random), deque[float](), 0.0, 0.0
        self.a_day = CAPACITY * families / DAYS
        need = needs(families, seed)
        for one, rate in zip(need.tolist(), rates(need).tolist(), strict=True):
            Household(self, one, rate)

    def team_works(self) -> None:
        """A day's assessments; what is left of the last one is done tomorrow."""
        self.free += self.a_day
        while self.queue and self.free >= 1.0:
            self.free -= 1.0
            self.office.assess(self.queue.popleft())
        if not self.queue:
            self.free = 0.0  # time without work is lost

    def next_day(self) -> None:
        self.team_works()
        self.simulator.schedule_event_relative(self.next_day, 1.0)


def mesa_steps(order: str, families: int, seed: int) -> Run:
    town = Town(families, seed)

    def run() -> Flows:
        for _ in range(DAYS):
            getattr(town.agents, order)("step")
            town.team_works()
        return town.office.flows()

    return run


def mesa_events(families: int, seed: int) -> Run:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # Mesa 3.3 has this simulator alone
        town, simulator = Town(families, seed), DEVSimulator()
        simulator.setup(town)
    town.simulator = simulator
    for household in town.agents:
        household.wait()
    simulator.schedule_event_relative(town.next_day, 1.0)

    def run() -> Flows:
        simulator.run_until(float(DAYS))
        return town.office.flows()

    return run


# -- SimPy -------------------------------------------------------------------------------------------------------------


def simpy_processes(families: int, seed: int) -> Run:
    import simpy

    env, chance = simpy.Environment(), random.Random(seed)
    office, queue = Office(chance), simpy.Store(env)

    def family(need: float, rate: float) -> Iterator[Any]:
        while True:
            yield env.timeout(chance.expovariate(rate) * DAYS)
            if office.is_referred(need):
                queue.put(need)

    def team(each: float) -> Iterator[Any]:
        while True:
            need = yield queue.get()
            yield env.timeout(each)
            office.assess(need)

    need = needs(families, seed)
    for one, rate in zip(need.tolist(), rates(need).tolist(), strict=True):
        env.process(family(one, rate))
    env.process(team(DAYS / (CAPACITY * families)))

    def run() -> Flows:
        env.run(until=DAYS)
        return office.flows()

    return run


# -- columns and a loop ------------------------------------------------------------------------------------------------


def numpy_columns(families: int, seed: int) -> Run:
    need = needs(families, seed)
    rng, rate, each = np.random.default_rng(seed), rates(need), DAYS / (CAPACITY * families)

    def run() -> Flows:
        family = np.repeat(np.arange(families), rng.poisson(rate))
        contact = family[rng.random(len(family)) < NOTICED]
        referral = contact[need[contact] + READ * rng.standard_normal(len(contact)) >= THRESHOLD]
        came = np.sort(rng.random(len(referral)) * DAYS)  # who is first in the queue is chance
        place = np.arange(len(came))
        ends = np.maximum.accumulate(came - place * each) + (place + 1) * each
        done = referral[rng.permutation(len(referral))][ends <= DAYS]
        harm = need[done] + FOUND * rng.standard_normal(len(done)) >= HARM
        registered = harm & (rng.random(len(done)) < REGISTERED)
        return Flows(len(family), len(contact), len(referral), len(done), int(registered.sum()))

    return run


def plain_loop(
    need: NDArray[np.float64], rate: NDArray[np.float64], each: float, rng: np.random.Generator
) -> tuple[int, int, int, int, int]:
    """Family after family, then the queue in order of time: what numba compiles, and what is tested."""
    concerns = contacts = referrals = assessments = registrations = 0
    room = int(rate.sum()) + 1000
    came, whose = np.empty(room), np.empty(room, dtype=np.int64)
    for family in range(len(need)):
        when = rng.standard_exponential() / rate[family] * DAYS
        while when < DAYS:
            concerns += 1
            if rng.random() < NOTICED:
                contacts += 1
                if need[family] + READ * rng.standard_normal() >= THRESHOLD:
                    came[referrals], whose[referrals] = when, family
                    referrals += 1
            when += rng.standard_exponential() / rate[family] * DAYS
    free = 0.0
    for at in np.argsort(came[:referrals]):
        free = max(free, came[at]) + each
        if free > DAYS:
            break
        assessments += 1
        if need[whose[at]] + FOUND * rng.standard_normal() >= HARM and rng.random() < REGISTERED:
            registrations += 1
    return concerns, contacts, referrals, assessments, registrations


def looped(loop: Callable[..., tuple[int, ...]], families: int, seed: int) -> Run:
    need = needs(families, seed)
    rng, rate, each = np.random.default_rng(seed), rates(need), DAYS / (CAPACITY * families)
    return lambda: Flows(*loop(need, rate, each, rng))


def compiled() -> Callable[..., tuple[int, ...]]:
    import numba

    loop = numba.njit(plain_loop)
    looped(loop, 10, SEED)()  # compiles
    return loop


# -- side by side ------------------------------------------------------------------------------------------------------


def variants() -> dict[str, Callable[[int, int], Run]]:
    """Each way that can be had here: name -> what makes a run for a number of families and a seed."""
    found: dict[str, Callable[[int, int], Run]] = {
        "Mesa, shuffle_do": lambda families, seed: mesa_steps("shuffle_do", families, seed),
        "Mesa, do": lambda families, seed: mesa_steps("do", families, seed),
        "Mesa, events": mesa_events,
        "numpy columns": numpy_columns,
    }
    try:
        import simpy  # noqa: F401

        found["SimPy"] = simpy_processes
    except ImportError:
        print("SimPy is not installed and is left out", file=sys.stderr)
    try:
        loop = compiled()
        found["compiled loop"] = lambda families, seed: looped(loop, families, seed)
    except ImportError:
        print("numba is not installed and is left out", file=sys.stderr)
    return found


def seconds(run: Callable[[], Any]) -> float:
    """CPU seconds of a call."""
    began = time.process_time()
    run()
    return time.process_time() - began


def whole_year(preset: str, seed: int) -> tuple[Callable[[], Any], int]:
    """The reporting year of a preset after its run-in, ready to run, and how many families live there then."""
    model = ReferralModel(load_scenario(preset), rng=seed)
    while model.day < model.calendar.first_reported - 1:
        model.step()

    def run() -> None:
        model.run().measures()

    return run, int(model.families.here_at(model.state.offset).sum())


def measure(preset: str, rounds: int) -> pd.DataFrame:
    """CPU seconds of each variant: variant, families, seconds (median), lowest, highest, times_whole_model, flows."""
    ways, rows, flows = variants(), [], {}
    taken: dict[str, list[float]] = {name: [] for name in ("whole model", *ways)}
    for seed in range(SEED, SEED + rounds):
        run, families = whole_year(preset, seed)
        taken["whole model"].append(seconds(run))
        for name, make in ways.items():
            run = make(families, seed)
            taken[name].append(seconds(lambda run=run, name=name: flows.update({name: run()})))
    whole = statistics.median(taken["whole model"])
    for name, times in taken.items():
        middle = statistics.median(times)
        row = {"variant": name, "families": families, "seconds": middle, "lowest": min(times), "highest": max(times)}
        rows.append(row | {"times_whole_model": middle / whole} | (flows[name]._asdict() if name in flows else {}))
    return pd.DataFrame(rows).sort_values("seconds", ascending=False, ignore_index=True)


def figure(found: pd.DataFrame) -> Any:
    """A dot a variant, from its lowest to its highest time."""
    ax = axes(None, 2.6)
    sns.scatterplot(found, x="seconds", y="variant", ax=ax)
    ax.hlines(found["variant"], found["lowest"], found["highest"])
    ax.set_xscale("log")
    return finish(ax, None, "One year of the reduced flow, and of the whole model", "CPU seconds")


TEXT = """\
A year of one reduced flow (families with need, concerns, noticing, contact, threshold, a queue for assessment,
registration), written in several ways, beside a reporting year of the whole model at rest
([question](../../experiments/speed/README.md); the flow is specified in `benchmarks/peers.py`). Preset {preset},
{families:,} families, {rounds} rounds with seeds from {seed} on. `tables/peers.csv`: CPU seconds of each way (median,
lowest, highest), how many times the whole model's that is, and the flows of the last round. Seconds are those of the
machine that made them; ratios travel better.{left_out}

![CPU seconds of each variant](figures/peers.svg)"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="southshire")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS / "speed")
    options = parser.parse_args()
    found = measure(options.preset, options.rounds)
    print(found.to_string(index=False, float_format="%.3g"))
    write_table(options.out, "peers", found)
    (options.out / "figures").mkdir(parents=True, exist_ok=True)
    with project_theme():
        (options.out / "figures" / "peers.svg").write_bytes(to_bytes(figure(found)))
    missing = [name for name in ("SimPy", "compiled loop") if name not in set(found["variant"])]
    text = TEXT.format(
        preset=options.preset, families=int(found["families"].iloc[0]), rounds=options.rounds, seed=SEED,
        left_out=f" Left out, because it was not installed: {', '.join(missing)}." if missing else "",
    )  # fmt: skip
    command = f"python benchmarks/peers.py --preset {options.preset} --rounds {options.rounds}"
    write_readme(options.out, "How fast is it, beside other ways?", text, command, version_line(), SEED)


if __name__ == "__main__":
    main()
