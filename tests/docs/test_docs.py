"""What the documents show is what happens."""

import shutil
from pathlib import Path

import pytest
from tests.docs.documents import (
    Block,
    BrokenPromise,
    begins_as,
    blocks,
    commands,
    run_console,
    run_python,
)

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENTS = (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md")))


def _name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("path", DOCUMENTS, ids=_name)
def test_a_document_keeps_its_promises(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Python runs, and its commands print what is shown, beside the examples."""
    if (examples := REPOSITORY / "examples").is_dir():
        shutil.copytree(examples, tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    run_python(f"document_{path.stem.replace('-', '_')}", path)
    run_console(path, tmp_path)


def _document(folder: Path, text: str) -> Path:
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_blocks_know_their_line_and_their_file() -> None:
    """A block within a list is read without its indentation, and a longer fence holds a shorter."""
    text = "a\n\n- b\n\n  ```python file=a/b.py\n  x = 1\n  ```\n\n````text\n```\n````\n"
    assert list(blocks(text)) == [
        Block("python", "x = 1\n", 6, "a/b.py"),
        Block("text", "```\n", 10),
    ]


def test_a_block_that_is_never_closed_is_told() -> None:
    """It would otherwise swallow the rest of the document, and its tests with it."""
    with pytest.raises(BrokenPromise, match="line 2"):
        list(blocks("a\n```python\nx = 1\n"))


def test_python_that_fails_is_caught(tmp_path: Path) -> None:
    """With the document's own line in the traceback, and the blocks before it in force."""
    path = _document(tmp_path, "```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n")
    with pytest.raises(AssertionError) as caught:
        run_python("page", path)
    assert caught.traceback[-1].lineno == 5
    assert str(caught.traceback[-1].path) == str(path)


@pytest.mark.parametrize("head", ["def", "async def"])
def test_a_test_that_fails_is_caught(tmp_path: Path, head: str) -> None:
    """A document that shows a test shows one that passes; one with fixtures is pytest's."""
    fine = "```python\ndef test_fixture(fixture):\n    raise KeyError\n```\n"
    run_python("page", _document(tmp_path, fine))
    path = _document(tmp_path, f"```python\n{head} test_it():\n    assert 1 == 2\n```\n")
    with pytest.raises(AssertionError):
        run_python("page", path)


def test_a_session_is_split_into_commands() -> None:
    """Each command has the lines until the next, and a comment after it is no argument."""
    block = Block("console", "$ hocket run 'a b' # so\none\n\n$ hocket check\n", 7)
    assert [(c.words, c.expected, c.line) for c in commands(block)] == [
        (("hocket", "run", "a b"), "one", 7),
        (("hocket", "check"), "", 10),
    ]


def test_a_session_that_prints_something_else_is_caught(tmp_path: Path) -> None:
    """Files of the document are there for its commands, and exit codes can be shown."""
    program = "```python file=p.py\nprint('one')\nprint('two')\nraise SystemExit(3)\n```\n"
    session = "```console\n$ python p.py\n{}\n$ echo $?\n{}\n```\n"
    right = _document(tmp_path, program + session.format("o...\ntwo", 3))
    assert run_console(right, tmp_path) == 2
    for shown in (("two", 3), ("one", 0)):
        wrong = _document(tmp_path, program + session.format(*shown))
        with pytest.raises(BrokenPromise, match=r"page\.md:\d+"):
            run_console(wrong, tmp_path)


def test_a_command_that_no_test_can_run_is_refused(tmp_path: Path) -> None:
    """It belongs into a block of another language, where nobody believes it to be tested."""
    with pytest.raises(BrokenPromise, match="curl"):
        run_console(_document(tmp_path, "```console\n$ curl x\n```\n"), tmp_path)


@pytest.mark.parametrize(
    ("output", "expected", "holds"),
    [
        ("one\ntwo\n", "one", True),
        ("one\ntwo\n", "one\ntwo", True),
        ("one  \n", "one", True),
        ("anything\n", "", True),
        ("1\n2\n3\n4\n", "1\n...\n4", True),
        ("ran 17 in 0.3 s\n", "ran 17 in ... s", True),
        ("one\ntwo\n", "two", False),
        ("ones\n", "one", False),
        ("a.b\n", "a+b", False),
        ("", "one", False),
    ],
)
def test_output_is_compared_by_its_beginning(output: str, expected: str, *, holds: bool) -> None:
    """Whole lines, from the first on; three dots leave out a part of one or many lines."""
    assert begins_as(output, expected) is holds
