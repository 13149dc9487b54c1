"""A table on pages: sent, rehearsed, reviewed, issued, mended and sent again; nobody else's, nothing unconfirmed."""

from collections.abc import Iterator
from typing import Any

import pytest
from doors import House
from markup import faults_of, read_page
from starlette.testclient import TestClient
from visits import newcomer, refuses, seen, send, short, words

from creditbank.cli.demo import samples
from creditbank_api.web import uploads

UNIT = next(unit for unit in samples.ASHA_UNITS if unit.body == "deccan")


@pytest.fixture
def provider(house: House) -> Iterator[TestClient]:
    with house.browser(house.tokens["deccan"]) as client:
        yield client


def at(house: House, rest: str = "", body: str = "deccan") -> str:
    return f"/organisations/{short(house.bodies[body].id)}/uploads{rest}"


def table(*rows: tuple[str, str]) -> bytes:
    unit = f"{UNIT.achievement.id},{UNIT.achievement.version},{UNIT.earned}"
    lines = [f"{learner},{unit},{row}" for learner, row in rows]
    return "\n".join(["learner,achievement,version,earned,row", *lines]).encode()


def hand_in(house: House, provider: TestClient, content: bytes, name: str = "class.csv") -> Any:
    """Choose a file on the page and send the form."""
    (form,) = read_page(seen(provider, at(house))).all("form", action=at(house))
    held = {each.attributes["name"]: each.attributes["value"] for each in form.all("input", type="hidden")}
    return provider.post(at(house), data=held, files={"table": (name, content)}, follow_redirects=False)


def work(house: House) -> None:
    while house.bank.jobs.work(house.bank.handlers(sends=False)) is not None:
        pass


def test_a_table_is_reviewed_before_anything_is_issued_and_what_failed_is_mended_and_sent_again(
    house: House, provider: TestClient
) -> None:
    learner, _ = newcomer(house, "In a class")
    sent = hand_in(house, provider, table((learner.id, learner.id + "1"), ("=nobody", learner.id + "2")))
    there = sent.headers["location"]
    page = seen(provider, there)
    assert "Being looked at" in page
    assert 'http-equiv="refresh"' in page
    still = seen(provider, f"{there}?still=yes")
    assert 'http-equiv="refresh"' not in still, "whoever reads slowly stops it"
    assert "Look again" in still
    work(house)
    page = seen(provider, there)
    said = words(page)
    assert "2 rows" not in said
    assert "1 row to mend" in said
    assert "line 3" in said
    assert "Issue 1 credential" in said
    assert house.bank.sharing.account(learner.id).lots == ()
    other = send(provider, page, f"{there}/confirmation", rehearsal="sha256:" + "0" * 64)
    assert (other.status_code, "Nothing was issued" in other.text) == (409, True)
    assert send(provider, page, f"{there}/confirmation").status_code == 303
    page = seen(provider, there)
    assert "Being issued" in page
    assert "1 row still to be issued" in words(page)
    work(house)
    page = seen(provider, there)
    assert "Done" in page
    assert 'http-equiv="refresh"' not in page, "nothing goes on"
    assert f"{there}/confirmation" not in page
    assert len(house.bank.sharing.account(learner.id).lots) == 1
    file = provider.get(f"{there}/failures.csv")
    assert file.headers["content-type"].startswith("text/csv")
    (row,) = file.text.splitlines()[1:]
    assert row.startswith("'=nobody,"), "no spreadsheet takes it for a formula (threat 49)"
    mended = file.content.replace(b"'=nobody", learner.did.encode())
    again = hand_in(house, provider, mended, "mended.CSV").headers["location"]
    work(house)
    page = seen(provider, again)
    send(provider, page, f"{again}/confirmation")
    work(house)
    assert len(house.bank.sharing.account(learner.id).lots) == 2
    assert "2 issued" not in seen(provider, at(house))


def test_what_is_no_table_is_refused_where_it_was_chosen(house: House, provider: TestClient) -> None:
    for name, content in (("class.xlsx", b"PK"), ("", b"")):
        refused = hand_in(house, provider, content, name)
        assert (refused.status_code, 'id="table-fault"' in refused.text) == (415, True)
        assert faults_of(read_page(refused.text)) == []
    unreadable = hand_in(house, provider, b"learner,whatever\nx,y\n").headers["location"]
    work(house)
    page = seen(provider, unreadable)
    assert "Cannot be read" in page
    assert f"{unreadable}/confirmation" not in page


def test_a_table_too_large_is_cut_while_it_arrives(
    house: House, provider: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threat 3."""
    monkeypatch.setattr(uploads, "MAX_UPLOAD", 1000)
    monkeypatch.setattr(uploads, "ENVELOPE", 1000)
    assert hand_in(house, provider, b"x" * 5000).status_code == 413
    sent = provider.post(at(house), content=b"nonsense", headers={"Content-Type": "multipart/form-data"})
    assert sent.status_code == 415


def test_tables_are_their_providers_alone(house: House, provider: TestClient) -> None:
    """Threats 42 and 50."""
    there = hand_in(house, provider, table(("nobody", "x"))).headers["location"]
    upload = there.rpartition("/")[2]
    for who, body in (("open", "open"), ("asha", "deccan"), ("nilgiri", "nilgiri")):
        with house.browser(house.tokens[who]) as other:
            for path in (there, f"{there}/failures.csv", at(house, f"/{upload}", body)):
                refuses(other, path)
            refuses(other, f"{there}/confirmation", method="POST")
            refuses(other, at(house), method="POST")
    with house.browser(house.tokens["deccan-registrar"]) as registrar:
        refuses(registrar, there, status=403)
    refuses(provider, f"{there}/confirmation", method="POST", status=403)
    forged = provider.post(at(house), data={"form_token": "x", "request": "y"}, files={"table": ("a.csv", b"x")})
    assert forged.status_code == 403
    with house.browser() as nobody:
        refuses(nobody, there, status=401)
    work(house)
