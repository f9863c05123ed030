"""What the systems hold of a referral's source (MODEL O1)."""

import numpy as np
import pytest

from helpers import run, small
from referral_sim.recording import NOT_RECORDED, RECORDED_SOURCES, recorded_source
from referral_sim.records.casebook import SOURCE_CODE, SOURCES
from referral_sim.scenario.fields import Source

SSLP = SOURCE_CODE[Source.SSLP]
MISSING = RECORDED_SOURCES.index(NOT_RECORDED)
AS = {Source.OTHER: 0.5, Source.HEALTH_VISITOR: 0.3, Source.MIDWIFE: 0.2}
COUNT = 20_000
U = (np.arange(COUNT) + 0.5) / COUNT


def recorded(source, **values):
    scenario = small(**{f"recording__{key}": value for key, value in values.items()})
    return recorded_source(scenario, np.full(COUNT, source, dtype=np.int16), U)


def shares(codes):
    return {RECORDED_SOURCES[code]: (codes == code).mean() for code in np.unique(codes)}


def test_with_an_identifier_a_programme_stands_under_its_own_name():
    assert shares(recorded(SSLP, sslp_identifier=True, not_recorded=0.0)) == {"sslp": 1.0}


def test_without_one_it_hides_under_other_names_in_their_shares():
    found = shares(recorded(SSLP, sslp_recorded_as=AS, not_recorded=0.0))
    assert found == pytest.approx({"other": 0.5, "health_visitor": 0.3, "midwife": 0.2}, abs=2e-4)


@pytest.mark.parametrize("identifier", [False, True])
def test_some_sources_are_not_recorded(identifier):
    found = shares(recorded(SSLP, sslp_recorded_as=AS, not_recorded=0.4, sslp_identifier=identifier))
    assert found.pop(NOT_RECORDED) == pytest.approx(0.4, abs=2e-4)
    rest = {"sslp": 0.6} if identifier else {"other": 0.3, "health_visitor": 0.18, "midwife": 0.12}
    assert found == pytest.approx(rest, abs=2e-4)


@pytest.mark.parametrize("source", [s for s in SOURCES if s is not Source.SSLP], ids=str)
def test_other_sources_are_recorded_as_they_are_or_not_at_all(source):
    found = shares(recorded(SOURCE_CODE[source], not_recorded=0.25, sslp_recorded_as=AS))
    assert found == pytest.approx({str(source): 0.75, NOT_RECORDED: 0.25}, abs=2e-4)


@pytest.mark.parametrize("not_recorded", [0.0, 1.0])
def test_all_or_none_recorded(not_recorded):
    codes = recorded(SSLP, not_recorded=not_recorded)
    assert (codes == MISSING).all() if not_recorded else (codes < MISSING).all()


@pytest.mark.parametrize("identifier", [False, True])
def test_only_the_record_changes_not_what_happened(identifier):
    model = run(small(recording__sslp_identifier=identifier, recording__not_recorded=0.0))
    other = run(small(recording__sslp_identifier=not identifier, recording__not_recorded=0.3))
    events = model.events()
    assert events.drop(columns="recorded_source").equals(other.events().drop(columns="recorded_source"))
    referrals = events[events["stage"] == "referral"]
    by_programmes = referrals["source"] == "sslp"
    assert by_programmes.sum() >= 5
    assert (referrals.loc[by_programmes, "recorded_source"] == "sslp").all() == identifier
    assert (referrals["recorded_source"] == "sslp").any() == identifier
    rest = referrals[~by_programmes]
    assert (rest["recorded_source"].astype(str) == rest["source"].astype(str)).all()
    never = ~events["case"].isin(referrals["case"])
    assert events.loc[never, "recorded_source"].isna().all(), "only referrals are on record"


def test_recorded_shares_in_the_measures_are_those_of_the_rows():
    model = run(small(recording__not_recorded=0.2))
    measures = model.measures()
    events = model.events()
    rows = events[(events["stage"] == "referral") & events["reported"]]
    for measure, column in (("referral_source_recorded", "recorded_source"), ("referral_source_true", "source")):
        found = measures[measures["measure"] == measure].set_index("group")["value"]
        counts = rows.groupby(column, observed=False)["children"].sum() / rows["children"].sum()
        assert found.to_dict() == pytest.approx({f"source:{name}": share for name, share in counts.items()})
    assert RECORDED_SOURCES[:-1] == tuple(str(source) for source in SOURCES)
