"""Kits of credentials that are not anchored yet, suspended or revoked: made, open about it, and judged accordingly."""

import io
import zipfile

from creditbank.adapters.documents import verify_documents
from creditbank.canonical import load_object
from creditbank.cli.demo import samples
from creditbank.verification import TrustFacts
from creditbank_api.reading import zipped


def _kit(house, id):
    data = zipped(house.bank.kits.of(id))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        page = archive.read("verification-kit/README.html").decode()
        trust = TrustFacts.parse(load_object(archive.read("verification-kit/trust.json")))
    (report,) = verify_documents(data, now=house.bank.clock.now(), trust=trust)
    return page, report


def test_a_kit_says_what_stands_against_its_credential_and_is_judged_so(house):
    unit = samples.ASHA_UNITS[0]
    issued = house.bank.issuing.issue(
        "kit:open",
        organisation=house.bodies[unit.body].id,
        learner=house.learners["minjun"].id,
        achievement=unit.achievement.id,
        version=unit.achievement.version,
        earned=unit.earned,
    )
    page, report = _kit(house, issued.id)
    assert "not anchored yet" in page
    assert "revoked this" not in page
    assert report.verdict == "inconclusive"
    open_ones = {
        check.name for check in report.checks if check.outcome == "unchecked" and check.name in report.required
    }
    assert open_ones
    assert all(name.startswith("anchor.") or name == "dates.signed" for name in open_ones), open_ones
    house.bank.issuing.revoke(issued.id, by=issued.organisation, reason="a sample reason")
    page, report = _kit(house, issued.id)
    assert "had revoked this credential" in page
    assert (report.verdict, report.check("status.revocation").outcome) == ("rejected", "failed")
    page, report = _kit(house, house.issued["asha:writing"].id)
    assert "<strong>" not in page
    assert report.verdict == "accepted"
