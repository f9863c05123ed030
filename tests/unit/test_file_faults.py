"""Any file that is read by a pydantic model: its faults name file, line, column, key, what is allowed, what is near."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, Field, model_validator

from referral_sim.scenario import ScenarioError
from referral_sim.scenario.errors import did_you_mean
from referral_sim.scenario.faults import FileModel, read_file
from referral_sim.scenario.fields import CheckError, Problem


def colour(word: str) -> str:
    if word not in ("red", "green"):
        raise ValueError(f"there is no colour {word!r}{did_you_mean(word, ('red', 'green'))}")
    return word


class Between(FileModel):
    kind: Literal["between"]
    low: float
    high: float

    @model_validator(mode="after")
    def _in_order(self) -> "Between":
        if self.low >= self.high:
            raise CheckError([Problem(("high",), f"must be above low, {self.low:g}", (("low",),))])
        return self


class Words(FileModel):
    kind: Literal["words"]
    words: list[str]


class Garden(FileModel):
    title: str = Field(description="a few words")
    beds: dict[str, Annotated[Between | Words, Field(discriminator="kind")]] = Field(default_factory=dict)
    colours: list[Annotated[str, AfterValidator(colour)]] = Field(default_factory=list)
    plants: int = Field(1, ge=1, le=5000)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plants: 3", "1:1: title: is missing; give a few words"),
        ("title: a\nplnts: 3", "2:1: plnts: unknown key of a garden (did you mean 'plants'?)"),
        ("title: a\nplants: 0", "2:9: plants: must be a whole number between 1 and 5,000, not 0"),
        ("title: a\nplants: many", "2:9: plants: must be a whole number between 1 and 5,000, not text 'many'"),
        ("title: 3", "1:8: title: must be text, not 3; write it in quotes"),
        ("title: a\ncolours: [red, gren]", "2:16: colours: there is no colour 'gren' (did you mean 'green'?)"),
        ("title: a\ncolours: red", "2:10: colours: must be a list, not text 'red'; write [red]"),
        ("title: a\nbeds: {a.b: {kind: between, low: 2, hihg: 3, high: 4}}",
         "2:37: beds.a.b.hihg: unknown key (did you mean 'high'?)"),
        ("title: a\nbeds: {a.b: {kind: between, low: 2}}", "2:8: beds.a.b.high: is missing"),
        ("title: a\nbeds: {a.b: {kind: between, high: 1, low: 2}}", "2:38: beds.a.b.high: must be above low, 2"),
        ("title: a\nbeds: {a.b: {kind: between, low: 2, high: 1}}", "2:43: beds.a.b.high: must be above low, 2"),
        ("title: a\nbeds: {b: {kind: word}}",
         "2:18: beds.b.kind: must be between or words, not text 'word' (did you mean 'words'?)"),
        ("title: a\nbeds: {b: {words: [x]}}", "2:8: beds.b.kind: is missing"),
        ("title: !x a", "1:8: title: the tag !x is not allowed; write a plain value"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line_with_its_place(tmp_path: Path, text: str, line: str) -> None:
    path = tmp_path / "garden.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_file(path, Garden, "garden")
    assert str(caught.value) == f"{path}:{line}"


def test_a_good_file_gives_the_model_and_the_places(tmp_path: Path) -> None:
    path = tmp_path / "garden.yaml"
    path.write_text("title: a\nbeds:\n  b: {kind: words, words: [x, y]}\n", "utf-8")
    garden, document = read_file(Path("garden.yaml"), Garden, "garden", tmp_path)
    assert isinstance(garden.beds["b"], Words)
    assert str(document.fault(("beds", "b", "words", 1), "is too long")) == f"{path}:3:31: beds.b.words: is too long"
    assert str(document.fault(("beds", "b"), "is unknown", of_key=True)) == f"{path}:3:3: beds.b: is unknown"


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"^nowhere\.yaml:1:1: there is no file 'nowhere\.yaml'$"):
        read_file("nowhere.yaml", Garden, "garden", tmp_path)
