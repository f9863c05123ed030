"""Each yardstick under every shipped policy, as a Markdown table: mean difference and its standard error.

python experiments/policies/yardsticks.py [AUTHORITY] [REPLICATES]
"""

from __future__ import annotations

import sys

from referral_sim import compare
from referral_sim.measures.wording import full_label, number
from referral_sim.scenario import list_policies

YARDSTICKS = (
    ("families_in_unmet_need", "all"), ("days_of_unmet_need", "all"), ("grave_trouble_unknown", "all"),
    ("trouble_prevented", "tier:3"), ("trouble_prevented", "tier:4"), ("referrals_of_need", "all"),
    ("families_in_need_referred", "all"),
)  # fmt: skip
DIGITS = (1, 0, 2, 3, 3, 3, 3)


def main() -> None:
    authority = sys.argv[1] if len(sys.argv) > 1 else "east-borough"
    replicates = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    policies = [one.name for one in list_policies()]
    pairs = compare(authority, *policies, replicates=replicates, seed=1, workers=2, draws="none").pairs
    print("| policy |", " | ".join(full_label(*key) for key in YARDSTICKS), "|")
    print("|---|" + "---|" * len(YARDSTICKS))
    first = pairs[0].summary.set_index(["measure", "group"])["base"]
    levels = [number(first[key], digits) for key, digits in zip(YARDSTICKS, DIGITS, strict=True)]
    print(f"| {authority} |", " | ".join(levels), "|")
    for policy, pair in zip(policies, pairs, strict=True):
        found = pair.summary.set_index(["measure", "group"])
        cells = [
            f"{number(found.loc[key, 'difference'], digits, sign=True)} "
            f"({number(found.loc[key, 'standard_error'], digits)})"
            for key, digits in zip(YARDSTICKS, DIGITS, strict=True)
        ]
        print(f"| {policy} |", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
