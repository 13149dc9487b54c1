"""The pages as a browser without JavaScript gets them."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from doors import CERTIFICATE, House
from markup import Element, faults_of, read_page
from starlette.testclient import TestClient
from worlds import unit

from creditbank.canonical import load_object
from creditbank.credential import bake, plain_png, plain_svg
from creditbank.verification import CREDENTIAL_CHECKS
from creditbank_api.web.session import COOKIE

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def _short(id: str) -> str:
    return id.removeprefix("urn:uuid:")


@pytest.fixture
def asha(house: House) -> Iterator[TestClient]:
    with house.client() as client:
        client.cookies.set(COOKIE, house.tokens["asha"])
        yield client


@pytest.fixture
def pages(house: House) -> dict[str, str]:
    """Every kind of page, as addresses that asha may open."""
    at = f"/learners/{_short(house.learners['asha'].id)}"
    return {
        "verify": "/",
        "sign in": "/sign-in",
        "samples": "/demo",
        "account": at,
        "qualification": f"{at}/qualifications/{CERTIFICATE}",
        "refused": f"{at}/qualifications/{CERTIFICATE}?evaluation={_short(house.evaluations[0].id)}",
        "not weighed": f"{at}/qualifications/kr-acbs-bachelor",
        "what if": f"{at}/qualifications/{CERTIFICATE}/what-if",
        "award": f"/awards/{_short(house.made.id)}",
        "problems": "/problems",
        "problem": "/problems/credits-already-redeemed",
        "error": "/nothing-here",
    }


def _verify(client: TestClient, *files: tuple[str, bytes], text: str = "", policy: str = "live") -> Element:
    given = [("files", (name, data, "application/json")) for name, data in files]
    answer = client.post("/verify", data={"text": text, "policy": policy}, files=given or None)
    assert answer.status_code in (200, 400), answer.text
    page = read_page(answer.text)
    assert faults_of(page) == []
    return page


# -- every page


def test_every_page_is_well_formed_and_named(asha: TestClient, pages: dict[str, str]) -> None:
    for name, path in pages.items():
        answer = asha.get(path)
        assert answer.status_code == (404 if name == "error" else 200), name
        assert faults_of(read_page(answer.text)) == [], name


def test_every_page_names_the_test_chain(asha: TestClient, pages: dict[str, str]) -> None:
    for name, path in pages.items():
        header = read_page(asha.get(path).text).all("header")[0]
        assert "Test chain" in header.text, name


def test_names_are_escaped(asha: TestClient, pages: dict[str, str]) -> None:
    """Threat 48: a name with markup in it stays a name."""
    text = asha.get(pages["account"]).text
    assert "<b>&</b>" not in text
    assert "Asha &lt;b&gt;&amp;&lt;/b&gt;" in text


def test_the_stylesheet_and_the_script_come_from_here(client: TestClient) -> None:
    assert client.get("/static/style.css").headers["content-type"].startswith("text/css")
    assert client.get("/static/verify.js").status_code == 200
    assert client.get("/static/../app.py").status_code == 404


# -- verify and report


def test_the_verify_page_is_a_plain_form(client: TestClient) -> None:
    page = read_page(client.get("/").text)
    (form,) = page.all("form", action="/verify")
    assert form.attributes["method"] == "post"
    assert form.attributes["enctype"] == "multipart/form-data"
    assert {each.attributes.get("name") for each in form.walk() if each.tag in ("input", "textarea")} >= {
        "files",
        "text",
    }


def test_a_genuine_credential_is_accepted_with_four_groups_of_checks(client: TestClient, house: House) -> None:
    page = _verify(client, ("c.json", house.issued["asha:writing"].signed))
    assert page.all("section", class_="verdict")[0].text.startswith("Accepted")
    headings = [each.text for each in page.all("h3")]
    assert [each for each in headings if each in ("Format", "Proof and issuer", "Anchor", "Status and dates")] == [
        "Format",
        "Proof and issuer",
        "Anchor",
        "Status and dates",
    ]
    assert "Policy live" in page.text
    assert "Academic writing" in page.text
    assert page.all("article")[0].all("span", class_="is-test")


def test_every_check_has_a_symbol_a_word_a_sentence_and_says_how_it_knows(client: TestClient, house: House) -> None:
    page = _verify(client, ("c.json", house.issued["asha:writing"].signed))
    checks = page.all("li", class_="check")
    assert {check.attributes["data-check"] for check in checks} == {
        *CREDENTIAL_CHECKS,
        "anchor.receipt-proof",
        "anchor.node",
    }
    for check in checks:
        (outcome,) = check.all("div", class_="check-outcome")
        assert outcome.all("svg", aria_hidden="true")
        assert outcome.text in ("Passed", "Failed", "Not checked", "Not applicable")
        (details,) = check.all("details")
        assert details.children[0].text.startswith("How do we know?")
        assert check.all("p")[0].text


def test_only_what_passed_is_drawn_as_a_tick(client: TestClient, house: House) -> None:
    altered: Any = load_object(house.issued["asha:writing"].signed)
    altered["credentialSubject"]["achievement"]["creditPoints"] = "40"
    page = _verify(client, ("c.json", _bytes(altered)))
    assert page.all("section", class_="verdict")[0].text.startswith("Rejected")
    for check in page.all("li", class_="check"):
        ticked = "d=m6.2" in str([each.attributes for each in check.all("path")]).replace("': '", "=")
        word = check.all("div", class_="check-outcome")[0].text
        assert check.has({"class": "is-good"}) == (word == "Passed")
        assert ticked == (word == "Passed")
    (failed,) = page.all("li", data_check="proof.signature")
    assert failed.text.startswith("Failed")


def _bytes(document: Any) -> bytes:
    from creditbank.canonical import canonical_json

    return canonical_json(document)


def test_every_credential_of_a_presentation_is_shown(client: TestClient, house: House) -> None:
    chosen = [house.issued[f"asha:{slug}"].id for slug in ("writing", "python")]
    shown = house.bank.sharing.present(
        house.learners["asha"].id, chosen, challenge="for-this-test", domain="https://reader.sample.example"
    )
    page = _verify(client, ("p.json", shown))
    parts = [part.text for part in page.all("details", class_="part")]
    assert len(parts) == 2
    assert any("Academic writing" in part for part in parts)
    assert any("Programming with Python" in part for part in parts)


@pytest.mark.parametrize(("picture", "words"), [(plain_png, "A PNG image"), (plain_svg, "An SVG image")])
def test_a_baked_image_is_verified_and_said_to_be_one(
    client: TestClient, house: House, picture: Callable[[str], bytes], words: str
) -> None:
    baked = bake(picture("Academic writing"), house.issued["asha:writing"].signed.decode())
    page = _verify(client, ("badge", baked))
    assert page.all("section", class_="verdict")[0].text.startswith("Accepted")
    assert f"{words} with an Open Badges 3.0 credential inside" in page.text


def test_a_link_is_named_and_not_followed(client: TestClient) -> None:
    page = _verify(client, text="https://college.example/badges/1")
    assert "A link to https://college.example/badges/1, which was not followed" in page.text
    assert "so there was nothing to verify" in page.text


def test_a_pasted_text_is_verified_as_it_stands(client: TestClient, house: House) -> None:
    page = _verify(client, text=f"\n {house.issued['asha:python'].signed.decode()} \n", policy="archival")
    assert "Policy archival" in page.text
    assert "pasted text" in page.text


@pytest.mark.parametrize(
    "text", ["", "hello", '{"a": 1, "a": 2}', "[1]", '{"a": "b"}', '{"document": "creditbank/receipt/v1"}']
)
def test_what_cannot_be_read_is_a_sentence_with_a_next_step(client: TestClient, text: str) -> None:
    page = _verify(client, text=text)
    (summary,) = page.all("div", class_="error-summary")
    assert summary.attributes["role"] == "alert"
    assert summary.all("a", href="#text")
    assert summary.all("p")[0].text


def test_a_file_that_is_too_large_is_refused_as_a_page(client: TestClient) -> None:
    answer = client.post("/verify", data={"text": " " * (1024 * 1024 + 1)})
    assert answer.status_code == 413
    assert faults_of(read_page(answer.text)) == []


def test_nothing_that_was_verified_is_kept(client: TestClient, house: House) -> None:
    canary: Any = load_object(house.issued["asha:writing"].signed)
    canary["name"] = "canary-7d1f55"
    _verify(client, ("canary.json", _bytes(canary)))
    for file in house.bank.settings.home.rglob("*"):
        if file.is_file():
            assert b"canary-7d1f55" not in file.read_bytes()


# -- account


def test_an_account_shows_each_lot_with_its_credential_and_anchor(asha: TestClient, pages: dict[str, str]) -> None:
    page = read_page(asha.get(pages["account"]).text)
    rows = {row.all("th")[0].text: row for table in page.all("table", class_="stacks") for row in table.all("tr")}
    writing = next(row for title, row in rows.items() if title.startswith("Academic writing"))
    assert "Sample University of the Deccan" in writing.text
    assert "Redeemed" in writing.text
    assert "Final" in writing.text
    for link in writing.all("a"):
        assert asha.get(link.attributes["href"]).headers["content-disposition"].startswith("attachment")


def test_systems_are_never_added_together(asha: TestClient, pages: dict[str, str]) -> None:
    page = read_page(asha.get(pages["account"]).text)
    (totals,) = page.all("section", aria_labelledby="totals")
    captions = [each.text for each in totals.all("figcaption")]
    assert captions == [
        "European Credit Transfer and Accumulation System 6 eu-ects in all",
        "Indian credit (National Credit Framework) 35 in-ncrf in all",
        "United Kingdom credit (FHEQ, RQF, SCQF) 15 uk in all",
    ]


def test_a_bar_has_a_title_a_description_and_the_same_data_as_a_table(asha: TestClient, pages: dict[str, str]) -> None:
    page = read_page(asha.get(pages["account"]).text)
    for figure in page.all("figure"):
        (drawing,) = figure.all("svg", class_="bar")
        assert drawing.all("title")[0].text
        (description,) = drawing.all("desc")
        for row in figure.all("tr")[1:]:
            word, amount = row.all("th")[0].text, row.all("td")[0].text
            assert f"{amount} {word.lower()}" in description.text
        widths = [int(each.attributes["width"]) for each in drawing.all("rect", class_="bar-part")]
        assert sum(widths) == 1000


def test_credits_that_wait_for_a_batch_say_so(house: House) -> None:
    with house.client() as client:
        client.cookies.set(COOKIE, house.tokens["minjun"])
        text = read_page(client.get(f"/learners/{_short(house.learners['minjun'].id)}").text).text
    assert "Waits for the next batch" in text or "Final" in text


# -- qualification


def test_a_tree_says_met_by_what(asha: TestClient, pages: dict[str, str]) -> None:
    page = read_page(asha.get(pages["qualification"]).text)
    assert page.all("section", class_="verdict")[0].text.startswith("It adds up")
    (tree,) = page.all("ul", class_="tree")
    nodes = tree.all("div", class_="node")
    assert len(nodes) == 4
    for node in nodes:
        assert node.all("span", class_="badge")[0].text == "Met"
        assert node.all("svg", aria_hidden="true")
        assert node.attributes["data-node"].startswith("certificate")
    filled = next(node for node in nodes if node.attributes["data-node"] == "certificate/year-one")
    assert "Foundations of public policy" in filled.text
    assert "5 credits (from 15 uk)" in filled.text
    assert "Converted by Sample University of the Deccan" in filled.text
    assert "Recognised by Sample University of the Deccan" in filled.text


def test_official_and_what_if_are_a_visible_toggle(asha: TestClient, pages: dict[str, str]) -> None:
    official = read_page(asha.get(pages["qualification"]).text)
    (toggle,) = official.all("nav", aria_label="Official, or what if")
    assert toggle.all("strong", aria_current="page")[0].text == "Official"
    (other,) = toggle.all("a")
    chooser = read_page(asha.get(other.attributes["href"]).text)
    assert chooser.all("section", class_="verdict") == [], "nothing is weighed before something is chosen"
    (back,) = chooser.all("nav", aria_label="Official, or what if")[0].all("a")
    assert read_page(asha.get(back.attributes["href"]).text).all("section", class_="verdict")


def test_a_what_if_says_what_would_be_and_is_on_no_record(
    asha: TestClient, house: House, pages: dict[str, str]
) -> None:
    house.bank.drafting.publish(house.bodies["deccan"].id, unit("what-if"))
    at = f"{pages['qualification']}/what-if"
    chooser = read_page(asha.get(at).text)
    boxes = [box.attributes for box in chooser.all("input", name="planned")]
    assert boxes
    assert all("checked" not in box for box in boxes)
    address = f"{at}?planned={quote(boxes[0]['value'])}"
    would = read_page(asha.get(address).text)
    assert would.all("section", class_="verdict")[0].text.startswith("What if")
    assert "No award can be made of it." in would.text
    assert sum("checked" in box.attributes for box in would.all("input", name="planned")) == 1
    assert would.all("ul", class_="tree")
    record = read_page(asha.get(pages["qualification"]).text).all("section", aria_labelledby="record")[0]
    assert len(record.all("ul")[0].all("li")) == 2, "as many as before"
    assert asha.get(f"{at}?planned=urn:nobody").status_code == 404
    assert asha.get(f"{pages['not weighed']}/what-if").status_code == 404


def test_requirements_and_credits_are_two_captioned_bars(asha: TestClient, pages: dict[str, str]) -> None:
    page = read_page(asha.get(pages["refused"]).text)
    captions = [each.text for each in page.all("figcaption")]
    assert len(captions) == 2
    assert re.fullmatch(r"Requirements \d of 3 rules hold", captions[0])
    assert re.fullmatch(r"Credits 35 counted, at least \d+ needed", captions[1])


def test_a_no_says_what_is_missing_and_what_is_not_counted_and_why(asha: TestClient, pages: dict[str, str]) -> None:
    page = read_page(asha.get(pages["refused"]).text)
    assert page.all("section", class_="verdict")[0].text.startswith("Not yet")
    assert "The smallest gap" in page.text
    (left_out,) = page.all("section", aria_labelledby="left-out")
    rows = {row.all("th")[0].text: row.all("td")[0].text for row in left_out.all("tr")[1:]}
    assert any(title.startswith("Foundations of public policy") for title in rows)
    assert all(reason.endswith(".") for reason in rows.values())


def test_every_evaluation_stays_on_record(asha: TestClient, pages: dict[str, str]) -> None:
    page = read_page(asha.get(pages["qualification"]).text)
    (record,) = page.all("section", aria_labelledby="record")
    assert len(record.all("ul")[0].all("li")) == 2
    (older,) = record.all("a")
    assert "Not yet" in read_page(asha.get(older.attributes["href"]).text).text


def test_an_evaluation_shows_what_changed_since_the_last_run(asha: TestClient, pages: dict[str, str]) -> None:
    page = read_page(asha.get(pages["qualification"]).text)
    (changes,) = page.all("section", aria_labelledby="changes")
    said = [item.text for item in changes.all("li")]
    assert any(sentence.endswith("Now: it adds up.") for sentence in said)
    assert any("counts now." in sentence for sentence in said)
    (older,) = changes.all("a")
    assert older.attributes["href"] == pages["refused"]
    first = read_page(asha.get(pages["refused"]).text)
    assert first.all("section", aria_labelledby="changes") == [], "nothing was before it"


def test_qualifications_stand_by_closeness_with_two_captioned_bars_each(
    asha: TestClient, house: House, pages: dict[str, str]
) -> None:
    house.bank.evaluating.evaluate(
        learner=house.learners["asha"].id,
        qualification="in-ncrf-bachelor",
        organisation=house.bodies["deccan"].id,
        catalogue=False,
    )
    page = read_page(asha.get(pages["account"]).text)
    (towards,) = page.all("section", aria_labelledby="towards")
    captions = [caption.text for caption in towards.all("figcaption")]
    assert len(captions) == 4
    for requirements, credits in zip(captions[::2], captions[1::2], strict=True):
        assert requirements.startswith("Requirements ")
        assert credits.startswith("Credits ")
    ids = [bar.attributes["aria-labelledby"] for bar in towards.all("svg", class_="bar")]
    assert len(ids) == len(set(ids)) == 4
    first, second = towards.all("li")
    assert "It adds up" in first.text
    assert "Not yet" in second.text


def test_a_qualification_that_was_never_weighed_says_what_to_do(asha: TestClient, pages: dict[str, str]) -> None:
    assert "Ask one for an evaluation" in asha.get(pages["not weighed"]).text
    at = pages["account"]
    assert asha.get(f"{at}/qualifications/no-such-thing").status_code == 404
    assert asha.get(f"{pages['qualification']}?evaluation={UNKNOWN}").status_code == 404


# -- award


def test_an_award_shows_which_credential_filled_which_requirement(asha: TestClient, pages: dict[str, str]) -> None:
    page = read_page(asha.get(pages["award"]).text)
    (sum_,) = page.all("section", aria_labelledby="sum")
    rows = [row.text for row in sum_.all("tr")[1:]]
    assert len(rows) == 10
    assert all("First-year credits" in row for row in rows)
    (spends,) = page.all("section", aria_labelledby="spends")
    assert len(spends.all("details")) == 10
    assert "Test chain" in spends.text
    assert spends.text.count("0x") == 20
    (rests,) = page.all("section", aria_labelledby="rests")
    assert "Conversion policy" in rests.text
    assert "Recognition decision" in rests.text


def test_the_files_of_an_award_are_the_exact_bytes(asha: TestClient, house: House, pages: dict[str, str]) -> None:
    assert asha.get(f"{pages['award']}/award.json").content == house.made.signed
    assert asha.get(f"{pages['award']}/stacking-proof.json").content == house.made.proof
    assert asha.get(f"{pages['award']}/anything.json").status_code == 404


def test_the_kit_re_checks_offline_with_the_command_on_the_page(
    asha: TestClient, pages: dict[str, str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from creditbank.cli.running import run_command

    page = read_page(asha.get(pages["award"]).text)
    command = page.all("pre")[0].text.split()
    content = asha.get(f"{pages['award']}/kit.zip").content
    assert content == asha.get(f"{pages['award']}/kit.zip").content
    (tmp_path / "award-kit.zip").write_bytes(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (tmp_path / "trust.json").write_bytes(archive.read("verification-kit/trust.json"))
    monkeypatch.chdir(tmp_path)
    assert command[0] == "creditbank"
    assert run_command(command[1:]) == 0, capsys.readouterr()
    without = command[1 : command.index("--trust")]
    assert run_command(without) == 3


# -- who may see what


def test_private_pages_ask_for_a_sign_in_whether_they_exist_or_not(client: TestClient, pages: dict[str, str]) -> None:
    for path in (
        pages["account"],
        f"/learners/{UNKNOWN}",
        pages["award"],
        f"/awards/{UNKNOWN}",
        pages["qualification"],
    ):
        answer = client.get(path)
        assert answer.status_code == 401
        assert "/sign-in?next=/" in answer.text


def test_anothers_page_looks_like_no_page(house: House, pages: dict[str, str]) -> None:
    """Threat 42."""
    with house.client() as client:
        for name in ("minjun", "open", "nilgiri-registrar"):
            client.cookies.set(COOKIE, house.tokens[name])
            for path in ("account", "qualification", "award"):
                theirs = client.get(pages[path])
                nothing = client.get(pages[path].replace(pages[path].split("/")[2], UNKNOWN))
                assert theirs.status_code == nothing.status_code == 404
                assert theirs.text == nothing.text


def test_the_university_sees_the_award_but_not_the_account(house: House, pages: dict[str, str]) -> None:
    with house.client() as client:
        client.cookies.set(COOKIE, house.tokens["deccan-registrar"])
        page = client.get(pages["award"])
        assert page.status_code == 200
        assert pages["account"] not in page.text
        assert client.get(pages["account"]).status_code == 404


def test_the_samples_are_listed_by_name_only_to_strangers(client: TestClient, pages: dict[str, str]) -> None:
    text = client.get("/demo").text
    assert "Sample University of the Deccan" in text
    assert pages["award"] not in text
    assert "/qualifications/" not in text
