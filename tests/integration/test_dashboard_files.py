"""Files that come to the dashboard from outside: uploaded scenarios and policies, and whole studies."""

import dataclasses
import io
import json
import zipfile

import pytest

from referral_sim.dashboard import archive, studies, uploads
from referral_sim.dashboard.request import Alternative, RequestError, StudyRequest, check_request, scenario_of

POLICY = "title: A lower threshold\nchange: {front_door.threshold: -0.5}\n"
SCENARIO = "extends: midtown\nname: mine\ntitle: My borough\npolicies: [no-liaison]\n"
FILES = {"lower.yaml": POLICY, "mine.yaml": SCENARIO}
ASKED = StudyRequest("mine.yaml", (Alternative(("lower.yaml",), {"practice.trust": 0.9}),), 2, files=FILES)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd.yaml"),
        ("C:\\Users\\me\\my policy.YML", "my-policy.yaml"),
        ("..", "file.yaml"),
        ("<script>.yaml", "script.yaml"),
        ("plan.yaml", "my-plan.yaml"),
        ("midtown.yaml", "my-midtown.yaml"),
    ],
)
def test_the_name_of_an_uploaded_file_is_harmless(given, name):
    assert uploads.harmless_name(given) == name


def test_uploaded_files_are_told_apart_checked_and_used(tmp_path):
    assert [uploads.is_policy(text) for text in FILES.values()] == [True, False]
    assert uploads.title_of("mine.yaml", FILES) == "My borough"
    more = {
        **FILES,
        "other.yaml": POLICY,
        "mine.yaml": SCENARIO.replace("midtown", "third.yaml"),
        "third.yaml": "name: x",
    }
    assert set(uploads.needed(["mine.yaml", "midtown"], more)) == {"mine.yaml", "third.yaml"}
    check_request(ASKED)
    base, other = scenario_of(ASKED), scenario_of(ASKED, 0)
    assert (base.name, other.name) == ("mine", "mine+alternative-1")
    assert base.front_door.threshold - other.front_door.threshold == pytest.approx(0.5)
    study = studies.create(tmp_path, ASKED)
    assert studies.find(tmp_path, study.id).request == ASKED


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: x\nchange: {front_door.treshold: 1}\n", "mine.yaml:2:10: change.front_door.treshold: unknown key"),
        ("extends: midtown\nfront_door: {treshold: 3}\n", "mine.yaml:2:14: front_door.treshold: unknown key"),
        ("extends: /etc/passwd\n", "mine.yaml: '/etc/passwd' is neither of the package nor an uploaded file"),
        ("extends: midtown\npolicies: [../../x.yaml]\n", "mine.yaml: '../../x.yaml' is neither"),
        ("", "mine.yaml:1:1: this file is empty"),
        ("extends: midtown\nagents: {}\nname: [", "mine.yaml:"),
    ],
)
def test_faults_of_an_uploaded_file_are_those_of_the_command_line(text, message):
    found = uploads.faults("mine.yaml", text, {})
    assert any(line.startswith(message) for line in found), found
    assert not any("/tmp" in line for line in found)


def test_a_policy_that_is_there_already_is_said_without_the_folder_of_the_check():
    with pytest.raises(RequestError, match=r"^lower\.yaml is here already \(mine\.yaml:4\); a policy is applied once"):
        check_request(
            dataclasses.replace(ASKED, files={**FILES, "mine.yaml": SCENARIO.replace("no-liaison", "lower.yaml")})
        )


def test_an_uploaded_file_has_a_largest_size_and_is_text():
    assert uploads.decoded(b"x" * (uploads.LARGEST + 1))[1] == [
        "the file has 200,001 bytes; at most 200,000 are allowed"
    ]
    assert uploads.decoded(b"\xff\xfe\x00")[1] == ["the file is no text in UTF-8"]


def test_a_study_is_exported_and_imported_as_one_file(tmp_path):
    study = studies.describe(studies.create(tmp_path / "one", ASKED), "A name", "A note")
    for name in ("store/manifest.json", "store/runs/000.parquet", "details/events.parquet", "log.txt", "lock"):
        path = study.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    data = archive.export_study(study)
    back = archive.import_study(tmp_path / "two", data)
    assert (back.request, back.name, back.note) == (ASKED, "A name", "A note")
    assert (back.folder / "store/runs/000.parquet").read_bytes() == b"store/runs/000.parquet"
    assert (back.folder / "mine.yaml").read_text() == SCENARIO
    assert not (back.folder / "log.txt").exists()
    again = archive.import_study(tmp_path / "one", data)  # beside the study that it is a copy of
    assert again.id != study.id


def zipped(entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return buffer.getvalue()


def record(**changes):
    said = {"format": studies.FORMAT, "name": "", "note": "", "asked": dataclasses.asdict(ASKED)}
    said["asked"] |= changes
    return json.dumps(said)


def test_strange_names_in_an_imported_file_lead_nowhere(tmp_path):
    names = (
        "../../evil",
        "/evil",
        "store/../../evil",
        "store/runs/1.parquet/..",
        "evil.yaml",
        "store\\runs\\1.parquet",
    )
    home = tmp_path / "deep" / "home"
    study = archive.import_study(home, zipped({"study.json": record(), **dict.fromkeys(names, "x")}))
    made = {path.name for path in study.folder.iterdir()}
    assert made == {"study.json", "about.json", "baseline.yaml", "alternative-1.yaml", "plan.yaml", *FILES}
    assert [path.name for path in tmp_path.rglob("*") if "evil" in path.name] == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"no zip file", "the file is no study that the dashboard exported"),
        (zipped({"other.json": "{}"}), "the file holds no request"),
        (zipped({"study.json": "[]"}), "the file holds no request"),
        (zipped({"study.json": record(replicates=10**9)}), "the number of runs must be"),
        (zipped({"study.json": record(files={"../x.yaml": POLICY})}), "no name of an uploaded file"),
        (zipped({"study.json": record(), **{f"{n}": "" for n in range(6000)}}), "more than a study does"),
    ],
    ids=["no zip", "no study", "no request", "too many", "a path", "a bomb of names"],
)
def test_what_is_no_study_is_refused_and_leaves_nothing(tmp_path, data, message):
    with pytest.raises(RequestError, match=message):
        archive.import_study(tmp_path, data)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "_MOST_BYTES", 100_000)
    bomb = zipped({"study.json": record(), "store/runs/0.parquet": bytes(1_000_000)})
    assert len(bomb) < 10_000
    with pytest.raises(RequestError, match="more than a study does"):
        archive.import_study(tmp_path, bomb)
    assert list(tmp_path.iterdir()) == []
