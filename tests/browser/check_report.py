"""The report in a browser: it opens from disk without a network, and all of it works by keys."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Show
from tests.browser.pages import HOSTILE, hostile_rows, long_rows, real_rows

SHOTS = Path(__file__).parents[2] / ".browser"


def _event(page: Page) -> str:
    """Which event is selected, as it is announced."""
    return page.locator("details[open] .at").first.inner_text()


def _press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800])
def test_it_is_laid_out_at_every_width(show: Show, width: int, dark: bool) -> None:
    """Nothing sticks out to the side; the screenshots are there to be looked at."""
    opened = show(real_rows(), width=width, dark=dark)
    wide = opened.page.evaluate("document.documentElement.scrollWidth")
    SHOTS.mkdir(exist_ok=True)
    name = f"report-{width}-{'dark' if dark else 'light'}"
    opened.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    picture = opened.page.locator(".picture").first
    picture.screenshot(path=SHOTS / f"{name}-diagram.png")
    assert wide <= width


def test_the_diagram_shows_lanes_and_slanted_messages(show: Show) -> None:
    """Messages run from lane to lane and downwards, and the clash is marked by more than colour."""
    page = show(real_rows()).page
    lines = page.locator("details[open] .board").first.locator("line.message")
    ends = lines.evaluate_all(
        "all => all.map(l => ['x1', 'y1', 'x2', 'y2'].map(k => Number(l.getAttribute(k))))"
    )
    assert len(ends) > 5
    assert all(x1 != x2 and y2 > y1 for x1, y1, x2, y2 in ends)
    board = page.locator("details[open] .board").first
    assert board.locator(".ring").count() >= 1
    assert board.locator(".of-clash", has_text="►").count() >= 1
    assert board.locator(".waits").count() > 1


def test_j_and_k_step_through_the_events(show: Show) -> None:
    """And the panel tells of each; at the ends they stay."""
    page = show(real_rows()).page
    _press(page, "g")
    first = _event(page)
    _press(page, "k")
    assert _event(page) == first
    _press(page, "j j j")
    third = _event(page)
    assert third != first
    _press(page, "j k")
    assert _event(page) == third
    selected = page.locator("details[open] .row.selected .halo").first.text_content() or ""
    told = page.locator("details[open] .panel h3").first.inner_text()
    assert told.startswith(selected.rstrip("…"))


def test_n_and_p_go_from_mark_to_mark(show: Show) -> None:
    """Deviations and clashing events, around in a circle."""
    page = show(real_rows()).page
    _press(page, "g n")
    expect(page.locator("details[open] .panel .where").first).to_contain_text("deviation")
    _press(page, "n")
    expect(page.locator("details[open] .panel h3").first).to_contain_text("►")
    _press(page, "p")
    expect(page.locator("details[open] .panel .where").first).to_contain_text("deviation")


def test_c_shows_the_causal_past(show: Show) -> None:
    """What did not lead to the event is faded; what did is not."""
    page = show(real_rows()).page
    board = page.locator("details[open] .board").first
    assert board.locator(".row.faded").count() == 0
    _press(page, "g j j c")
    after = board.locator(".row.faded").count()
    _press(page, "G")
    assert 0 < board.locator(".row.faded").count() < after
    assert "faded" not in (board.locator(".row.selected").first.get_attribute("class") or "")
    _press(page, "c")
    assert board.locator(".row.faded").count() == 0


def test_s_shows_every_step(show: Show) -> None:
    """And hides again those that tell nothing."""
    page = show(real_rows()).page
    rows = page.locator("details[open] .board").first.locator(".row .band")
    few = rows.count()
    _press(page, "s")
    assert rows.count() > few
    _press(page, "s")
    assert rows.count() == few


def test_v_shows_the_nearest_passing_schedule_beside_it(show: Show) -> None:
    """Both say where they part; on a narrow page it has to be asked for."""
    page = show(real_rows()).page
    assert page.locator("details[open] .board").count() == 2
    assert page.locator("details[open] .part").count() == 2
    _press(page, "v")
    assert page.locator("details[open] .board").count() == 1
    narrow = show(real_rows(), width=800).page
    assert narrow.locator("details[open] .board").count() == 1
    _press(narrow, "v")
    assert narrow.locator("details[open] .board").count() == 2


def test_lanes_can_be_hidden(show: Show) -> None:
    """A column goes away with its events, and comes back."""
    page = show(real_rows()).page
    board = page.locator("details[open] .board").first
    lanes, rows = board.locator(".head").count(), board.locator(".row .band").count()
    page.locator("details[open] .tools summary").click()
    box = page.locator("details[open] .menu input:checked").first
    box.uncheck()
    assert board.locator(".head").count() == lanes - 1
    assert board.locator(".row .band").count() < rows
    page.locator("details[open] .menu input").and_(page.locator(":not(:checked)")).first.check()
    assert board.locator(".head").count() == lanes


def test_the_state_table_marks_what_changed(show: Show) -> None:
    """The step that takes a run further shows it with a mark, the next one without."""
    page = show(real_rows()).page
    _press(page, "G")
    while "run-1" not in page.locator("details[open] .panel h3").first.inner_text():
        _press(page, "k")
    changed = page.locator("details[open] .states .changed")
    assert changed.count() >= 1
    everything = page.locator("details[open] .states tr:not(.kind)").count()
    assert everything > changed.count()


def test_results_are_filtered_by_word_and_by_verdict(show: Show) -> None:
    """The slash finds the field; a verdict is switched off by its button."""
    page = show(real_rows()).page
    rows = page.locator(".results tbody tr:visible")
    every = rows.count()
    _press(page, "/")
    page.keyboard.type("approve_races")
    assert rows.count() == 1
    expect(page.locator("#shown")).to_have_text(f"1 of {every} shown")
    page.locator("#find").fill("")
    page.locator(".chip[data-verdict=failed]").click()
    assert rows.count() < every
    assert page.locator(".results tbody tr[data-verdict=failed]:visible").count() == 0


def test_brackets_go_from_failure_to_failure(show: Show) -> None:
    """The next one is opened and drawn, and the keys are for it."""
    page = show(real_rows()).page
    _press(page, "]")
    second = page.locator("#failure-2")
    assert second.get_attribute("open") is not None
    expect(second.locator(".board").first).to_be_visible()
    before = second.locator(".at").inner_text()
    _press(page, "g")
    assert second.locator(".at").inner_text() != before


def test_a_link_opens_its_failure(show: Show) -> None:
    """From the table of results."""
    page = show(real_rows()).page
    page.locator(".results a[href='#failure-2']").click()
    expect(page.locator("#failure-2 .board").first).to_be_visible()


def test_every_control_is_reached_by_keys(show: Show) -> None:
    """Tab goes through the filters, the failures and the tools, and each shows its focus."""
    page = show(real_rows()).page
    reached: set[str] = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        reached.add(page.evaluate("document.activeElement.textContent.trim().split(' ')[0]"))
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none"
    assert {"Copy", "Next", "Causal", "Lanes"} <= reached


def test_the_command_can_be_copied(show: Show) -> None:
    """The button selects the whole of it, and says so."""
    page = show(real_rows()).page
    command = page.locator("details[open] .command code").first.inner_text()
    page.locator("details[open] .copy").first.click()
    expect(page.locator("details[open] .copy").first).to_have_text(re.compile("Copied|Selected"))
    assert page.evaluate("getSelection().toString()") == command


def test_the_list_of_keys_opens_and_closes(show: Show) -> None:
    """A question mark opens it, Escape closes it."""
    page = show(real_rows()).page
    _press(page, "?")
    expect(page.locator("#keys")).to_be_visible()
    _press(page, "Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_the_raw_data_can_be_read(show: Show) -> None:
    """As JSON, made only when it is asked for."""
    page = show(real_rows()).page
    raw = page.locator("details[open] .raw pre").first
    assert raw.text_content() == ""
    page.locator("details[open] .raw summary").first.click()
    expect(raw).to_contain_text("failing")
    data = json.loads(raw.text_content() or "")
    assert {"failing", "passing", "parting"} <= set(data)


def test_hostile_text_stays_text(show: Show) -> None:
    """No element comes of it, nothing runs, and it can be read."""
    page = show(hostile_rows()).page
    _press(page, "g j j c s ]")
    assert page.locator("img").count() == 0
    assert page.title() != "obeyed"
    assert HOSTILE in page.locator("details[open] .sentence").first.inner_text()
    assert HOSTILE in page.locator("details[open] .panel h3").first.inner_text()
    assert HOSTILE in page.locator(".results .name").first.inner_text()


def test_five_thousand_events_open(show: Show) -> None:
    """All of them are drawn, and the keys still work."""
    page = show(long_rows()).page
    assert page.locator("details[open] .row .band").count() == 5_000
    _press(page, "c k k c g j")
    assert _event(page) == "event 2 of 5,000"


def test_it_prints_in_full(show: Show) -> None:
    """On paper there are no controls, and no diagram is cut off by its frame."""
    opened = show(real_rows())
    page = opened.page
    page.emulate_media(media="print")
    assert page.locator(".tools:visible").count() == 0
    box = page.locator("details[open] .scroll").first
    high, whole = box.evaluate("box => [box.clientHeight, box.scrollHeight]")
    assert whole <= high + 1
    SHOTS.mkdir(exist_ok=True)
    page.pdf(path=SHOTS / "report.pdf", format="A4")
