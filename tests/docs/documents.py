"""What a document promises: its blocks of Python, its console sessions, and how to run them.

Two kinds of fenced block are run.  ``python``: all of a document in order, in one module; then its
functions named ``test_...`` that take nothing are called, on Trio if they are async.  ``console``:
each line that begins with ``$`` is a command, and the lines under it are how its output begins,
where ``...`` stands for anything; ``$ echo $?`` shows the exit code of the one before.

A block of any language may say ``file=NAME`` after it: then NAME, with these contents, is in the
folder where the document's commands run.  Other blocks are there to be read.
"""

import inspect
import os
import re
import shlex
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import trio
from attrs import frozen

SECONDS_MAX = 120

_FENCE = re.compile(r"(?P<indent> *)(?P<ticks>`{3,})(?P<language>\w*)(?P<more>[^`]*)")
_COMMANDS = ("hocket", "pytest", "python")


@frozen
class Block:
    """One fenced block: ``line`` is the number of its first line of contents, from 1."""

    language: str
    text: str
    line: int
    file: str = ""


@frozen
class Command:
    """One command of a console block, and the output that the document shows."""

    words: tuple[str, ...]
    expected: str
    line: int


class BrokenPromise(AssertionError):
    """A document shows what does not happen."""


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a Markdown text, in order; raises for one that is never closed."""
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        fence = _FENCE.fullmatch(line)
        if fence is None:
            continue
        inside: list[str] = []
        for _, content in lines:
            if content.strip() == fence["ticks"]:
                break
            inside.append(content.removeprefix(fence["indent"]))
        else:
            raise BrokenPromise(f"the block that line {number} opens is never closed")
        named = re.search(r"\bfile=(\S+)", fence["more"])
        contents = "".join(f"{content}\n" for content in inside)
        yield Block(fence["language"], contents, number + 1, named[1] if named else "")


def commands(block: Block) -> Iterator[Command]:
    """The commands of a console block, each with the output shown under it."""
    words: tuple[str, ...] = ()
    shown: list[str] = []
    start = block.line
    for number, line in enumerate([*block.text.splitlines(), "$ "], block.line):
        if not line.startswith("$ "):
            shown.append(line)
            continue
        if words:
            yield Command(words, "\n".join(shown).rstrip(), start)
        words, shown, start = tuple(shlex.split(line[2:], comments=True)), [], number


def run_python(name: str, path: Path) -> None:
    """Execute the Python of the document at ``path`` as the module ``name``.

    Tracebacks point into the document.  What the Python raises is let through.
    """
    module = types.ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        for block in blocks(path.read_text("utf-8")):
            if block.language == "python":
                source = "\n" * (block.line - 1) + block.text
                exec(compile(source, str(path), "exec"), module.__dict__)
        for test in [value for key, value in vars(module).items() if key.startswith("test_")]:
            if not inspect.signature(test).parameters:
                _call(test)
    finally:
        del sys.modules[name]


def _call(test: Callable[[], object]) -> None:
    """Call a test as pytest would; a plain one is not on Trio, since it may start it itself."""
    if inspect.iscoroutinefunction(test):
        trio.run(test)
    else:
        test()


def run_console(path: Path, folder: Path) -> int:
    """Run the commands of the document at ``path`` in ``folder``, and say how many they were.

    Raises :class:`BrokenPromise` for the first whose output does not begin as shown.
    """
    found = list(blocks(path.read_text("utf-8")))
    for block in found:
        if block.file:
            place = folder / block.file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(block.text, encoding="utf-8")
    code = count = 0
    for block in found:
        for command in commands(block) if block.language == "console" else ():
            output, code = _run(command, folder, code)
            count += 1
            if not begins_as(output, command.expected):
                raise BrokenPromise(
                    f"{path.name}:{command.line}: $ {' '.join(command.words)}\n"
                    f"shown:\n{command.expected}\n\nprinted:\n{output}"
                )
    return count


def begins_as(output: str, expected: str) -> bool:
    """Whether ``output`` begins with the lines ``expected``, where ``...`` matches anything."""
    wanted = [line.rstrip() for line in expected.splitlines()]
    printed = "".join(f"{line.rstrip()}\n" for line in output.splitlines())
    pattern = "\n".join(".*?".join(map(re.escape, line.split("..."))) for line in wanted)
    return not wanted or re.match(rf"(?s:{pattern})\n", printed) is not None


def _run(command: Command, folder: Path, code_before: int) -> tuple[str, int]:
    name, *arguments = command.words
    if command.words == ("echo", "$?"):
        return f"{code_before}\n", 0
    if name not in _COMMANDS:
        raise BrokenPromise(f"line {command.line} runs {name}, which no test can run")
    done = subprocess.run(
        [str(Path(sys.executable).with_name(name)), *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    return done.stdout, done.returncode
