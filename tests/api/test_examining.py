"""What is handed in at the pages and the API is judged as it is on the command line."""

import dataclasses

from creditbank.adapters.resolver import HttpsResolver
from creditbank.canonical import canonical_json, load_object
from creditbank.config import Settings
from creditbank.errors import NotFound
from creditbank.services.fetching import DOCUMENT_BYTES, Fetching
from creditbank_api.examining import File, examine


def test_an_altered_copy_of_a_stacked_credential_gets_a_report_of_its_own(house):
    award, evaluation = house.made, house.evaluations[-1]
    used = [row["credential"] for row in evaluation.document["result"]["uses"]]
    with house.bank.store.transaction() as tx:
        stacked = [tx.get_credential(id).signed for id in used]
    altered = load_object(stacked[0])
    altered["name"] = "Another name"
    files = [
        File("award.json", award.signed),
        File("proof.json", award.proof),
        *[File(f"{number}.json", signed) for number, signed in enumerate(stacked)],
        File("altered.json", canonical_json(altered)),
    ]
    reports = examine(house.bank, files, "live").reports
    (copy,) = [report for report in reports if report.title == "Another name"]
    assert copy.verdict == "rejected"
    assert copy.check("proof.signature").outcome == "failed"


class Served:
    """Documents at addresses; it remembers what was asked for."""

    def __init__(self, documents):
        self.documents, self.asked = documents, []

    def fetch(self, url, *, max_bytes):
        self.asked.append(url)
        assert max_bytes == DOCUMENT_BYTES
        if url not in self.documents:
            raise NotFound("There is nothing here.")
        return self.documents[url]


def linked(house, *addresses, served=None):
    links = [File(f"link {at}", address.encode()) for at, address in enumerate(addresses, start=1)]
    fetching = None if served is None else Fetching(served, house.bank.clock)
    return examine(dataclasses.replace(house.bank, fetching=fetching), links, "live")


def test_a_link_is_followed_where_documents_are_fetched_and_the_report_names_the_address(house):
    signed = house.issued["asha:writing"].signed
    served = Served({"https://college.example/1": signed})
    found = linked(house, "https://college.example/1", "https://college.example/2", served=served)
    assert served.asked == ["https://college.example/1", "https://college.example/2"]
    assert [(one.name, one.words) for one in found.recognised] == [
        ("https://college.example/1", "An Open Badges 3.0 credential, behind a link"),
        (
            "link 2",
            "A link to https://college.example/2, which leads to nothing that can be verified (There is nothing here)",
        ),
    ]
    (report,) = found.reports
    assert (report.id, report.verdict) == (house.issued["asha:writing"].id, "accepted")


def test_where_nothing_is_fetched_a_link_says_so_and_no_verdict_is_given(house):
    found = linked(house, "https://college.example/1")
    (one,) = found.recognised
    assert one.words.startswith("A link to https://college.example/1, which was not followed, as nothing is fetched")
    assert found.reports == ()


def test_a_link_into_a_private_network_is_not_asked(house, tmp_path):
    """Threat 14: whoever pastes a link must not make the bank ask its own neighbours."""
    assert Settings.load({}, tmp_path).fetch_documents, "fetching is on unless a setting says otherwise"
    bank = dataclasses.replace(house.bank, fetching=Fetching(HttpsResolver(), house.bank.clock))
    for address in ("http://college.example/1", "https://127.0.0.1/1", "https://localhost/1", "https://[::1]/"):
        (one,) = examine(bank, [File("link", address.encode())], "live").recognised
        assert "leads to nothing that can be verified" in one.words, one.words
