"""Directions of what the report claims, with sizes: run with ``pytest -s`` to see them.

Each claim is a pair of small authorities, or of the report's own, that differ in one thing; both meet the same families
with the same troubles, seed by seed. What is asserted is that the change lies on one side of nothing by more than twice
its standard error over the seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from directions import FULL, HILL, LASTING, busy, even_views, no_links, with_post
from referral_sim.file_study import Assumptions, Listing, design_of, file_study, list_files
from referral_sim.model import ReferralModel
from referral_sim.scenario import Scenario, list_indicators, load_scenario
from referral_sim.scenario.fields import ConcernKind, EthnicGroup, Source
from referral_sim.world.families import GROUPS
from referral_sim.world.troubles import KINDS

SEEDS = range(20, 26)
FEW = range(20, 23)
GRAVE = 3.0
Value = Callable[[ReferralModel], float]


class Change(NamedTuple):
    """What one thing changes: mean over the seeds, its standard error, and the mean without it."""

    mean: float
    error: float
    before: float

    @property
    def up(self) -> bool:
        """Above nothing by more than twice the error."""
        return self.mean > 2.0 * self.error

    @property
    def down(self) -> bool:
        """Below nothing by more than twice the error."""
        return self.mean < -2.0 * self.error


def changes(before: Scenario, after: Scenario, seeds: Iterable[int] = SEEDS, **values: Value) -> dict[str, Change]:
    """What changes from one scenario to another, value by value; printed as it is found."""
    pairs = []
    for seed in seeds:
        one, other = (ReferralModel(scenario, rng=seed).run() for scenario in (before, after))
        pairs.append([[value(model) for value in values.values()] for model in (one, other)])
    table = np.array(pairs, dtype=float)
    steps = table[:, 1] - table[:, 0]
    found = {}
    for column, name in enumerate(values):
        error = float(steps[:, column].std(ddof=1) / np.sqrt(len(steps)))
        found[name] = Change(float(steps[:, column].mean()), error, float(table[:, 0, column].mean()))
        print(f"\n  {name}: {found[name].before:.4g} {found[name].mean:+.4g} (se {error:.2g})", end="")
    return found


def measure(name: str, group: str = "all") -> Value:
    """A measure, the mean of the reporting years."""

    def value(model: ReferralModel) -> float:
        table = model.measures()
        return float(table.loc[(table["measure"] == name) & (table["group"] == group), "value"].mean())

    return value


def decided(*outcomes: str) -> Value:
    """How many concerns of the programmes, day care apart, came to one of some decisions."""

    def value(model: ReferralModel) -> float:
        rows = concerns(model)
        return float(rows["outcome"].isin(outcomes).sum())

    return value


def concerns(model: ReferralModel) -> pd.DataFrame:
    rows = model.events()
    return rows[(rows["stage"] == "programme_concern") & (rows["kind"] != ConcernKind.DAY_CARE)]


def need_today(model: ReferralModel) -> np.ndarray:
    """Need of all families on the last day, in tiers, shape (families,)."""
    return model.state.troubles.everywhere(model.state.offset, 0.25)[0]


# -- early help ---------------------------------------------------------------------------------------------------

# One kind of help that meets all troubles, many of which last, in an authority whose plans do nothing: what is spared
# is spared by the programme. Its workers refer some of what they see and hold some back.
SURE = {"parenting": dict.fromkeys(map(str, KINDS), 1.0)}
EARLY = LASTING | {
    "time__years": 2,
    "signs__rate": 15.0,
    "need__deprivation_ratio": 2.0,
    "help__fits": SURE,
    "help__hardness": 0.0,
    "help__relapse": 0.0,
    "plans__offered": 0.0,
    "protection__plan_effect": 0.0,
    "practice__threshold_gap": 0.0,
    "practice__threshold_gap_spread": 0.0,
    "practice__trust_spread": 0.0,
    "practice__sharing": 0.5,
    "practice__informal_first": 0.0,
    "practice__judgement_noise": 0.3,
    "practice__outreach": 0.0,
    "relationships__gap_learning": 0.0,
    "collaboration__informal_links": 0.0,
    "collaboration__knows_programmes": 0.0,
}


def reaching(reach: float, works: float) -> Scenario:
    """A programme for children of all ages that none or nearly all families of its area use."""
    hill = FULL | {"reach": reach, "age_limit": 18.0, "services": ("parenting",)}
    return busy(**(EARLY | {"programmes": {"Hill": hill}, "help__works": works}))


def test_reaching_families_early_spares_them_the_register_where_help_works() -> None:
    """The programme brings some families to social services itself; that it turns trouble early outweighs it."""
    found = changes(
        reaching(0.0, 1.0), reaching(0.95, 1.0),
        registrations=measure("registrations", HILL),
        families_in_trouble=measure("families_in_trouble", HILL),
        families_in_grave_trouble=measure("families_in_grave_trouble", HILL),
    )  # fmt: skip
    assert found["families_in_trouble"].down
    assert found["families_in_grave_trouble"].down
    assert found["registrations"].down


def test_it_spares_them_nothing_where_help_does_nothing() -> None:
    """Not a family's need differs by a bit, on any day; what the programme brings comes on top of the register."""
    for seed in FEW:
        few, many = (ReferralModel(reaching(reach, 0.0), rng=seed).run() for reach in (0.0, 0.95))
        for offset in np.linspace(0.0, few.state.offset, 9):
            np.testing.assert_array_equal(
                few.state.troubles.everywhere(offset, 0.25)[0], many.state.troubles.everywhere(offset, 0.25)[0]
            )
        assert (concerns(many)["outcome"] == "supported").sum() > 100 > len(concerns(few))
    found = changes(
        reaching(0.0, 0.0), reaching(0.95, 0.0), FEW,
        registrations=measure("registrations", HILL), families_in_trouble=measure("families_in_trouble", HILL),
    )  # fmt: skip
    assert found["families_in_trouble"].mean == 0.0
    assert found["registrations"].mean >= 0.0


# -- held back ----------------------------------------------------------------------------------------------------


def test_what_is_held_back_comes_back_graver() -> None:
    """The same concerns, held back by workers who share nothing, or referred by workers who share all.

    Compared are the need of these families at their next contact, and on the last day.
    """
    share = {"practice__informal_share": 0.0, "practice__informal_first": 0.0, "practice__trust": 1.0,
             "practice__trust_spread": 0.0, "time__years": 2}  # fmt: skip
    silent, open_ = (no_links(practice__sharing=s, **(share | LASTING)) for s in (0.0, 1.0))
    next_contact, later = [], []
    for seed in SEEDS:
        one, other = (ReferralModel(s, rng=seed).run() for s in (silent, open_))
        kept, sent = concerns(one), concerns(other)
        kept = kept[(kept["outcome"] == "held_back") & (kept["level"] >= GRAVE)].drop_duplicates("family")
        sent = sent[sent["outcome"] == "referred"].drop_duplicates("family")
        both = kept.merge(sent[["family", "case"]], on=["family", "case"])
        both = both[both["day"] < 250]
        means = []
        for model in (one, other):
            again = both.merge(model.events().query("stage == 'contact'"), on="family", suffixes=("", "_then"))
            again = again[again["day_then"] > again["day"]].drop_duplicates("family")
            means.append((again["level_then"].mean(), need_today(model)[both["family"]].mean(), len(again)))
        (level, need, count), (level_sent, need_sent, count_sent) = means
        assert count > 20
        next_contact.append((level - level_sent, count, count_sent))
        later.append(need - need_sent)
    graver, remains = np.array([step for step, *_ in next_contact]), np.array(later)
    for name, steps in (("need at the next contact", graver), ("need on the last day", remains)):
        error = steps.std(ddof=1) / np.sqrt(len(steps))
        print(f"\n  {name}, held back less referred: {steps.mean():+.3f} (se {error:.2g})", end="")
        assert steps.mean() > 2.0 * error


# -- links --------------------------------------------------------------------------------------------------------


def test_a_link_that_is_lost_costs() -> None:
    """When the post goes, workers judge alone: more is held back, more referrals are wrong, trust and knowledge go."""
    kept = with_post(no_links(practice__threshold_gap=0.6, trouble__rate=0.9))
    found = changes(
        kept, kept.with_values(liaison={}), FEW,
        held_back=decided("held_back"),
        contacts=measure("sslp_contacts"),
        trust=measure("trust_sslp"),
        gap=measure("threshold_gap"),
        sent_on=measure("social_services_referrals_to_sslp"),
    )  # fmt: skip
    assert found["held_back"].up
    assert found["contacts"].down
    assert found["trust"].down
    assert found["gap"].up
    assert found["sent_on"].down


def test_merging_offices_cuts_links() -> None:
    """In East Borough one large office in place of two knows fewer of the programmes' workers (L12)."""
    east = load_scenario("east-borough").with_values(liaison={}, collaboration__informal_links=0.6)
    programmes = {name: p.model_dump() | {"localities": {"All": 1.0}} for name, p in east.programmes.items()}
    merged = east.with_values(localities={"All": {"share": 1, "posts": 14}}, programmes=programmes)
    found = changes(east, merged, FEW, consultations=measure("consultations"), held_back=decided("held_back"))
    assert found["consultations"].down
    near = [s.with_values(collaboration__nearness=0.0) for s in (east, merged)]
    same = changes(*near, FEW, consultations=measure("consultations"))["consultations"]
    assert abs(same.mean) < 0.5 * abs(found["consultations"].mean)


# -- what workers know and see ------------------------------------------------------------------------------------


def wrongly_referred(model: ReferralModel) -> float:
    """Share of the programmes' referrals that lay below the threshold."""
    rows = concerns(model)
    rows = rows[rows["outcome"] == "referred"]
    return float((rows["level"] < GRAVE).mean())


def test_training_makes_fewer_referrals_wrong() -> None:
    settings = {"practice__judgement_noise": 1.5, "practice__consult_band": 0.0, "practice__training_notices": 0.0}
    raw, trained = (even_views(practice__training=t, **settings) for t in (0.0, 1.0))
    found = changes(raw, trained, wrongly_referred=wrongly_referred, referred=decided("referred"))
    assert found["wrongly_referred"].down


def test_feedback_raises_trust_and_formal_referrals() -> None:
    never = {"collaboration__feedback": 0.0, "relationships__silence": 0.2, "time__years": 1}
    silent = no_links(**never)
    found = changes(
        silent, silent.with_values(collaboration__feedback=1.0),
        trust=measure("trust_sslp"), referred=decided("referred"), held_back=decided("held_back"),
    )  # fmt: skip
    assert found["trust"].up
    assert found["referred"].up


def test_forbidding_the_informal_word_has_both_its_effects() -> None:
    """Who would have had a quiet word first writes it down; who would have told and not written says nothing."""
    words = {"practice__informal_share": 0.6, "practice__informal_first": 0.6}
    allowed = no_links(**words)
    found = changes(
        allowed, no_links(**dict.fromkeys(words, 0.0)),
        formal=decided("referred"), held_back=decided("held_back"), informal=decided("told_informally"),
    )  # fmt: skip
    assert found["formal"].up
    assert found["held_back"].up
    assert found["informal"].mean == -found["informal"].before


def test_fewer_staff_notice_less() -> None:
    """What three workers have time to see, of the same families that ten saw, with packages for all."""
    ten, three = (
        busy(practice__hours_to_notice=0.5, practice__outreach=0.0,
             programmes={"Hill": FULL | {"workers": n, "packages_per_worker": 100}})
        for n in (10, 3)
    )  # fmt: skip
    found = changes(ten, three, FEW, concerns=measure("sslp_concerns"))
    assert found["concerns"].mean < -0.4 * found["concerns"].before


def turned(kind: ConcernKind) -> Value:
    """Share of the troubles of a kind, in families who use the programme, that help turned in the run."""

    def value(model: ReferralModel) -> float:
        troubles, user = model.state.troubles, model.state.cases.user
        mine = (troubles.kind == KINDS.index(kind)) & user[troubles.family] & (troubles.end > 0.0)
        return float(np.isfinite(troubles.turned[mine]).mean())

    return value


def test_kinds_of_help_matter() -> None:
    """A programme without parenting help turns less neglect; what it has for poverty is as good as before."""
    own = {"help__works": 1.0, "help__hardness": 0.0, "practice__threshold_gap": 2.0, "plans__offered": 0.0}
    with_it, without = (
        no_links(programmes={"Hill": FULL | {"services": services}}, **own)
        for services in (("parenting", "advice"), ("advice",))
    )
    found = changes(with_it, without, neglect=turned(ConcernKind.NEGLECT), poverty=turned(ConcernKind.POVERTY))
    assert found["neglect"].down
    assert abs(found["poverty"].mean) < 0.3 * abs(found["neglect"].mean)


# -- sources ------------------------------------------------------------------------------------------------------


def test_police_notification_moves_contacts_in_midtown() -> None:
    midtown = load_scenario("midtown")
    found = changes(
        midtown, midtown.with_values(noticing__police_notification=0.3), range(20, 22),
        contacts=measure("contacts"), police=measure("referral_source_true", "source:police"),
    )  # fmt: skip
    assert found["contacts"].mean < -0.1 * found["contacts"].before
    assert found["police"].down


def asian_referrals(*, by_themselves: bool) -> Value:
    """Referrals of Asian families in the reporting year, by themselves or by others."""

    def value(model: ReferralModel) -> float:
        rows = model.events()
        rows = rows[(rows["stage"] == "referral") & rows["reported"] & (rows["ethnic_group"] == EthnicGroup.ASIAN)]
        return float(((rows["source"] == Source.SELF_OR_CARER) == by_themselves).sum())

    return value


def test_the_two_levers_by_group_move_referrals_of_asian_families_in_opposite_directions() -> None:
    """In East Borough: the warier, the fewer come themselves; the readier others are, the more are brought (N6)."""
    east = load_scenario("east-borough")
    alike = {str(group): 1.0 for group in GROUPS}
    bold, wary = (east.with_values(families__wariness=alike | {"asian": w}) for w in (0.0, 3.3))
    slow, ready = (east.with_values(noticing__referred_by_others=alike | {"asian": r}) for r in (0.6, 1.2))
    found = changes(
        bold,
        wary,
        SEEDS,
        by_themselves=asian_referrals(by_themselves=True),
        by_others=asian_referrals(by_themselves=False),
    )
    assert found["by_themselves"].down
    found = changes(
        slow,
        ready,
        FEW,
        by_themselves=asian_referrals(by_themselves=True),
        by_others=asian_referrals(by_themselves=False),
    )
    assert found["by_others"].up


@pytest.mark.xfail(
    strict=True,
    reason="wariness from 0 to 3.3 takes own referrals of Asian families from 9 to 1.3 a year, and those by others "
    "from 617 to 670: few come themselves in East Borough, and who keeps away from programmes and plans is brought",
)
def test_all_in_all_the_warier_are_referred_less() -> None:
    """In East Borough, by themselves and by others together (N6, F7)."""
    east = load_scenario("east-borough")
    alike = {str(group): 1.0 for group in GROUPS}
    bold, wary = (east.with_values(families__wariness=alike | {"asian": w}) for w in (0.0, 3.3))
    own, others = asian_referrals(by_themselves=True), asian_referrals(by_themselves=False)
    assert changes(bold, wary, FEW, referrals=lambda model: own(model) + others(model))["referrals"].down


# -- the report's files -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def listings() -> Callable[[str], list[Listing]]:
    """Simulated lists of an authority's files, one a seed."""

    @cache
    def made(name: str) -> list[Listing]:
        return [list_files(ReferralModel(load_scenario(name), rng=seed).run()) for seed in SEEDS]

    return made


# Median of the simulated studies, the published number, and the studies' 5th and 95th percentile, at the centre of the
# draws. Under the draws City Borough's is inside and Midtown's, here inside, is not (results/calibration).
FOUND = {"city-borough": (16, 13, 14, 17)}
TOO_PRESENT = "programmes are in too many files: {} instead of {} (5-95% of the simulated studies: {} to {})"


@pytest.mark.parametrize(
    "name",
    [
        "midtown",
        "east-borough",
        "southshire",
        *(
            pytest.param(name, marks=pytest.mark.xfail(strict=True, reason=TOO_PRESENT.format(*figures)))
            for name, figures in FOUND.items()
        ),
    ],
)
def test_the_file_study_sees_a_programme_in_about_as_many_files_as_the_report(
    name: str, listings: Callable[[str], list[Listing]]
) -> None:
    """Table 6.6: the published number lies within what 90% of the simulated studies saw."""
    study = file_study(listings(name), design_of(name), Assumptions(), 600)
    rows = {cell.row: cell for cell in study.cells if cell.table == "6.6"}
    for row, cell in rows.items():
        print(
            f"\n  {name}, {row}: published {cell.published}, simulated {cell.median} ({cell.low} to {cell.high})",
            end="",
        )
    seen = rows["any"]
    assert seen.low <= seen.published <= seen.high


def day_care(scenario: Scenario, seeds: Sequence[int]) -> float:
    """Share of the studied under-fives' files that hold a request for day care."""
    shares = []
    for seed in seeds:
        rows = ReferralModel(scenario, rng=seed).run().events()
        mine = rows[(rows["stage"] == "referral") & rows["reported"] & rows["programme_area"].notna()]
        mine = mine[mine["child_age"] < 5.0]
        shares.append(float((mine["kind"] == ConcernKind.DAY_CARE).mean()))
    return float(np.mean(shares))


@pytest.mark.xfail(strict=True, reason="day care is in too few referrals: 0.10 (6 of 17 files: 0.14 to 0.62)")
def test_day_care_is_in_about_as_many_referrals_of_city_borough_as_in_its_files() -> None:
    """Some 6 of 17 files of under-fives in programme areas: between 0.14 and 0.62 (95% interval of such a share)."""
    share = day_care(load_scenario("city-borough"), FEW)
    print(f"\n  share of day care among referrals of under-fives in the areas: {share:.2f} (6 of 17: 0.35)", end="")
    assert 0.14 < share < 0.62


def test_day_care_moves_city_boroughs_referrals() -> None:
    city = load_scenario("city-borough")
    found = changes(
        city, city.with_values(front_door__day_care_gateway=False), FEW,
        referrals=measure("referrals"), need=measure("need_at_referral"),
    )  # fmt: skip
    assert found["referrals"].down
    assert found["need"].up
    none = changes(city, city.with_values(day_care__requests=0.0), FEW, referrals=measure("referrals"))["referrals"]
    assert none.down


# -- indicators ---------------------------------------------------------------------------------------------------

FLOWS = ("sslp_contacts", "social_services_referrals_to_sslp", "social_services_referrals_taken_up")
# A shared building helps only where there is trust.
PLACES = {"co_location": "city-borough"}


@pytest.mark.parametrize("name", [one.name for one in list_indicators()])
def test_every_indicator_moves_a_flow(name: str) -> None:
    """Between 0 and 4 what programmes bring, or what social services send on or see taken up, rises in East Borough.

    Of clear aims too little is left for that: by the reporting year programmes have learnt the threshold from answers
    all but a tenth of a tier. What rises is what they judge to be for social services, brought or not.
    """
    place = PLACES.get(name, "east-borough")
    low, high = (load_scenario(place, [f"indicators.{name}={score}"]) for score in (0, 4))
    flows = {flow: measure(flow) for flow in FLOWS}
    if name == "aims":
        flows = {"judged": lambda model: sum(measure(m)(model) for m in ("sslp_contacts", "sslp_held_back"))}
    found = changes(low, high, SEEDS if name == "aims" else FEW, **flows)
    assert any(change.up for change in found.values())
