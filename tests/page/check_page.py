"""The sandbox's page, as a person sees it in a browser.

Not named test_…, because it needs a browser: `make test-page` runs it, `make test` does not.
"""

import os
import shutil

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from demo.meltano import ROOT
from seatable_sandbox import Sandbox
from seatable_sandbox.demo.shop import make_demo

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A browser on a machine without a screen, that is to talk to nobody but the page.
ARGUMENTS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--window-size=1400,900",
)
PATIENCE = 15


@pytest.fixture(scope="module")
def browser():
    options = ChromeOptions()
    for argument in ARGUMENTS:
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's own needs a user that is not root
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, f"no browser: install one of {', '.join(BROWSERS)}"
    options.binary_location = found
    browser = Chrome(options, ChromeService(shutil.which("chromedriver")))
    yield browser
    browser.quit()


@pytest.fixture
def sandbox():
    with Sandbox(time_zone="Europe/Berlin") as sandbox:
        yield sandbox


class Page:
    """What is to be seen, and what can be clicked."""

    def __init__(self, browser, url):
        self.browser = browser
        browser.get(url)

    def text(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector).text

    def texts(self, selector):
        # Read in one go: the page may renew itself between two looks.
        return self.browser.execute_script(
            "return [...document.querySelectorAll(arguments[0])].map(found => found.innerText)",
            selector,
        )

    @property
    def tables(self):
        """Names and row counts in the list on the left."""
        return [tuple(text.split("\n")) for text in self.texts("nav button")]

    @property
    def columns(self):
        """Names and types in the grid's head."""
        return [tuple(text.split("\n")) for text in self.texts("#grid th")][1:]

    @property
    def rows(self):
        """The grid's cells, row by row, without the row's number."""
        return self.browser.execute_script(
            "return [...document.querySelectorAll('#grid tbody tr')]"
            ".map(row => [...row.cells].slice(1).map(cell => cell.innerText))"
        )

    def open(self, table):
        self.wait(lambda: any(name == table for name, _ in self.tables))
        self.browser.execute_script(
            "[...document.querySelectorAll('nav button')]"
            ".find(button => button.innerText.startsWith(arguments[0] + '\\n')).click()",
            table,
        )
        self.wait(lambda: self.rows)

    def wait(self, condition):
        WebDriverWait(self.browser, PATIENCE, poll_frequency=0.1).until(lambda _: condition())


def things(base, rows):
    base.create_table("Things", [
        {"column_name": "Name", "column_type": "text"},
        {"column_name": "Amount", "column_type": "number"},
    ])  # fmt: skip
    base.append_rows("Things", [{"Name": f"row {n}", "Amount": n} for n in range(rows)])


def test_the_demo_base(browser, sandbox):
    base = make_demo(sandbox)
    page = Page(browser, sandbox.url)
    tables = base.metadata()["metadata"]["tables"]
    page.wait(lambda: page.tables)
    assert page.tables == [(t["name"], str(len(base.rows(t["name"])))) for t in tables]
    assert page.texts("nav h2") == [base.name]
    for table in tables:
        page.open(table["name"])
        page.wait(lambda: page.columns[0][0] == table["columns"][0]["name"])  # noqa: B023
        holding = [c for c in table["columns"] if c["type"] != "button"]
        assert page.columns == [(c["name"], c["type"]) for c in holding]
        assert len(page.rows) == len(base.rows(table["name"]))
        for row, shown in zip(base.rows(table["name"]), page.rows, strict=True):
            first = table["columns"][0]
            assert shown[0] == str(row[first["name"]] or ""), first
    folder = ROOT / ".cache"
    folder.mkdir(exist_ok=True)
    assert browser.save_screenshot(str(folder / "page.png"))
    assert [
        entry for entry in browser.get_log("browser") if "favicon" not in entry["message"]
    ] == []


def test_every_kind_of_cell_is_readable(browser, sandbox):
    make_demo(sandbox)
    page = Page(browser, sandbox.url)
    page.open("Every type")
    cells = {name: text for (name, _), text in zip(page.columns, page.rows[0], strict=True)}
    assert "[object Object]" not in "".join(cells.values())
    assert "undefined" not in "".join(cells.values())
    assert sum(bool(text) for text in cells.values()) > len(cells) * 3 / 4


def test_rows_arrive_while_one_watches(browser, sandbox):
    base = sandbox.create_base("Base")
    things(base, 2)
    page = Page(browser, sandbox.url)
    page.open("Things")
    assert page.rows == [["row 0", "0"], ["row 1", "1"]]
    (new,) = base.append_rows("Things", [{"Name": "new", "Amount": 99}])
    page.wait(lambda: ["new", "99"] in page.rows)
    assert page.tables == [("Things", "3")]
    base.update_rows("Things", {new: {"Amount": 100}})
    page.wait(lambda: ["new", "100"] in page.rows)
    assert page.texts("tr.fresh td:nth-child(2)") == ["new"]
    base.delete_rows("Things", [new])
    page.wait(lambda: page.rows == [["row 0", "0"], ["row 1", "1"]])


def test_tables_and_bases_arrive_while_one_watches(browser, sandbox):
    page = Page(browser, sandbox.url)
    page.wait(lambda: page.texts("nav p") == ["No base yet."])
    base = sandbox.create_base("Later")
    things(base, 1)
    page.wait(lambda: page.tables == [("Things", "1")])


def test_paging(browser, sandbox):
    things(sandbox.create_base("Base"), 120)
    page = Page(browser, sandbox.url)
    page.open("Things")
    assert "Page 1 of 3" in page.text("#where")
    assert len(page.rows) == 50
    seen = list(page.rows)
    for _ in range(2):
        before = page.rows
        browser.find_element(By.ID, "next").click()
        page.wait(lambda: page.rows != before)  # noqa: B023
        seen += page.rows
    assert [name for name, _ in seen] == [f"row {n}" for n in range(120)]
    assert not browser.find_element(By.ID, "next").is_enabled()
    assert browser.find_element(By.ID, "back").is_enabled()


def test_what_is_stored_is_shown_and_not_run(browser, sandbox):
    base = sandbox.create_base("<b>Base</b>")
    things(base, 0)
    evil = "<img src=x onerror=\"document.title='run'\">"
    base.append_rows("Things", [{"Name": evil}])
    page = Page(browser, sandbox.url)
    page.open("Things")
    assert page.rows[0][0] == evil
    assert page.texts("nav h2") == ["<b>Base</b>"]
    assert browser.title == "SeaTable sandbox"


def test_a_stopped_server_is_shown(browser):
    with Sandbox() as sandbox:
        page = Page(browser, sandbox.url)
        page.wait(lambda: page.texts("nav p"))
        assert not page.texts("#live.off")
    page.wait(lambda: page.texts("#live.off") == ["live"])
    browser.get_log("browser")  # what it had to say about that is no matter of the next test
