"""Files are there whole or not at all."""

from pathlib import Path

import pytest

from hocket.reports.files import write_whole


def test_a_file_replaces_an_older_one(tmp_path: Path) -> None:
    """It has no neighbour afterwards."""
    path = tmp_path / "results.jsonl"
    path.write_text("old", encoding="utf-8")
    write_whole(path, "new\n")
    assert path.read_bytes() == b"new\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("before", ["old", None])
def test_a_write_that_fails_midway_leaves_all_as_it_was(tmp_path: Path, before: str | None) -> None:
    """Neither half a file nor a draft is left behind; UTF-8 cannot write half of a pair."""
    path = tmp_path / "results.jsonl"
    if before is not None:
        path.write_text(before, encoding="utf-8")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "x" * 100_000 + "\ud800")
    left = [each.read_text(encoding="utf-8") for each in tmp_path.iterdir()]
    assert left == ([] if before is None else [before])


def test_a_link_is_written_through(tmp_path: Path) -> None:
    """The file behind a link is replaced, and the link stays one."""
    real, link = tmp_path / "run-1.jsonl", tmp_path / "latest"
    real.write_text("", encoding="utf-8")
    link.symlink_to(real)
    write_whole(link, "new")
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "new"


def test_an_unwritable_path_raises_os_error(tmp_path: Path) -> None:
    """The caller can say which file it was and why."""
    with pytest.raises(OSError, match="nowhere"):
        write_whole(tmp_path / "nowhere" / "results.jsonl", "")
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, "")


def test_a_reader_of_the_old_file_keeps_it(tmp_path: Path) -> None:
    """The new file is another one in the old one's place, so nobody reads half of one."""
    path = tmp_path / "results.jsonl"
    path.write_text("old", encoding="utf-8")
    with path.open(encoding="utf-8") as reader:
        write_whole(path, "new")
        assert reader.read() == "old"
