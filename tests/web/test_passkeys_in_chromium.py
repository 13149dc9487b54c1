"""Passkeys in a real browser, with Chromium's virtual authenticator: made, used without a name, used once more."""

from collections.abc import Iterator
from typing import Any

import pytest
from browsers import served
from doors import House

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    """The pages over a real socket, under a name: a number can have no passkeys."""
    with served(house, "localhost") as found:
        yield found


class Device:
    """Chromium's virtual authenticator, plugged into one page (DevTools protocol, domain WebAuthn)."""

    def __init__(self, page: Any, *, present: bool = True) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": present,
        }
        self.id = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def keys(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})[
            "credentials"
        ]
        return found

    def add(self, key: dict[str, Any]) -> None:
        self._session.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": key})


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context()
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None
    )
    yield opened
    assert complaints == []
    context.close()


def _sign_up(page: Any, address: str, name: str) -> None:
    page.goto(f"{address}/sign-up")
    page.fill("#name", name)
    page.click("form[action='/sign-up/passkey/ask'] button")
    page.wait_for_url("**/account")


def test_an_account_is_opened_entered_and_confirmed_by_a_device(page: Any, address: str) -> None:
    device = Device(page)
    _sign_up(page, address, "Zoe Sample")
    assert page.locator("h1").inner_text() == "Zoe Sample"
    (key,) = device.keys()
    assert key["isResidentCredential"]
    assert key["rpId"] == "localhost"
    page.click("form[action='/sign-out'] button")
    page.goto(f"{address}/sign-in?next=/account")
    page.click("form[action='/sign-in/passkey/ask'] button")
    page.wait_for_url("**/account")
    assert page.locator("h1").inner_text() == "Zoe Sample"
    assert device.keys()[0]["signCount"] == key["signCount"] + 1
    page.goto(f"{address}/sign-in/again?next=/account")
    page.click("form[action='/sign-in/again/passkey/ask'] button")
    page.wait_for_url("**/account")
    page.click("form[action='/account/passkeys/ask'] button")
    page.locator("[data-said]", has_text="has a passkey").wait_for()
    assert page.locator("[data-start]").is_visible()


def test_a_copied_key_is_found_out_by_its_count(browser: Any, page: Any, address: str) -> None:
    device = Device(page)
    _sign_up(page, address, "Zoe Sample")
    copy = device.keys()[0]
    page.click("form[action='/sign-out'] button")
    page.goto(f"{address}/sign-in?next=/account")
    page.click("form[action='/sign-in/passkey/ask'] button")
    page.wait_for_url("**/account")
    thief = browser.new_context().new_page()
    Device(thief).add(copy)
    thief.goto(f"{address}/sign-in?next=/account")
    thief.click("form[action='/sign-in/passkey/ask'] button")
    thief.wait_for_selector("#error-summary")
    assert "did not sign you in" in thief.locator("#error-summary").inner_text()
    thief.context.close()


def test_without_a_key_of_this_site_the_page_says_so_and_stays(page: Any, address: str) -> None:
    Device(page)
    page.goto(f"{address}/sign-in")
    page.click("form[action='/sign-in/passkey/ask'] button")
    page.locator("[data-said]", has_text="Nothing was done").wait_for()
    assert page.locator("[data-start]").is_enabled()
    assert page.locator("[data-without]").is_hidden()


def test_without_scripts_the_page_points_to_the_other_ways(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.click("form[action='/sign-in/passkey/ask'] button")
    assert "need JavaScript" in page.locator("[data-without]").inner_text()
    assert page.locator("[data-start]").is_hidden()
    page.click("text=Do something else")
    assert page.url == f"{address}/sign-in"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_of_an_account_overflows_or_is_blocked(browser: Any, address: str, scheme: str, width: int) -> None:
    """WCAG 1.4.10 at 320 px, 2.5.8 for targets, and a content security policy that nothing of ours offends."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    Device(page)
    _sign_up(page, address, "Zoe Sample")
    for path in ("/sign-in", "/sign-up", "/recover", "/account", "/sign-in/again"):
        page.goto(address + path)
        page.evaluate("() => document.querySelectorAll('details').forEach(each => { each.open = true })")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} px wide"
        small = page.evaluate(
            """() => [...document.querySelectorAll("main a, main button, main summary, main input:not([type=hidden])")]
                .filter(each => each.checkVisibility() && !each.closest("p"))
                .map(each => [each.textContent.trim() || each.id, each.getBoundingClientRect()])
                .filter(([, box]) => box.height < 24 || box.width < 24)
                .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""
        )
        assert small == [], path
    assert complaints == []
    context.close()


def test_the_summary_of_errors_takes_the_focus(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("#address", "nobody@sample.example")
    page.fill("#password", "violet kettle runs sideways")
    page.click("form[action='/sign-in/password'] button")
    page.wait_for_selector("#error-summary:focus")
    page.click("text=Go to the field")
    assert page.evaluate("document.activeElement.id") == "address"
    context.close()
