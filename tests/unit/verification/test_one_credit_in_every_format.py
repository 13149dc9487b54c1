"""One credential is one lot of credit, whatever it is signed as and however its token is spelled."""

from verification_samples import KEYS, PROVIDER, SIGNED, sign, unsigned_unit

from creditbank.canonical import canonical_json
from creditbank.credential import unit_facts
from creditbank.ledger import lot_id
from creditbank.signing import TokenProfile, sign_jwt
from creditbank.verification import read_secured


def test_tokens_and_proofs_of_one_credential_name_one_lot_and_are_told_apart_by_digest() -> None:
    """Threats 10 and 39: identity goes by issuer and id of the first issue, never by the text of a token."""
    unsigned, key = unsigned_unit(1), KEYS[PROVIDER]
    method = f"{PROVIDER}#{key.public.multikey}"
    given = [canonical_json(sign(unsigned, PROVIDER, suite=suite)) for suite in ("eddsa-rdfc-2022", "eddsa-jcs-2022")]
    given += [
        sign_jwt(unsigned, profile=profile, key_id=method, algorithm="EdDSA", sign=key.sign, signed=SIGNED).encode()
        for profile in TokenProfile
    ]
    read = [read_secured(one) for one in given]
    facts = [unit_facts(one.document) for one in read]
    assert len({lot_id(one.issuer, one.first_issue) for one in facts}) == 1
    assert len({(one.credential, one.credits, one.subject) for one in facts}) == 1
    assert len({one.digest for one in read}) == len(given)


def test_a_correction_in_another_format_is_the_same_lot() -> None:
    """Threat 39."""
    corrected = {
        **unsigned_unit(1, first_issue=str(unsigned_unit(1)["id"])),
        "id": "urn:uuid:10000000-0000-4000-8000-0000000000ff",
    }
    before, after = unit_facts(unsigned_unit(1)), unit_facts(corrected)
    assert after.credential != before.credential
    assert lot_id(after.issuer, after.first_issue) == lot_id(before.issuer, before.first_issue)
