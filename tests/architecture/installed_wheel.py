"""Builds hocket as its users get it, installs it away from the repository, and uses it once.

A script and no test, because it builds and installs for a minute or two: ``make check`` runs it.
What works in a checkout may be missing from the wheel (a data file, a marker, an entry point), and
nothing but an installation shows that.
"""

import os
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
COMPONENTS = ("runtime", "simulator", "scenarios", "reports")
CATALOGUE = "hocket/scenarios/catalogue"
SECONDS_MAX = 600

SCENARIO = """\
scenario deny
  "A no is a no: the tool never runs."

  setup
    user ann
    thread T of ann
    model T: call deploy(env: "prod") id "d1", then say "as you wish"
    tool deploy: local, approval required

  client laptop of ann
    connect
    start T as t
    on approval deploy as p
    deny p
    on end of t

  expect
    never tool.started(tool: deploy)
    eventually turn.completed(turn: t) within 60s
"""


class Broken(Exception):
    """A step failed; the message is the sentence that says which and how."""


def main() -> int:
    """Take every step, print a line for each; the exit code is 1 if one fails."""
    try:
        with tempfile.TemporaryDirectory(prefix="hocket-wheel-") as folder:
            _check(Path(folder))
    except Broken as exc:
        print(f"the installed wheel: {exc}", file=sys.stderr)
        return 1
    return 0


def _check(folder: Path) -> None:
    wheel, sdist = _build(folder / "dist")
    _step(f"built {wheel.name} and {sdist.name}")
    with zipfile.ZipFile(wheel) as archive:
        check_wheel(archive.namelist())
    _step("the wheel holds the four components, their markers and the catalogue")
    with tarfile.open(sdist) as archive:
        check_sdist(archive.getnames())
    _step("the sdist holds the sources, the tests and the licence")
    python = _install(wheel, folder / "venv")
    _step("installed into a fresh environment")
    _use(python, folder / "elsewhere")


def check_wheel(names: Iterable[str]) -> None:
    """Raise :class:`Broken` unless the files of a wheel are all there, and none too many."""
    held = set(names)
    wanted = {
        f"hocket/{name}/{file}" for name in COMPONENTS for file in ("__init__.py", "py.typed")
    }
    shipped = REPOSITORY / "scenarios" / CATALOGUE
    wanted |= {f"{CATALOGUE}/{path.name}" for path in shipped.glob("*.hocket")}
    if missing := sorted(wanted - held):
        raise Broken(f"the wheel lacks {', '.join(missing)}")
    top = {name.partition("/")[0] for name in held if ".dist-info/" not in name}
    if top != {"hocket"} or "hocket/__init__.py" in held:
        raise Broken(f"the wheel puts more into an environment than the namespace: {sorted(top)}")


def check_sdist(names: Iterable[str]) -> None:
    """Raise :class:`Broken` unless a source distribution can be built and tested from."""
    held = {name.partition("/")[2] for name in names}
    wanted = {"pyproject.toml", "README.md", "LICENSE", "tests/architecture/test_tidy.py"}
    wanted |= {f"{name}/hocket/{name}/__init__.py" for name in COMPONENTS}
    if missing := sorted(wanted - held):
        raise Broken(f"the sdist lacks {', '.join(missing)}")


def _build(dist: Path) -> tuple[Path, Path]:
    _run([sys.executable, "-m", "build", "--outdir", str(dist), str(REPOSITORY)], cwd=REPOSITORY)
    wheels, sdists = list(dist.glob("*.whl")), list(dist.glob("*.tar.gz"))
    if len(wheels) != 1 or len(sdists) != 1:
        raise Broken(f"the build made {len(wheels)} wheels and {len(sdists)} sdists")
    return wheels[0], sdists[0]


def _install(wheel: Path, folder: Path) -> Path:
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    _run([str(python), "-m", "pip", "install", "--quiet", str(wheel)], cwd=folder)
    return python


def _use(python: Path, elsewhere: Path) -> None:
    """Run the installed command from a folder that has nothing to do with the repository."""
    elsewhere.mkdir()
    (elsewhere / "deny.hocket").write_text(SCENARIO, encoding="utf-8")
    hocket = str(python.with_name("hocket"))
    for arguments in (
        ["--help"],
        ["check", "deny.hocket"],
        ["run", "deny.hocket", "--schedules", "5"],
    ):
        _run([hocket, *arguments], cwd=elsewhere)
        _step(f"hocket {' '.join(arguments)}")


def _run(command: list[str], *, cwd: Path) -> None:
    """Run ``command`` without this environment's Python variables; its output only if it fails."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=clean,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise Broken(f"cannot run {command[0]}: {exc}") from exc
    if done.returncode != 0:
        shown = " ".join(command)
        raise Broken(f"`{shown}` ended with code {done.returncode}:\n{done.stdout.strip()}")


def _step(what: str) -> None:
    print(f"ok: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
