"""A small calibration over tiny scenarios, in files."""

from __future__ import annotations

from pathlib import Path

SCENARIO = """name: {name}
time: {{warm_up_months: 0, years: 1}}
population: {{children: 1500, deprived_share: 0.5}}
trouble: {{rate: 0.4}}
localities: {{North: {{share: 2.0, posts: 3}}}}
programmes: {{Hill: {{children_under_five: 60, workers: 2, reach: 0.8}}}}
"""
PLAN = """parameters: parameters.yaml
targets: targets.yaml
scenarios: [one.yaml, two.yaml]
seed: 3
size: {waves: [30, 30], centre: 0, draws: 40, steps: 1200}
"""
PARAMETERS = """trouble.rate: {prior: {distribution: loguniform, range: [0.2, 0.8]}, unit: a year, source: assumed}
front_door.referral_margin: {own: true, prior: {range: [-0.5, 2.0]}, unit: tiers, source: assumed}
"""
TARGETS = """one:
  - {measure: referrals, value: 2300, role: fit, numerator: 345, denominator: 1500}
  - {measure: contacts, value: 6000, role: fit, numerator: 900}
  - {measure: initial_assessments_in_time, value: 0.84, role: held-out, denominator: 100}
two:
  - {measure: referrals, value: 1600, role: fit, numerator: 240, series: first}
  - {measure: referrals, value: 1900, role: held-out, numerator: 285, series: second}
"""
IMPOSSIBLE = """  - {measure: registrations, value: 9000, role: fit, numerator: 1350, source: planted}
"""


def calibration_files(folder: Path, targets: str = TARGETS, parameters: str = PARAMETERS, plan: str = PLAN) -> Path:
    """The plan, with all that it names beside it."""
    for name in ("one", "two"):
        (folder / f"{name}.yaml").write_text(SCENARIO.format(name=name), "utf-8")
    (folder / "targets.yaml").write_text(targets, "utf-8")
    (folder / "parameters.yaml").write_text(parameters, "utf-8")
    path = folder / "plan.yaml"
    path.write_text(plan, "utf-8")
    return path
