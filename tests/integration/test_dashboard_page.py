"""The page without a browser: what its controls ask, and what it says of a study."""

import dataclasses

import pytest

pytest.importorskip("streamlit")

from streamlit.testing.v1 import AppTest

from dashboards import await_state
from referral_sim.dashboard import page, studies
from referral_sim.dashboard.answer import READING
from referral_sim.dashboard.request import MOST_ALTERNATIVES, Alternative, StudyRequest
from referral_sim.dashboard.studies import FINISHED
from referral_sim.dashboard.widgets import escaped

TWO = (Alternative(("link-worker-everywhere",)), Alternative((), {"front_door.threshold": 2.6}, "Lower threshold"))
NOT_RUN = "Changed on the left, not run yet"
THRESHOLD = "front_door.threshold"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    made = studies.create(tmp_path_factory.mktemp("home"), StudyRequest("england-average", TWO, 2, 3))
    studies.start(made)
    await_state(made, FINISHED)
    return made


@pytest.fixture
def visit(study, monkeypatch):
    """The page of the study, drawn once."""
    monkeypatch.setenv(studies.HOME, str(study.folder.parent))
    return opened(study)


def opened(study, tab="Answer"):
    made = AppTest.from_file(page.__file__, default_timeout=600)
    made.query_params["study"] = study.id
    made.session_state[f"tabs:{study.id}"] = tab
    return drawn(made.run())


def drawn(made):
    assert not made.exception, [one.message for one in made.exception]
    return made


def warnings(made):
    return [one.value for one in made.main.warning]


def test_the_answer_stands_first_with_its_reading_in_sight(visit, study):
    one, two, both = (table.value for table in visit.main.table[:3])
    assert list(one.columns) == ["What", "Changes by", "90% interval", "Verdict"]
    assert set(one["Verdict"]) | set(two["Verdict"]) <= {"matters", "too small to matter", "cannot tell"}
    assert two.loc[two["What"] == escaped("Referrals, children a year"), "Verdict"].tolist() == [
        "matters"
    ]  # a lower threshold
    assert len(both.columns) == 3
    assert escaped(READING) in visit.main.info[0].value
    assert "draws are on" in visit.main.info[0].value
    assert not warnings(visit)


def test_what_is_changed_on_the_left_is_marked_until_it_is_run(visit):
    visit.sidebar.text_input(key="seed").set_value("4").run()
    assert warnings(visit)[0].startswith(NOT_RUN)
    visit.sidebar.text_input(key="seed").set_value("3").run()
    assert not warnings(visit)
    visit.sidebar.multiselect(key="levers-1").set_value([THRESHOLD]).run()  # left where it is: no change
    assert not warnings(visit)
    visit.sidebar.slider(key=f"at-1:{THRESHOLD}").set_value(3.4).run()
    assert warnings(drawn(visit))[0].startswith(NOT_RUN)


def test_up_to_six_alternatives_are_asked(visit, study, monkeypatch):
    made = []
    monkeypatch.setattr(studies, "start", made.append)
    monkeypatch.setattr("referral_sim.dashboard.controls.start", made.append)
    for _ in range(MOST_ALTERNATIVES - 2):
        visit.sidebar.button(key="more").click().run()
    assert visit.sidebar.button(key="more").disabled
    visit.sidebar.button(key="run").click().run()
    assert [one.value for one in visit.sidebar.error] == [
        escaped(f"alternative {n}: choose a policy or move a lever: nothing would change") for n in (3, 4, 5, 6)
    ]
    for _ in range(3):
        visit.sidebar.button(key="less").click().run()
    visit.sidebar.multiselect(key="policies-3").set_value(["no-liaison"]).run()
    visit.sidebar.toggle(key="draws").set_value(False).run()
    visit.sidebar.button(key="run").click().run()
    (asked,) = made
    wanted = StudyRequest("england-average", (*TWO, Alternative(("no-liaison",))), 2, 3, draws=False)
    assert asked.request == wanted
    studies.delete(asked)


def test_a_range_of_a_lever_makes_alternatives(visit):
    visit.sidebar.selectbox(key="range_lever").set_value(THRESHOLD).run()
    visit.sidebar.slider(key=f"range_ends:{THRESHOLD}").set_range(2.0, 4.0).run()
    visit.sidebar.button(key="range_set").click().run()
    values = [visit.sidebar.slider(key=f"at-{n}:{THRESHOLD}").value for n in range(1, 6)]
    assert values == [2.0, 2.5, 3.0, 3.5, 4.0]
    assert visit.sidebar.multiselect(key="policies-2").value == ["link-worker-everywhere"]
    assert not drawn(visit).sidebar.error


def test_partial_results_say_so_above_every_tab(study, visit):
    more = dataclasses.replace(study, request=dataclasses.replace(study.request, replicates=9))
    record = study.folder / "study.json"
    whole = record.read_text()
    record.write_text(whole.replace('"replicates": 2', '"replicates": 9'))
    try:
        shown = opened(more)
    finally:
        record.write_text(whole)
    assert any(line.startswith("PARTIAL: 2 of 9 simulated years are finished") for line in warnings(shown))


@pytest.mark.parametrize(
    ("tab", "said"),
    [
        ("For whom", "One family under both"),
        ("Who refers", "Shares of referrals"),
        ("Path of cases", "Between programmes and social services"),
        ("Workload", "Beside what was published"),
        ("Decide", "Who would notice?"),
        ("Compare studies", None),
        ("Take away", "The same figures without this page"),
    ],
)
def test_every_tab_is_drawn(study, visit, tab, said):
    shown = opened(study, tab)
    assert said is None or any(said in text.value for text in shown.main.markdown)
    assert len(shown.main.table) or tab == "Take away"


def test_what_few_years_cannot_decide_is_said_in_a_line_and_the_rest_is_answered(study, visit):
    shown = opened(study, "Decide")
    said = [one.value for one in shown.main.info]
    assert said == [
        escaped(
            "Cannot be said here: too few draws of the parameters (1); 30 or more are needed, which 60 simulated "
            "years (replicates) have."
        ),
        escaped("Cannot be said here: 2 draws are too few; 40 or more are needed."),
    ]
    commands = [one.value.split()[:2] for one in shown.main.code]
    assert commands == [["referral-sim", name] for name in ("explore", "power", "voi", "costs")]
    assert all(one.value.endswith(str(study.store)) for one in shown.main.code)
    titles = {cell for table in shown.main.table for cell in table.value.iloc[:, 0]}
    assert escaped("Lower threshold") in titles
    assert any("All agencies" in set(table.value.iloc[:, 0]) for table in shown.main.table)
    assert len(shown.main.get("image")) == 2


def test_all_figures_are_searched(study, visit):
    shown = opened(study, "All figures")
    assert len(shown.main.dataframe[0].value) > 500
    shown.main.text_input(key=f"search:{study.id}").set_value("referrals north").run()
    assert 0 < len(drawn(shown).main.dataframe[0].value) < 40


def test_a_study_is_named_and_noted(study, visit):
    visit.main.text_input(key=f"name:{study.id}").set_value("*For* the board").run()
    visit.main.text_area(key=f"note:{study.id}").set_value("Ask Ann").run()
    visit.main.button(key="keep").click().run()
    assert f"##### {escaped('*For* the board')}" in [one.value for one in visit.main.markdown]
    assert "Ask Ann" in [one.value for one in visit.main.markdown]
    studies.describe(study, "", "")
