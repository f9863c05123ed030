"""How a command ends that cannot go on: one line a fault on stderr, and a status."""

import ast
from pathlib import Path

import pytest
import typer

import referral_sim
from referral_sim.cli.app import FAILED, INTERRUPTED, KNOWN_ERRORS, REFUSED, fail, reporting_errors, resumable
from referral_sim.experiment.draws import DrawsError
from referral_sim.experiment.stores import StoreError


def ended(error):
    with pytest.raises(typer.Exit) as end, reporting_errors():
        raise error
    return end.value.exit_code


def test_every_known_error_is_one_class_of_the_package():
    classes = [
        node.name
        for path in Path(referral_sim.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    assert {name: classes.count(name) for name in KNOWN_ERRORS} == dict.fromkeys(KNOWN_ERRORS, 1)


def test_a_known_error_is_its_lines_and_its_status(capsys):
    assert ended(DrawsError("one\ntwo")) == REFUSED
    assert ended(StoreError("full")) == FAILED
    assert capsys.readouterr() == ("", "--draws: one\n--draws: two\n--out: full\n")


def test_a_fault_of_the_program_is_not_hidden():
    with pytest.raises(ZeroDivisionError), reporting_errors():
        raise ZeroDivisionError

    class ScenarioError(Exception):
        """Somebody else's class of the same name."""

    with pytest.raises(ScenarioError), reporting_errors():
        raise ScenarioError


def test_an_interruption_says_how_to_go_on_where_that_is_possible(capsys):
    assert ended(KeyboardInterrupt()) == INTERRUPTED
    with pytest.raises(typer.Exit) as end, reporting_errors(), resumable():
        raise KeyboardInterrupt
    assert end.value.exit_code == INTERRUPTED
    assert capsys.readouterr().err == "interrupted\ninterrupted; the same command goes on\n"


def test_control_characters_are_written_as_escapes(capsys):
    with pytest.raises(typer.Exit):
        fail(["a\x1b[31mb\nc"])
    assert capsys.readouterr().err == "a\\x1b[31mb\\nc\n"
