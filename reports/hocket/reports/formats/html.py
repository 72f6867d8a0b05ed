"""Reports for a person with a browser: each is one file, which loads nothing.

A page that fetches its data cannot be opened from disk, so everything is in it: the style, the
script, and the diagrams as inert JSON.  What it shows comes from programs under test, and a tool
may well answer with markup.  So every text passes the template's escaping or is set as text by the
script, the policy of the page allows this one style and this one script by their hashes and
nothing else, no request, no image, no form, and asks the browser to refuse any script that would
turn text into markup.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from hocket.reports.page import page_of
from hocket.reports.results import Row
from hocket.reports.trend import Run, trend_of
from hocket.reports.wording import printable

__all__ = ["html_report", "html_trend"]


def html_report(
    rows: Sequence[Row], about: Iterable[str] = (), *, interrupted: bool = False
) -> str:
    """The page about ``rows`` as the text of one HTML file.

    ``about`` says in a few lines where they come from, such as the version and the commit;
    ``interrupted`` that a person stopped the run.
    """
    page = page_of(rows, about, interrupted=interrupted)
    data = htmlsafe_json_dumps({"pictures": page.pictures})
    files = ("base.css", "report.css"), ("base.js", "drawing.js", "picture.js", "report.js")
    return _rendered("report", *files, page=page, data=data)


def html_trend(runs: Sequence[Run]) -> str:
    """The page about the trend over ``runs``, the oldest first, as the text of one HTML file.

    Raises :class:`ValueError` if there are none.
    """
    return _rendered("trend", ("base.css", "trend.css"), ("base.js",), trend=trend_of(runs))


def _rendered(name: str, styles: Iterable[str], scripts: Iterable[str], **values: object) -> str:
    """The template of that name, with the styles and the scripts put into it."""
    style, script = (Markup("\n").join(map(_inline, files)) for files in (styles, scripts))
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )
    template = _environment().get_template(f"{name}.html.jinja")
    return template.render(policy=policy, style=style, script=script, **values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("hocket.reports.formats", "page"),
        autoescape=True,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _shown(value: Any) -> Any:
    """What a template prints: foreign text without what no screen should be sent."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else printable(value)


def _inline(file: str) -> Markup:
    """The text of a file beside the templates, as it is."""
    environment = _environment()
    assert environment.loader is not None
    text, _, _ = environment.loader.get_source(environment, file)
    return Markup(text)


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
