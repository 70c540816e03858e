"""The example shop as a customer meets it: a real browser against running containers."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait

pytestmark = pytest.mark.engine

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1200",
)
PATIENCE = 15  # seconds; packing takes well under one


def in_ci() -> bool:
    """Whether `CI` is set to something that means yes."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false", "no"}


def executable(name: str) -> str:
    """Where the program is. A missing browser skips the test on a laptop and fails it in CI."""
    path = shutil.which(name)
    if path is None:
        (pytest.fail if in_ci() else pytest.skip)(f"no {name} on PATH; run setup/browser")
    return path


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[WebDriver]:
    """A headless Chromium that has never been anywhere."""
    options = webdriver.ChromeOptions()
    options.binary_location = executable("chromium")
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options, webdriver.ChromeService(executable("chromedriver")))
    yield driver
    driver.quit()


class ShopPage:
    """The shop's page, in a customer's words."""

    def __init__(self, browser: WebDriver, url: str) -> None:
        self.browser = browser
        self.eventually = WebDriverWait(browser, PATIENCE, poll_frequency=0.1)
        browser.get(url)

    def choose(self, product: str) -> None:
        """Clicks the card that carries the product's name."""
        card = f"//label[.//*[normalize-space()='{product}']]"
        self.eventually.until(lambda page: page.find_elements(By.XPATH, card))[0].click()

    def press(self, button: str) -> None:
        """Clicks the button with this text or label."""
        self.browser.find_element(
            By.XPATH, f"//button[normalize-space()='{button}' or @aria-label='{button}']"
        ).click()

    def fill_in(self, label: str, text: str) -> None:
        """Types into the field with this label."""
        caption = self.browser.find_element(By.XPATH, f"//label[normalize-space()='{label}']")
        self.browser.find_element(By.ID, caption.get_attribute("for") or "").send_keys(text)

    def text(self, element_id: str) -> str:
        """What the customer reads there now."""
        return self.browser.find_element(By.ID, element_id).text

    def read(self, element_id: str, words: str) -> str:
        """What stands there as soon as it says these words."""
        self.eventually.until(
            lambda _: words in self.text(element_id),
            f"#{element_id} never said {words!r}",
        )
        return self.text(element_id)

    def keep_picture(self, name: str) -> None:
        """A screenshot for people, where `ENVCTL_ARTIFACTS` says."""
        folder = os.environ.get("ENVCTL_ARTIFACTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.browser.save_screenshot(str(Path(folder) / name))


def test_an_order_placed_through_the_page_is_packed(browser: WebDriver, shop_url: str) -> None:
    """Storefront, api, database and worker together bring an order from the shelf to packed."""
    page = ShopPage(browser, shop_url)

    page.choose("Field notebook")
    page.press("One more")
    page.fill_in("Your name", "Ada")
    assert page.text("total") == "€29.00"
    page.press("Place order")

    receipt = page.read("receipt", "is packed")
    page.keep_picture("shop-order-packed.png")
    number = receipt.split()[1]
    row = browser.find_element(By.CSS_SELECTOR, f"li[data-order='{number}']").text
    assert "2 \N{MULTIPLICATION SIGN} Field notebook" in row
    assert "for Ada" in row
    assert "Packed" in row


def test_a_name_left_out_is_asked_for_and_nothing_is_ordered(
    browser: WebDriver, shop_url: str
) -> None:
    """A slip without a name is answered on the page; no order leaves it."""
    page = ShopPage(browser, shop_url)

    page.choose("Brass ruler")
    page.press("Place order")

    page.read("problem", "your name")
    assert page.text("receipt") == ""
    assert browser.switch_to.active_element.get_attribute("id") == "customer"


def test_the_footer_says_which_build_answers(browser: WebDriver, shop_url: str) -> None:
    """Whoever looks at the page can tell which build of each service is behind it."""
    line = ShopPage(browser, shop_url).read("version", "storefront")

    assert "api" in line
    assert "away" not in line
