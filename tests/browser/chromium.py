"""A real Chromium without a network, in which a page is opened as a person would from disk."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from attrs import field, frozen
from playwright.sync_api import BrowserContext, Page, sync_playwright

__all__ = ["VARIABLE", "Opened", "chromium", "executable"]

VARIABLE = "HOCKET_BROWSER"
"""The environment variable that names the browser's executable."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
READY_SECONDS_MAX = 20.0


def executable() -> str | None:
    """The browser to use: the one that the variable names, else the first on the PATH."""
    named = os.environ.get(VARIABLE, "")
    found = (shutil.which(name) for name in ((named,) if named else _NAMES))
    return next(filter(None, found), None)


@frozen
class Opened:
    """A page that is open; ``complaints`` are its console errors, exceptions and requests."""

    page: Page
    complaints: list[str] = field(factory=list[str])

    def ready(self) -> None:
        """Wait until the page has drawn what it shows at first."""
        self.page.wait_for_selector("html[data-ready]", timeout=1_000 * READY_SECONDS_MAX)


@frozen
class Chromium:
    """A browser that runs."""

    context: BrowserContext

    def open(self, file: Path, *, width: int = 1280, dark: bool = False) -> Opened:
        """Open ``file`` in a window of ``width`` pixels; the network is off."""
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if dark else "light")
        opened = Opened(page)
        address = file.resolve().as_uri()

        def asked(url: str) -> None:
            if url.partition("#")[0] != address:
                opened.complaints.append(f"request: {url}")

        def said(kind: str, text: str) -> None:
            if kind in ("error", "warning"):
                opened.complaints.append(f"{kind}: {text}")

        page.on("request", lambda request: asked(request.url))
        page.on("console", lambda message: said(message.type, message.text))
        page.on("pageerror", lambda error: said("error", str(error)))
        page.goto(address)
        return opened


@contextmanager
def chromium(path: str) -> Generator[Chromium]:
    """The browser at ``path``, with an empty profile of its own and no network."""
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=path, args=list(_FLAGS), offline=True
        )
        try:
            yield Chromium(context)
        finally:
            context.close()
