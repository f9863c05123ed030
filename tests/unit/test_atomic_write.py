"""What is written whole: there or not there, and never in the place of something that is no file."""

import os

import pytest

from referral_sim.experiment.atomic_write import write_whole


def test_a_file_replaces_a_file_when_it_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    for text in ("one", "two"):
        with write_whole(path) as part:
            part.write_text(text)
            assert not path.exists() or path.read_text() == "one"
        assert path.read_text() == text
    with pytest.raises(ZeroDivisionError), write_whole(path) as part:
        part.write_text(str(1 / 0 if part.write_text("half") else 0))
    assert path.read_text() == "two"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_replaces_an_empty_one_or_nothing(tmp_path):
    for name in ("new", "empty", "full"):
        if name != "new":
            (tmp_path / name).mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for name in ("new", "empty"):
        with write_whole(tmp_path / name) as part:
            part.mkdir()
            (part / "a.txt").write_text("a")
        assert [p.name for p in (tmp_path / name).iterdir()] == ["a.txt"]
    with pytest.raises(OSError, match="not empty"), write_whole(tmp_path / "full") as part:
        part.mkdir()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "full", "new"]
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["mine.txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a named pipe")
def test_only_a_regular_file_is_replaced_and_a_link_is_followed(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(OSError, match="not a regular file"), write_whole(tmp_path / name) as part:
            part.write_text("a")
    assert (tmp_path / "pipe").is_fifo()
    (tmp_path / "real.txt").write_text("before")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    with write_whole(tmp_path / "link.txt") as part:
        part.write_text("after")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "after"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "link.txt", "pipe", "real.txt"]
