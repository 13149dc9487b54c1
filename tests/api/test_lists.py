"""Every list goes on where it stopped, and only for whom and as what it was asked (threats 42 and 55)."""

import base64
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from doors import House
from starlette.testclient import TestClient

from creditbank.cli.demo import samples
from creditbank.ledger import CreditsAlreadyRedeemed
from creditbank.units import Credits
from creditbank_api.pagination import LIFETIME

from .test_jobs import _asked

LISTS = {
    "/v1/batches": "",
    "/v1/frameworks": "",
    "/v1/qualifications": "",
    "/v1/templates": "",
    "/v1/organisations": "",
    "/v1/batches/{batch}/leaves": "",
    "/v1/status-roots": "",
    "/v1/organisations/{deccan}/feed": "",
    "/v1/achievements": "",
    "/v1/credentials": "asha",
    "/v1/evaluations": "asha",
    "/v1/awards": "deccan-registrar",
    "/v1/jobs": "deccan",
    "/v1/accounts/{asha}/lots": "asha",
    "/v1/accounts/{asha}/entries": "asha",
    "/v1/drafts": "deccan",
    "/v1/audit": "deccan",
    "/v1/endorsements": "deccan",
    "/v1/redemptions": "deccan-registrar",
    "/v1/applications": "deccan-registrar",
    "/v1/flags": "deccan-registrar",
}
"""Who asks for each list; nobody in particular for what is public."""


@pytest.fixture(scope="module", autouse=True)
def filled(house: House) -> None:
    """Something of each kind, where the house has none yet."""
    deccan = house.bodies["deccan"]
    with house.client() as client:
        for _ in range(3):
            _asked(client, house.bearer("deccan"), replaces="z6MkNobody")
    house.bank.status_roots.publish()
    lot = house.bank.sharing.account(house.learners["asha"].id).lots[0].lot.id
    for number in range(3):  # a redemption that is refused is on record too, and takes nothing from other tests
        with suppress(CreditsAlreadyRedeemed):
            house.bank.redeeming.redeem(
                f"lists:{number}", lot=lot, amount=Credits.parse("900"), award=f"lists:{number}", by=deccan.id
            )
        with house.bank.store.transaction() as tx:
            house.bank.trail.tell(tx, "operator", "thing.done", f"urn:thing:{number}", organisation=deccan.id)
        house.bank.endorsing.issue(
            f"lists:{number}", organisation=deccan.id, endorsed=house.bodies["thames"].did, comment=f"Good {number}"
        )


def _header(house: House, name: str) -> dict[str, str]:
    return house.bearer(name) if name else {}


def _path(house: House, path: str) -> str:
    with house.bank.store.reading() as tx:
        batch = max(tx.batches(), key=lambda one: one.size).id
    return path.format(asha=house.learners["asha"].id, batch=batch, deccan=house.bodies["deccan"].id)


def _pages(client: TestClient, path: str, header: dict[str, str], limit: int) -> Iterator[Any]:
    """Every page, by following the links."""
    following = f"{path}{'&' if '?' in path else '?'}limit={limit}"
    while following:
        answer = client.get(following, headers=header)
        assert answer.status_code == 200, answer.text
        yield answer.json()
        link = answer.links.get("next")
        assert (link is None) == (answer.json()["next"] is None)
        following = link["url"] if link else ""


@pytest.mark.parametrize("path", LISTS)
def test_a_list_in_pages_is_the_list(client: TestClient, house: House, path: str) -> None:
    header, at = _header(house, LISTS[path]), _path(house, path)
    whole = [item for page in _pages(client, at, header, 200) for item in page["items"]]
    size = max(1, len(whole) // 5)
    parts = [page["items"] for page in _pages(client, at, header, size)]
    assert [item for part in parts for item in part] == whole
    assert all(len(part) == size for part in parts[:-1])
    assert whole or path in ("/v1/drafts", "/v1/flags")


@pytest.mark.parametrize("limit", ["0", "201", "1000000000", "-1", "1.5", "x", "٥", ""])
def test_no_list_gives_more_than_two_hundred(client: TestClient, limit: str) -> None:
    """Threat 55."""
    for path in ("/v1/batches", "/v1/frameworks"):
        assert client.get(path, params={"limit": limit}).status_code == 422


def _cursor(client: TestClient, path: str, header: dict[str, str]) -> str:
    return str(client.get(path, params={"limit": 1}, headers=header).json()["next"])


def _refused(client: TestClient, path: str, cursor: str, header: dict[str, str]) -> bool:
    mark = "&" if "?" in path else "?"
    answer = client.get(f"{path}{mark}{urlencode({'cursor': cursor})}", headers=header)
    return (answer.status_code, answer.json().get("type")) == (400, "/problems/unreadable-cursor")


def test_a_cursor_is_good_for_its_list_its_filter_and_its_caller_alone(client: TestClient, house: House) -> None:
    """Threats 42 and 55."""
    asha, deccan = house.bearer("asha"), house.bearer("deccan")
    own = _cursor(client, "/v1/credentials", asha)
    assert client.get("/v1/credentials", params={"cursor": own}, headers=asha).status_code == 200
    assert _refused(client, "/v1/credentials", own, deccan)
    assert _refused(client, "/v1/evaluations", own, asha)
    public = _cursor(client, "/v1/achievements", {})
    assert client.get("/v1/achievements", params={"cursor": public, "limit": 3}).status_code == 200
    assert _refused(client, f"/v1/achievements?organisation={house.bodies['deccan'].id}", public, {})
    assert _refused(client, "/v1/batches", public, {})


def test_a_forged_cursor_is_refused(client: TestClient) -> None:
    """Threat 55: every single bit of it counts."""
    cursor = _cursor(client, "/v1/batches", {})
    data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for place in range(len(data)):
        forged = bytearray(data)
        forged[place] ^= 1
        assert _refused(client, "/v1/batches", base64.urlsafe_b64encode(forged).decode().rstrip("="), {})
    for forged_text in ("", "AAAA", "x", "QUJD", "../..", "%00", "9" * 799, "a b"):
        assert _refused(client, "/v1/batches", forged_text, {})


def test_a_cursor_is_good_for_a_day(client: TestClient, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    cursor = _cursor(client, "/v1/batches", {})
    now = house.bank.clock.now()
    for late, refused in ((LIFETIME - timedelta(minutes=1), False), (LIFETIME + timedelta(minutes=1), True)):
        with monkeypatch.context() as patch:
            patch.setattr("creditbank.adapters.system.SystemClock.now", lambda _, late=late: now + late)
            assert _refused(client, "/v1/batches", cursor, {}) is refused


def test_what_is_added_meanwhile_moves_nothing(client: TestClient, house: House) -> None:
    """A key is no offset: nothing comes twice, nothing is passed over."""
    header = house.bearer("deccan")
    pages = _pages(client, "/v1/jobs", header, 2)
    seen = [item["id"] for item in next(pages)["items"]]
    _asked(client, header, replaces="z6MkNobody")
    seen += [item["id"] for page in pages for item in page["items"]]
    assert len(seen) == len(set(seen))
    whole = [item["id"] for page in _pages(client, "/v1/jobs", header, 200) for item in page["items"]]
    assert seen == whole[1:]


def test_lists_show_each_caller_their_own(client: TestClient, house: House) -> None:
    """Threat 42."""
    held = {item["id"] for item in client.get("/v1/credentials", headers=house.bearer("asha")).json()["items"]}
    issued = {item["id"] for item in client.get("/v1/credentials", headers=house.bearer("deccan")).json()["items"]}
    assert house.issued["asha:writing"].id in held & issued
    assert house.issued["minjun:writing"].id in issued - held
    for path in ("/v1/evaluations", "/v1/awards"):
        mine = client.get(path, headers=house.bearer("minjun")).json()["items"]
        assert {item["learner"] for item in mine} <= {house.learners["minjun"].id}
        assert client.get(path, headers=house.bearer("admin")).json()["items"] == []
    awarded = client.get("/v1/awards", headers=house.bearer("asha")).json()["items"]
    assert house.made.id in {one["id"] for one in awarded}
    assert {one["learner"] for one in awarded} == {house.learners["asha"].id}


def test_an_account_its_lots_and_entries_are_the_learners_alone(client: TestClient, house: House) -> None:
    """Threat 42: foreign and unknown read alike, also of a single lot."""
    asha, unknown = house.learners["asha"].id, "urn:uuid:00000000-0000-4000-8000-000000000000"
    account = client.get(f"/v1/accounts/{asha}", headers=house.bearer("asha")).json()
    lots = client.get(account["lots"], headers=house.bearer("asha")).json()["items"]
    (balance,) = [one for one in account["balances"] if one["creditSystem"] == lots[0]["creditSystem"]]
    assert {"total", "available", "reserved", "redeemed", "lapsed"} <= balance.keys()
    one = lots[0]["id"]
    assert client.get(f"/v1/lots/{one}", headers=house.bearer("asha")).json() == lots[0]
    entries = client.get(f"{account['entries']}?lot={one}", headers=house.bearer("asha")).json()["items"]
    assert {entry["lot"] for entry in entries} == {one}
    assert [entry["kind"] for entry in entries][-1] == "deposit"
    for name in ("minjun", "deccan", "deccan-registrar"):
        for template in ("/v1/accounts/{}", "/v1/accounts/{}/lots", "/v1/accounts/{}/entries"):
            theirs, nothing = (client.get(template.format(id), headers=house.bearer(name)) for id in (asha, unknown))
            assert theirs.status_code in (403, 404)
            assert theirs.json() | {"instance": ""} == nothing.json() | {"instance": ""}
        foreign = client.get(f"/v1/lots/{one}", headers=house.bearer(name))
        absent = client.get(f"/v1/lots/0x{'0' * 64}", headers=house.bearer(name))
        assert foreign.json() | {"instance": ""} == absent.json() | {"instance": ""}


def test_what_never_changes_is_not_sent_twice(client: TestClient, house: House) -> None:
    unit = samples.ASHA_UNITS[0].achievement
    rules = client.get("/v1/qualifications").json()["items"][0]
    template = client.get("/v1/templates").json()["items"][0]
    framework = client.get("/v1/frameworks").json()["items"][0]
    for path in (
        f"/v1/achievements/{unit.id}/versions/{unit.version}/document",
        f"/v1/qualifications/{rules['id']}/versions/{rules['version']}",
        f"/v1/templates/{template['id']}/versions/{template['version']}",
        f"/v1/frameworks/{framework['id']}/versions/{framework['version']}",
    ):
        first = client.get(path)
        assert first.status_code == 200, path
        tag = first.headers["etag"]
        for given in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = client.get(path, headers={"If-None-Match": given})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert client.get(path, headers={"If-None-Match": '"other"'}).content == first.content
        assert client.get(f"{path[:-1]}9").status_code == 404
