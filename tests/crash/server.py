"""A server that can be killed: ``hocket serve``'s own code, in a process forked from a warm one."""

from contextlib import nullcontext
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from attrs import define, field

from hocket.runtime.models.contract import ModelOptions
from hocket.runtime.models.dictated import DictatedModel
from hocket.runtime.policies import Limits, Policies
from hocket.runtime.server.main import Settings, run_server
from hocket.runtime.server.serving import ServerLimits
from hocket.runtime.tools import Tool, ToolBox, ToolContext

__all__ = ["DATABASE", "EFFECTS", "USERS", "Served"]

USERS = ("ann", "ben", "cleo", "dan")
DATABASE = "shared.db"
EFFECTS = "effects"
_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.crash.server"])


def _box(folder: Path) -> ToolBox:
    """Two tools with an effect that survives the process: a line in a file."""

    async def act(_arguments: object, context: ToolContext) -> str:
        context.effect()
        line = f"{context.call.tool} of {context.call.id} in {context.run}\n".encode()
        with (folder / EFFECTS).open("ab", buffering=0) as file:
            file.write(line)
        return "done"

    return ToolBox(local=[Tool("record", {}, act), Tool("pay", {}, act, needs_approval=True)])


def _serve(folder: Path, tell: Connection) -> None:
    settings = Settings(
        db=folder,
        host="127.0.0.1",
        port=0,
        model=nullcontext(DictatedModel()),
        tools=_box(folder),
        policies=Policies(pending_approval="allow"),
        limits=Limits(cleanup_seconds=30.0),
        server_limits=ServerLimits(drain_seconds=1.0),
        options=ModelOptions(),
        tokens=folder / "tokens",
        log=folder / "log",
    )
    run_server(settings, tell.send)


@define(eq=False)
class Served:
    """A server process on a folder."""

    folder: Path
    process: BaseProcess = field(init=False)
    url: str = field(default="", init=False)

    def start(self) -> None:
        """Start it, and wait until it listens; raises :exc:`EOFError` if it never does."""
        (self.folder / "tokens").write_text(
            "".join(f"{user} the-token-of-{user}\n" for user in USERS)
        )
        hear, tell = _CONTEXT.Pipe(duplex=False)
        self.process = _CONTEXT.Process(target=_serve, args=(self.folder, tell), daemon=True)
        self.process.start()
        tell.close()
        self.url = hear.recv()
        hear.close()

    def kill(self) -> None:
        """As ``kill -9`` does: no handler, no flush, no good-bye."""
        self.process.kill()
        self.process.join()

    def stop(self) -> int | None:
        """As SIGTERM does; its exit code."""
        self.process.terminate()
        self.process.join(20)
        return self.process.exitcode
