"""A client of `hocket serve` that shares no code with it: the websockets package and plain JSON.

It starts a server in another process and prints what goes over the wire: a tool that runs at the
client, an approval, a cancel, a reconnect that takes over an unanswered call, and two clients whose
calls have the same id.

    python examples/talk_to_server.py
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

USERS = {"ann": "a-secret-token-of-ann", "ben": "a-secret-token-of-ben"}
NOT_SHOWN = ("type", "thread_id", "token", "resume_token", "deadline_seconds", "call_uid")
TOOLS = [
    {
        "name": name,
        "description": f"the client's own {name}",
        "parameters": {
            "type": "object",
            "properties": {"of": {"type": "string"}},
            "required": ["of"],
            "additionalProperties": False,
        },
    }
    for name in ("lookup", "deploy")
]
Frame = dict[str, Any]
names: dict[str, str] = {}


class Client:
    """One connection, that prints its frames; ids are shown as run 1, run 2 and so on."""

    def __init__(self, socket: ClientConnection, who: str, user: str, resume: str = "") -> None:
        self.who = who
        self.socket = socket
        auth = {"token": USERS[user]}
        self.send("auth", **auth, **({"resume_token": resume} if resume else {}))
        self.resume_token = self.wait_for("auth_ok")["resume_token"]
        self.send("tool_schemas", epoch=1, tools=TOOLS)

    def send(self, kind: str, **fields: Any) -> None:
        """Say something."""
        self.show(">", {"type": kind, **fields})
        self.socket.send(json.dumps({"type": kind, **fields}))

    def ask(self, text: str) -> Frame:
        """Ask for a turn."""
        self.send("user_message", request_id="q", text=text)
        return self.wait_for("run_started")

    def wait_for(self, kind: str) -> Frame:
        """The next frame of a kind."""
        while True:
            frame: Frame = json.loads(self.socket.recv(timeout=20))
            self.show("<", frame)
            if frame["type"] == kind:
                return frame

    def answer(self, call: Frame, result: str) -> None:
        """Say what a tool of ours came to."""
        same = {name: call[name] for name in ("wire_id", "tool_name")}
        self.send("tool_result", **same, status="success", result=result)

    def show(self, way: str, frame: Frame) -> None:
        """Print a frame; the words of a streamed text are left out."""
        if frame["type"] == "message_delta":
            return
        shown = {k: self.named(k, v) for k, v in frame.items() if k not in NOT_SHOWN}
        if "tools" in shown:
            shown["tools"] = [tool["name"] for tool in frame["tools"]]
        if "approval" in shown:
            asked = frame["approval"]
            wanted = ("approval_id", "tool_name", "arguments")
            shown["approval"] = {k: self.named(k, asked[k]) for k in wanted}
        fields = "  ".join(f"{key}: {json.dumps(value)}" for key, value in shown.items())
        print(f"{self.who:6} {way} {frame['type']:17} {fields}".rstrip(), flush=True)

    def named(self, key: str, value: Any) -> Any:
        """A name for an id that nobody can remember."""
        kind = {"run_id": "run", "approval_id": "approval", "connection_id": "connection"}.get(key)
        if kind is None:
            return value
        used = sum(name.startswith(kind) for name in names.values())
        return names.setdefault(value, f"{kind} {used + 1}")


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """`hocket serve` in a process of its own; its address."""
    tokens = folder / "tokens"
    tokens.write_text("".join(f"{user} {token}\n" for user, token in USERS.items()))
    options = ["--listen", "127.0.0.1:0", "--log", str(folder / "log"), "--approve", "deploy"]
    options += ["--tokens", str(tokens), "--lost-call", "wait_for_resume"]
    command = [sys.executable, "-m", "hocket.scenarios.cli", "serve", "--db", str(folder / "data")]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def a_delegated_call(laptop: Client) -> None:
    """The agent's tool runs at the client."""
    laptop.ask('call lookup {"of": "a price"}')
    laptop.answer(laptop.wait_for("tool_execute"), "12 euros")
    laptop.wait_for("turn_completed")


def an_approval(laptop: Client) -> None:
    """The turn waits for a person, and uses the yes once."""
    laptop.ask('call deploy {"of": "version 2"}')
    approval = laptop.wait_for("turn_paused")["approval"]["approval_id"]
    laptop.send("approval_response", approval_id=approval, approved=True)
    laptop.answer(laptop.wait_for("tool_execute"), "deployed")
    laptop.wait_for("turn_completed")


def a_cancel(laptop: Client) -> None:
    """A turn under way is stopped."""
    run = laptop.ask("wait 60")["run_id"]
    laptop.send("cancel", run_id=run)
    laptop.wait_for("turn_cancelled")


def a_reconnect(url: str) -> None:
    """The call that the lost connection owed comes again, under its old id."""
    with connect(url) as socket:
        lost = Client(socket, "laptop", "ann")
        lost.ask('call lookup {"of": "the weather"}')
        lost.wait_for("tool_execute")
    with connect(url) as socket:
        laptop = Client(socket, "laptop", "ann", lost.resume_token)
        laptop.answer(laptop.wait_for("tool_execute"), "rain")
        laptop.wait_for("turn_completed")


def the_same_id_twice(url: str) -> None:
    """Two connections have a call of the same id; each gets the answer to its own."""
    with connect(url) as one, connect(url) as other:
        ann, ben = Client(one, "ann", "ann"), Client(other, "ben", "ben")
        ann.ask('call lookup {"of": "my balance"}')
        ben.ask('call lookup {"of": "my balance"}')
        of_ann, of_ben = ann.wait_for("tool_execute"), ben.wait_for("tool_execute")
        assert of_ann["wire_id"] == of_ben["wire_id"]
        ben.answer(of_ben, "ben has 7")
        ann.answer(of_ann, "ann has 3000")
        assert ben.wait_for("turn_completed")["response"] == "ben has 7"
        assert ann.wait_for("turn_completed")["response"] == "ann has 3000"


def on_one_connection(url: str) -> None:
    """The stories that need no more than one."""
    with connect(url) as socket:
        laptop = Client(socket, "laptop", "ann")
        for story in (a_delegated_call, an_approval, a_cancel):
            head(story)
            story(laptop)


def head(story: Callable[..., None]) -> None:
    """A line above a story."""
    print(f"-- {story.__name__.replace('_', ' ')}")


def main() -> None:
    """Tell each story to a server of its own process."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as url:
        on_one_connection(url)
        for story in (a_reconnect, the_same_id_twice):
            head(story)
            story(url)


if __name__ == "__main__":
    main()
