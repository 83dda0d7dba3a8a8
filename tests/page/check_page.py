"""The sandbox's page, as a person sees it in a browser.

Not named test_…, because it needs a browser: `make test-page` runs it, `make test` does not.
"""

import contextlib
import os
import shutil
import subprocess

import pytest
import requests
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

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

    def click(self, selector):
        self.browser.find_element(By.CSS_SELECTOR, selector).click()

    def choose(self, selector, text):
        Select(self.browser.find_element(By.CSS_SELECTOR, selector)).select_by_visible_text(text)

    def cell(self, row, column):
        """The box of a cell."""
        place = [name for name, _ in self.columns].index(column) + 2
        return self.browser.find_element(
            By.CSS_SELECTOR, f"#grid tbody tr:nth-child({row + 1}) td:nth-child({place})"
        )

    def press(self, row, column):
        """Click on a cell, which the page may renew between the look and the click."""

        def click():
            with contextlib.suppress(StaleElementReferenceException):
                self.cell(row, column).click()
                return True
            return False

        self.wait(click)

    def type(self, row, column, text, then=""):
        """Click on a cell and replace what it holds."""
        self.press(row, column)
        field = self.browser.find_element(By.CSS_SELECTOR, "#grid input")
        field.send_keys(Keys.CONTROL + "a")  # clear() would leave the field, and so save it
        field.send_keys(text + then)
        self.wait(lambda: not self.texts("#grid input"))

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


def shop(sandbox):
    base = sandbox.create_base("Shop")
    base.create_table("Things", [
        {"column_name": "Name", "column_type": "text"},
        {"column_name": "Price", "column_type": "number",
         "column_data": {"format": "euro", "decimal": "comma", "thousands": "dot"}},
        {"column_name": "Day", "column_type": "date",
         "column_data": {"format": "DD.MM.YYYY HH:mm"}},
        {"column_name": "Good", "column_type": "checkbox"},
        {"column_name": "Twice", "column_type": "formula",
         "column_data": {"formula": "{Price} * 2"}},
    ])  # fmt: skip
    base.append_rows("Things", [{"Name": "Tea", "Price": 1234.5, "Day": "2024-05-06 10:20"}])
    return base


def test_cells_are_formatted_or_as_the_api_answers_them(browser, sandbox):
    shop(sandbox)
    page = Page(browser, sandbox.url)
    page.open("Things")
    assert page.rows == [["Tea", "€1.234,50", "06.05.2024 10:20", "", "2469"]]
    page.click("#formatted")
    page.wait(lambda: page.rows[0][1:3] == ["1234.5", "2024-05-06T10:20:00+02:00"])


def test_a_view_shows_its_rows_and_columns(browser, sandbox):
    base = shop(sandbox)
    base.append_rows("Things", [{"Name": "Cup", "Price": 2}])
    columns = {c["name"]: c["key"] for c in base.metadata()["metadata"]["tables"][0]["columns"]}
    cheap = {"column_key": columns["Price"], "filter_predicate": "less", "filter_term": "10"}
    base.add_view("Things", "Cheap", filters=[cheap], hidden_columns=[columns["Day"]])
    page = Page(browser, sandbox.url)
    page.open("Things")
    assert page.texts("#view option") == ["All rows", "Default View", "Cheap"]
    page.choose("#view", "Cheap")
    page.wait(lambda: [row[0] for row in page.rows] == ["Cup"])
    assert [name for name, _ in page.columns] == ["Name", "Price", "Good", "Twice"]
    assert "1 rows" in page.text("#where")


def test_a_person_adds_changes_and_deletes_rows(browser, sandbox):
    base = shop(sandbox)
    page = Page(browser, sandbox.url)
    page.open("Things")
    page.click("#add")
    page.wait(lambda: len(page.rows) == 2)
    page.type(1, "Name", "Cup\n")
    page.wait(lambda: page.rows[1][0] == "Cup")
    page.type(1, "Price", "2.5\n")
    page.wait(lambda: page.rows[1][1] == "€2,50")
    page.type(0, "Day", "2024-12-24 18:00\n")
    page.wait(lambda: page.rows[0][2] == "24.12.2024 18:00")
    page.press(1, "Good")
    page.wait(lambda: base.rows("Things")[1]["Good"] is True)
    page.type(0, "Name", "Coffee", then=Keys.ESCAPE)
    page.press(0, "Twice")
    assert page.texts("#grid input") == []
    stored = [(row["Name"], row["Price"], row["Twice"]) for row in base.rows("Things")]
    assert stored == [("Tea", 1234.5, 2469), ("Cup", 2.5, 5)]
    browser.execute_script("document.querySelector('#grid tbody tr td.row button').click()")
    page.wait(lambda: [row[0] for row in page.rows] == ["Cup"])
    assert [row["Name"] for row in base.rows("Things")] == ["Cup"]
    assert sandbox.calls == []


def test_what_cannot_be_changed_is_said(browser, sandbox):
    base = shop(sandbox)
    base.lock_rows("Things", [base.rows("Things")[0]["_id"]])
    page = Page(browser, sandbox.url)
    page.open("Things")
    assert page.texts("#note") == [""]
    page.type(0, "Name", "Coffee\n")
    page.wait(lambda: page.text("#note") == "The row is locked.")
    page.wait(lambda: page.rows[0][0] == "Tea")
    page.click("#add")
    page.wait(lambda: len(page.rows) == 2)
    page.wait(lambda: not browser.find_element(By.ID, "note").is_displayed())
    browser.get_log("browser")  # the refusal


def test_the_calls_of_a_run_are_shown(browser, sandbox):
    base = shop(sandbox)
    page = Page(browser, sandbox.url)
    page.click("#calls")
    requests.get(f"{sandbox.url}/api2/ping/", timeout=10)
    page.wait(lambda: page.texts("#list li") == ["GET /api2/ping/ 200"])
    page.click("#clear")
    page.wait(lambda: page.texts("#list li") == [])
    requests.get(f"{sandbox.url}/api/v2.1/workspaces/", timeout=10)
    page.wait(lambda: page.texts("#list li.failed") == ["GET /api/v2.1/workspaces/ 403"])
    assert page.text("#counted") == "1 calls"
    del base


def test_the_export_lines_are_copied(browser, sandbox):
    base = shop(sandbox)
    page = Page(browser, sandbox.url)
    page.open("Things")
    browser.execute_script(
        "window.copied = [];"
        "navigator.clipboard.writeText = async text => { window.copied.push(text); };"
    )
    page.click("#copy")
    page.wait(lambda: page.text("#copy") == "Copied")
    (lines,) = browser.execute_script("return window.copied")
    shell = subprocess.run(
        ["sh", "-c", lines + "echo $TAP_SEATABLE_SERVER_URL $TARGET_SEATABLE_API_TOKEN"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shell.stdout == f"{sandbox.url} {base.api_token}\n"


def test_nothing_can_be_paged_before_a_table_is_chosen(browser, sandbox):
    shop(sandbox)
    page = Page(browser, sandbox.url)
    page.wait(lambda: page.tables)
    for name in ("back", "next", "add", "copy"):
        assert not browser.find_element(By.ID, name).is_displayed(), name


@pytest.mark.parametrize("width", [320, 400, 480, 499, 641, 900])
def test_a_narrow_window_holds_the_page(browser, sandbox, width):
    shop(sandbox)
    page = Page(browser, sandbox.url)
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 700, "deviceScaleFactor": 1, "mobile": False},
    )
    try:
        page.open("Things")
        assert browser.execute_script("return innerWidth") == width
        wide, high = browser.execute_script(
            "const page = document.documentElement; return [page.scrollWidth, page.scrollHeight]"
        )
        assert (wide, high) == (width, 700)
        box = browser.execute_script(
            "const box = document.querySelector('#grid').getBoundingClientRect();"
            "return [box.width, box.height]"
        )
        assert box[0] > 200
        assert box[1] > 150
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_reset_is_shown(browser, sandbox):
    shop(sandbox)
    page = Page(browser, sandbox.url)
    page.open("Things")
    sandbox.reset()
    page.wait(lambda: page.texts("nav p") == ["No base yet."])
    page.wait(lambda: page.texts("#grid p") == ["Choose a table."])
    assert not browser.find_element(By.ID, "next").is_displayed()


def test_a_stopped_server_is_shown(browser):
    with Sandbox() as sandbox:
        page = Page(browser, sandbox.url)
        page.wait(lambda: page.texts("nav p"))
        assert not page.texts("#live.off")
    page.wait(lambda: page.texts("#live.off") == ["live"])
    browser.get_log("browser")  # what it had to say about that is no matter of the next test
