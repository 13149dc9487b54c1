"""The pages in Chromium: nothing blocked, nothing overflowing, keyboard and drop at work, and all without script."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from browsers import served
from doors import CERTIFICATE, House
from mailboxes import signed_in
from visits import short

from creditbank.services.rights import BADGES
from creditbank_api.headers import POLICY
from creditbank_api.web.session import COOKIE, SESSION_COOKIE

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(house: House) -> Iterator[str]:
    """The pages served over a real socket on loopback."""
    with served(house) as found:
        yield found


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Where a program waits for an answer."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


def _paths(house: House) -> list[str]:
    at = f"/learners/{house.learners['asha'].id.removeprefix('urn:uuid:')}"
    tree = f"{at}/qualifications/{CERTIFICATE}"
    refused = f"{tree}?evaluation={house.evaluations[0].id.removeprefix('urn:uuid:')}"
    award = f"/awards/{house.made.id.removeprefix('urn:uuid:')}"
    return [
        "/",
        "/demo",
        at,
        tree,
        refused,
        award,
        "/problems",
        "/problems/unreadable-json",
        "/transparency",
        "/transparency/status-roots",
    ]


def _own_paths(house: House) -> list[str]:
    """The pages on which asha acts, and those on which the Deccan university answers."""
    at = f"/learners/{short(house.learners['asha'].id)}"
    office = f"/organisations/{short(house.bodies['deccan'].id)}"
    applying = f"/applications/new?evaluation={short(house.evaluations[-1].id)}"
    own = ("/applications", applying, "/notices", "/leaving", "/leaving/erasure", "/identity", "/identity/wallet")
    return [
        *(at + path for path in own),
        *(
            office + path
            for path in ("", "/applications", "/flags", "/notices", "/members", "/keys", "/webhooks", "/tokens")
        ),
    ]


def _sign_in(page: Any, address: str, token: str) -> None:
    page.goto(f"{address}/sign-in?next=/demo")
    page.fill("#token", token)
    page.click("main button")
    page.wait_for_url("**/demo")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_overflows_or_is_blocked(browser: Any, address: str, house: House, scheme: str, width: int) -> None:
    """WCAG 1.4.10 at 320 px, and a content security policy that nothing of ours offends."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    _sign_in(page, address, house.tokens["asha"])
    tokens = {"asha": _paths(house)}
    if (scheme, width) in (("light", 320), ("dark", 1280)):
        own = _own_paths(house)
        tokens = {"asha": [*tokens["asha"], *own[:7]], "deccan-registrar": own[7:]}
    for name, paths in tokens.items():
        context.add_cookies([{"name": COOKIE, "value": house.tokens[name], "url": address}])
        for path in paths:
            assert page.goto(address + path).status == 200, path
            page.evaluate("() => document.querySelectorAll('details').forEach(each => { each.open = true })")
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} px wide"
    assert complaints == []
    context.close()


@pytest.mark.parametrize("registered", [True, False])
def test_the_form_that_lets_a_program_in_leads_to_its_registered_address_and_nowhere_else(
    browser: Any, address: str, house: House, listening: socket.socket, registered: bool
) -> None:
    """The policy of the page is tried by the browser itself: the same answer from a page without it is stopped."""
    back = f"http://127.0.0.1:{listening.getsockname()[1]}/back"
    made, _ = house.bank.granting.register(label=f"Wallet {registered}", redirects=(back,), scopes=BADGES)
    context = browser.new_context(user_agent="testclient")  # a session belongs to the browser that it began in
    with house.browser() as client:
        signed_in(client, house, f"lets-in-{registered}@sample.example")
        secret = client.cookies[SESSION_COOKIE]
    page = context.new_page()
    context.add_cookies([{"name": SESSION_COOKIE, "value": secret, "url": address}])
    asked = {"response_type": "code", "client_id": short(made.id), "redirect_uri": back}
    asked |= {"code_challenge": "A" * 43, "code_challenge_method": "S256"}
    if not registered:
        context.route("**/oauth/authorize?*", _without_its_policy)
    page.goto(f"{address}/oauth/authorize?{urlencode(asked)}")
    allow = page.locator("button[value=allow]")
    if registered:
        allow.click(no_wait_after=True)
        listening.settimeout(10)
        connection, _ = listening.accept()
        assert connection.recv(2000).startswith(b"GET /back?code=")
        connection.close()
    else:
        with page.expect_console_message(lambda message: "form-action" in message.text):
            allow.click(no_wait_after=True)
        listening.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listening.accept()
    context.close()


def _without_its_policy(route: Any) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": POLICY})


def test_everything_works_without_javascript(browser: Any, address: str, house: House, tmp_path: Path) -> None:
    file = tmp_path / "credential.json"
    file.write_bytes(house.issued["asha:writing"].signed)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("[data-hint]").is_hidden()
    page.set_input_files("#files", str(file))
    page.click("main button")
    page.wait_for_url("**/verify")
    assert page.locator(".verdict-title").first.inner_text() == "Accepted"
    _sign_in(page, address, house.tokens["asha"])
    for path in _paths(house):
        assert page.goto(address + path).status == 200
    context.close()


def test_a_dropped_file_is_verified(browser: Any, address: str, house: House) -> None:
    page = browser.new_page()
    page.goto(address)
    assert page.locator("[data-hint]").is_visible()
    page.evaluate(
        """text => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], "dropped.json", { type: "application/json" }));
            const zone = document.querySelector("[data-drop]");
            zone.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }""",
        house.issued["asha:python"].signed.decode(),
    )
    assert page.locator("[data-said]").inner_text() == "Chosen: dropped.json"
    page.click("main button")
    page.wait_for_url("**/verify")
    assert page.locator(".verdict-title").first.inner_text() == "Accepted"
    assert page.locator("text=dropped.json").count() == 1
    page.close()


def test_the_keyboard_reaches_the_content_first_and_focus_is_seen(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break  # the end of the page
        seen.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert {"files", "text", "live", "button"} <= seen
    page.close()


def test_targets_are_large_enough(browser: Any, address: str, house: House) -> None:
    """WCAG 2.5.8: 24 px, except links inside a sentence."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    _sign_in(page, address, house.tokens["asha"])
    for path in _paths(house):
        page.goto(address + path)
        small = page.evaluate(
            """() => [...document.querySelectorAll("a, button, summary, input:not([type=hidden]), textarea")]
                .filter(each => each.checkVisibility() && !each.closest("p, td, th, .skip"))
                .filter(each => !each.classList.contains("skip"))
                .map(each => [each.textContent.trim(), each.getBoundingClientRect()])
                .filter(([, box]) => box.height < 24 || box.width < 24)
                .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""
        )
        assert small == [], path
    context.close()


def test_print_opens_what_is_folded_and_drops_the_navigation(browser: Any, address: str, house: House) -> None:
    context = browser.new_context()
    page = context.new_page()
    _sign_in(page, address, house.tokens["asha"])
    page.goto(address + _paths(house)[3])
    page.emulate_media(media="print")
    assert page.locator("nav.nav").is_hidden()
    heights = page.evaluate(
        "() => [...document.querySelectorAll('.node details > ul')].map(each => each.getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) > 10
    context.close()


def test_forced_colours_keep_bars_and_badges_readable(browser: Any, address: str, house: House) -> None:
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    _sign_in(page, address, house.tokens["asha"])
    page.goto(address + _paths(house)[2])
    fills = page.evaluate(
        "() => [...document.querySelectorAll('.bar-part, .bar-ground')].map(each => getComputedStyle(each).fill)"
    )
    assert len(set(fills)) >= 2
    assert page.locator(".badge").first.is_visible()
    context.close()
