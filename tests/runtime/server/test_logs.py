"""The log of a server: lines of JSON, without what anybody wrote, and never a reason to stop."""

import io
import json

from hocket.runtime.protocol.events import Event
from hocket.runtime.server.logs import JsonLog


class _Disk(io.StringIO):
    """A stream that may be full."""

    full = False

    def write(self, text: str) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_a_full_disk_costs_lines_and_no_more() -> None:
    """The first line that can be written again says how many are missing."""
    disk = _Disk()
    log = JsonLog(disk)
    log.write("info", "one")
    disk.full = True
    log.write("info", "two")
    log.write("info", "three")
    disk.full = False
    log.write("info", "four")
    log.write("info", "five")
    lines = map(json.loads, disk.getvalue().splitlines())
    assert [(line["event"], line.get("missing")) for line in lines] == [
        *(("one", None), ("four", 2), ("five", None)),
    ]


def test_a_trouble_of_the_store_is_an_error() -> None:
    """With the unit of work, the database, and what to do."""
    log = JsonLog(stream := io.StringIO())
    log(Event("store.error", {"unit": "accept", "store": "shared", "error": "no room"}))
    line = json.loads(stream.getvalue())
    assert (line["level"], line["unit"], line["error"]) == ("error", "accept", "no room")
