"""What theory says of a flow of cases, worked out here: products of chances, Little's law, M/D/1, Poisson repeats."""

import numpy as np
import pandas as pd
import pytest

from helpers import run, small
from referral_sim.model import ReferralModel
from referral_sim.records.work_queue import WorkQueue

CERTAIN = 4.5  # standard errors


def share_is(rows, expected):
    """A share of many independent rows is what it should be, within what chance allows."""
    assert len(rows) > 100
    assert rows.mean() == pytest.approx(expected, abs=CERTAIN * np.sqrt(expected * (1 - expected) / len(rows)))


# -- the funnel -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def year():
    """Grave concerns in an authority that has all hours, where nobody moves; and who is on the register each day."""
    values = {
        "workforce__unlimited": True, "population__mobility": 0.0, "trouble__rate": 1.0, "need__median_excess": 1.2,
        "front_door__threshold": 2.5, "protection__threshold": 2.5, "protection__routing": 0.7,
        "protection__enquiry_share": 0.8, "protection__substantiated": 0.6,
        "collaboration__knows_programmes": 1.0, "front_door__trust_in_programmes": 1.0,
        "practice__take_up": 0.35, "plans__offered": 0.6,
        "time__years": 1,
    }  # fmt: skip
    programmes = {"Hill": {"children_under_five": 220, "localities": {"North": 1.0}, "workers": 9, "reach": 0.1}}
    model, registered = ReferralModel(small(programmes=programmes, **values), rng=4), []
    while model.running:
        model.step()
        registered.append(int((model.state.cases.register_case >= 0).sum()))
    return model.events(), np.array(registered)


@pytest.fixture(scope="module")
def funnel(year):
    return year[0]


def cases_of(events, stage, *outcomes):
    rows = events[events["stage"] == stage]
    return set(rows.loc[rows["outcome"].isin(outcomes) if outcomes else slice(None), "case"])


def test_the_way_to_the_register_is_the_product_of_its_steps(funnel):
    """Of strategy discussions early enough to have come to their end, 0.8 x 0.6 come to a conference."""
    discussed = funnel[(funnel["stage"] == "strategy_discussion") & (funnel["day"] < funnel["day"].max() - 60)]
    share_is(discussed["case"].isin(cases_of(funnel, "section_47_enquiry")), 0.8)
    share_is(discussed["case"].isin(cases_of(funnel, "conference")), 0.8 * 0.6)
    assert cases_of(funnel, "registration") == cases_of(funnel, "conference", "registered")


def test_families_sent_on_take_the_offer_up_as_often_as_they_should(funnel):
    sent = funnel[funnel["stage"] == "referral_to_programme"].drop_duplicates("case")
    sent = sent[sent["outcome"] != "outside_age"]
    share_is(sent["outcome"] == "accepted", 0.35)


def test_plans_are_offered_as_often_as_they_should(funnel):
    """To families without a plan that an initial assessment finds in need."""
    found = funnel[(funnel["stage"] == "initial_assessment") & (funnel["outcome"] == "child_in_need")]
    had = funnel.loc[funnel["stage"] == "plan_end", "family"]
    first = found[~found["family"].duplicated() & ~found["family"].isin(had)]
    share_is(first["case"].isin(cases_of(funnel, "plan_start")), 0.6)


# -- Little's law -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def queue():
    """A busy half year in which nobody moves; how many wait to be screened after each day."""
    values = {"population__mobility": 0.0, "trouble__rate": 1.0, "front_door__contact_hours": 1.5}
    places = {"North": {"share": 2.0, "posts": 4}, "South": {"share": 1.0, "posts": 2}}
    model, waiting = ReferralModel(small(localities=places, **values), rng=6), []
    while model.running:
        model.step()
        waiting.append(sum(len(team.queue.lanes["screening"].waiting()) for team in model.teams))
    return model.events(), np.array(waiting)


def days_inside(events, begins, ends, last):
    """Days that each case spends between two stages, to the end of the run where it does not leave."""
    first = events[events["stage"] == begins].set_index("case")["day"]
    out = events[events["stage"] == ends].set_index("case")["day"]
    return out.reindex(first.index).fillna(last + 1) - first


def test_the_queue_is_arrivals_times_waits(queue):
    events, waiting = queue
    waits = days_inside(events, "contact", "contact_decision", len(waiting) - 1)
    assert waiting.sum() == waits.sum() > 500
    assert waiting.mean() == pytest.approx(len(waits) / len(waiting) * waits.mean())


def test_the_register_is_registrations_times_stays(year):
    events, registered = year
    stays = days_inside(events, "registration", "deregistration", len(registered) - 1)
    assert registered.sum() == stays.sum() > 500


def test_waits_of_one_who_works_a_piece_a_day_are_those_of_m_d_1():
    """Poisson arrivals, one piece a day, first come first served: the mean wait is that of Pollaczek and Khinchine,
    and the whole law of waits is that of the recursion N' = max(N + A - 1, 0), worked out from the Poisson law."""
    load, days = 0.8, 60_000
    rng, queue, came, waits, case = np.random.default_rng(2), WorkQueue(), {}, [], 0
    for day, pieces in enumerate(rng.poisson(load, days).tolist()):
        for _ in range(pieces):
            queue.lanes["initial"].add([case], 1.0)
            came[case] = day
            case += 1
        waits += [day - came[done] for done in queue.work(1.0).get("initial", [])]
    found = np.array(waits)
    assert found.mean() == pytest.approx(load / (2 * (1 - load)), rel=0.08)
    most = 60
    poisson = np.exp(-load) * np.cumprod([1.0, *(load / n for n in range(1, most))])
    left = np.zeros(most)
    left[0] = 1.0
    for _ in range(400):
        both = np.convolve(left, poisson)[:most]
        left = np.r_[both[0] + both[1], both[2:], 0.0]
    before = poisson[::-1].cumsum()[::-1][1:] / load  # pieces of the same day before one's own
    law = np.convolve(left, before)[:12]
    np.testing.assert_allclose(np.bincount(found, minlength=12)[:12] / len(found), law, atol=0.012)


# -- repeats ----------------------------------------------------------------------------------------------------------


def test_repeats_are_one_minus_the_exponential_of_the_signs_to_come():
    """Where every sign shows and nearly all are noticed (0.98), a family has another contact within 91 days with the
    probability 1 - exp(-0.98 x rate x T): T is the time for which its troubles show in these days, together."""
    rate, seen = 3.0, 0.98
    values = {
        "signs__rate": rate, "signs__slope": 0.0, "day_care__requests": 0.0, "help__works": 0.0,
        "noticing__visibility": 1.0, "noticing__level_slope": {}, "noticing__repeat_visibility": 10.0,
        "population__mobility": 0.0, "population__share_under_five": 5 / 18, "workforce__unlimited": True,
        "population__children": 4000, "time__warm_up_months": 0, "time__years": 1,
    }  # fmt: skip
    model = run(small(programmes={}, **values), 8)
    contacts = model.events().query("stage == 'contact'")
    signs = model.signs
    met = signs.family[np.isfinite(model.state.cases.level)]
    assert len(contacts) == pytest.approx(seen * len(met), abs=CERTAIN * np.sqrt(0.02 * len(met)))
    offset = (contacts["date"] - pd.Timestamp(model.calendar.start)).dt.days
    gap = offset.groupby(contacts["family"]).diff(-1).abs()
    # Tuesday to Friday: what shows at weekends is met on Mondays. The window holds the rest of the first day too.
    mine = contacts["date"].dt.day_of_week.between(1, 4) & (offset < 365 - 95)
    family, when = contacts.loc[mine, "family"].to_numpy(), offset[mine].to_numpy() + 0.5
    troubles = model.state.troubles
    grown_up = model.families.births[troubles.family, troubles.child] + 18 * 365.25
    fades = np.minimum(troubles.end + model.scenario.trouble.recovery_half_life, grown_up)
    first, last = (np.searchsorted(troubles.family, family, side) for side in ("left", "right"))
    shows = np.zeros(len(family))
    for at, (a, b, day) in enumerate(zip(first, last, when, strict=True)):
        inside = np.minimum(fades[a:b], day + 91.0) - np.maximum(troubles.onset[a:b], day)
        shows[at] = np.maximum(inside, 0.0).sum()
    expected = 1 - np.exp(-seen * rate * shows / 365.25)
    again = (gap[mine] <= 91).to_numpy()
    assert len(again) > 1500
    for part in (shows >= 0.0, shows < 60.0, (shows >= 60.0) & (shows < 120.0), shows >= 120.0):
        error = np.sqrt((expected[part] * (1 - expected[part])).sum()) / part.sum()
        assert again[part].mean() == pytest.approx(expected[part].mean(), abs=CERTAIN * error)
        assert error < 0.03
