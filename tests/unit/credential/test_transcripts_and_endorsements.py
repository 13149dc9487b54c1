"""Transcripts (CLR 2.0), endorsements, hashed identities: what is built is read back, what does not fit is refused."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sample_units import sample_unit

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.canonical import canonical_json, json_digest, load_object
from creditbank.credential import (
    Achievement,
    Association,
    Identity,
    IssuerProfile,
    NotAnEndorsement,
    NotATranscript,
    NotForATranscript,
    StatusEntry,
    UnusableIdentity,
    build_collection,
    build_credential,
    build_endorsement,
    build_transcript,
    endorsable,
    enveloped,
    read_endorsement,
    read_transcript,
)
from creditbank.credential.identity import read_identities
from creditbank.credential.reading import Fields
from creditbank.signing import PrivateKey, add_proof, canonicalize_rdfc, did_key, proofs_of, verify_proof

LIBRARY = bundled_contexts()
SCHEMAS = Path(__file__).parents[4] / "shared" / "schemas" / "1edtech"
WHEN = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
KEY = PrivateKey.from_seed(b"\x31" * 32)
ISSUER = IssuerProfile(did_key(KEY.public), "Sample University", "https://sample.example/", "EE")
LEARNER = did_key(PrivateKey.from_seed(b"\x32" * 32).public)
UNIT = Achievement.of_unit(sample_unit())
TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJpZCI6InVybjp4In0.c2lnbmF0dXJl"


def urn(number: int) -> str:
    return f"urn:uuid:00000000-0000-4000-8000-{number:012x}"


def sign(document: dict[str, Any], suite: Any = "eddsa-rdfc-2022") -> dict[str, Any]:
    return add_proof(
        document,
        suite=suite,
        verification_method=f"{ISSUER.did}#{KEY.public.multikey}",
        created=WHEN,
        purpose="assertionMethod",
        sign=KEY.sign,
        contexts=LIBRARY,
    )


def badge(number: int = 1, **changes: Any) -> dict[str, Any]:
    return build_credential(
        UNIT,
        **{
            "id": urn(number),
            "issuer": ISSUER,
            "subject": LEARNER,
            "earned": date(2026, 6, 30),
            "valid_from": WHEN,
            "status": StatusEntry("https://bank.example/status/1", 4711),
            **changes,
        },
    )


def transcript(*inside: dict[str, Any] | str, **changes: Any) -> dict[str, Any]:
    return build_transcript(
        inside or [sign(badge(1)), sign(badge(2))],
        **{
            "id": urn(100),
            "issuer": ISSUER,
            "subject": LEARNER,
            "name": "Transcript of a sample learner",
            "valid_from": WHEN,
            "status": StatusEntry("https://bank.example/status/1", 4712),
            **changes,
        },
    )


def endorsement(**changes: Any) -> dict[str, Any]:
    return build_endorsement(
        **{
            "id": urn(200),
            "issuer": ISSUER,
            "endorsed": UNIT.id,
            "comment": "Taught and assessed as described.",
            "name": "Endorsement of a unit",
            "valid_from": WHEN,
            **changes,
        }
    )


def validator(name: str) -> Any:
    schema = json.loads((SCHEMAS / name).read_bytes())
    return jsonschema.validators.validator_for(schema)(schema)


def test_a_transcript_says_whose_it_is_and_what_stands_inside() -> None:
    read = read_transcript(transcript(partial=True))
    assert (read.credential, read.issuer, read.subject, read.partial) == (urn(100), ISSUER.did, LEARNER, True)
    assert [one["id"] for one in read.inside if isinstance(one, dict)] == [urn(1), urn(2)]


def test_the_contexts_of_a_transcript_come_in_the_prescribed_order() -> None:
    """CLR 2.0: VC 2.0, then CLR, then Open Badges."""
    assert transcript()["@context"][:3] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_badge_inside_is_byte_for_byte_the_one_its_issuer_signed(suite: Any) -> None:
    """Also after the whole was signed and read again: its signature holds, and its digest is the anchored one."""
    signed = sign(badge(), suite)
    whole = load_object(canonical_json(sign(transcript(signed))))
    (inside,) = read_transcript(whole).inside
    assert isinstance(inside, dict)
    assert json_digest(inside) == json_digest(signed)
    verify_proof(inside, proofs_of(inside)[0], KEY.public, LIBRARY)
    verify_proof(whole, proofs_of(whole)[0], KEY.public, LIBRARY)


def test_the_signature_of_the_whole_covers_every_word_of_a_badge_inside() -> None:
    whole = transcript(sign(badge()))
    before = canonicalize_rdfc(whole, LIBRARY)
    whole["credentialSubject"]["verifiableCredential"][0]["awardedDate"] = "2020-01-01T00:00:00Z"
    assert canonicalize_rdfc(whole, LIBRARY) != before


@pytest.mark.parametrize(
    ("inside", "sentence"),
    [
        ([badge()], "not signed"),
        ([sign(badge(subject=ISSUER.did))], "not issued to the learner"),
        ([sign(badge()), sign(badge())], "twice"),
        ([TOKEN, TOKEN], "twice"),
        ([{"type": ["VerifiableCredential"]}], "context"),
        ([], "from 1 to 256"),
        ([TOKEN] * 257, "from 1 to 256"),
    ],
)
def test_what_is_unsigned_or_somebody_elses_gets_into_no_transcript(inside: list[Any], sentence: str) -> None:
    with pytest.raises(NotForATranscript, match=sentence):
        build_transcript(inside, id=urn(1), issuer=ISSUER, subject=LEARNER, name="Sample", valid_from=WHEN, status=None)


def test_achievements_hang_together_by_the_words_of_the_standard_alone() -> None:
    both = (Association("isChildOf", UNIT.id, urn(7)),)
    built = transcript(associations=both, achievements=[UNIT.to_json()])
    assert built["credentialSubject"]["association"][0]["associationType"] == "isChildOf"
    canonicalize_rdfc(built, LIBRARY)
    with pytest.raises(NotForATranscript, match="no association"):
        transcript(associations=[replace(both[0], kind="resembles")])


def test_a_credential_signed_as_a_token_stands_in_an_envelope() -> None:
    """VC Data Model 2.0, 4.12."""
    built = transcript(TOKEN)
    (inside,) = built["credentialSubject"]["verifiableCredential"]
    assert inside == enveloped(TOKEN)
    assert inside["id"] == f"data:application/vc+jwt,{TOKEN}"
    canonicalize_rdfc(built, LIBRARY)


@pytest.mark.parametrize(
    "change",
    [
        {"type": ["VerifiableCredential", "AchievementCredential"]},
        {"partial": "no"},
        {"credentialSubject": {"id": LEARNER, "type": ["ClrSubject"]}},
        {"credentialSubject": {"id": LEARNER, "type": ["AchievementSubject"]}},
        {"issuer": None},
    ],
)
def test_what_is_no_transcript_is_not_read_as_one(change: dict[str, Any]) -> None:
    with pytest.raises(NotATranscript):
        read_transcript({**transcript(), **change})


def test_an_endorsement_says_who_speaks_for_what() -> None:
    read = read_endorsement(endorsement())
    assert (read.credential, read.issuer, read.endorsed) == (urn(200), ISSUER.did, UNIT.id)
    assert read.comment == "Taught and assessed as described."
    verify_proof(sign(endorsement()), proofs_of(sign(endorsement()))[0], KEY.public, LIBRARY)


@pytest.mark.parametrize(
    "change",
    [
        {"type": ["VerifiableCredential"]},
        {"credentialSubject": {"type": ["EndorsementSubject"], "endorsementComment": "Good."}},
        {"credentialSubject": {"id": "urn:x:y", "type": ["Profile"]}},
        {"@context": []},
    ],
)
def test_what_endorses_nothing_is_no_endorsement(change: dict[str, Any]) -> None:
    with pytest.raises(NotAnEndorsement):
        read_endorsement({**endorsement(), **change})


def test_at_the_top_of_a_badge_stands_what_speaks_of_it_its_achievement_or_its_profiles() -> None:
    """Open Badges 3.0: claims about the credential, and the achievement and profiles in it."""
    assert endorsable(badge()) == {urn(1), UNIT.id, ISSUER.did, LEARNER}
    assert ISSUER.did in endorsable({**badge(), "issuer": ISSUER.did})


def test_an_identity_is_a_salted_hash_that_only_who_knows_the_name_can_compare() -> None:
    """Annex I asks for the learner's identity; nothing guessable stands there in clear (threat 45)."""
    identity = Identity.of("learner@sample.example", kind="emailAddress", salt="0123456789abcdef")
    document = badge(identities=[identity])
    assert b"learner@sample.example" not in canonical_json(document)
    (read,) = read_identities(Fields.of(document["credentialSubject"], "", NotATranscript))
    assert read == identity
    assert read.matches("learner@sample.example")
    assert not read.matches("another@sample.example")
    canonicalize_rdfc(document, LIBRARY)


@pytest.mark.parametrize(
    ("value", "kind", "salt"),
    [("", "name", "0123456789abcdef"), ("A", "nickname", "0123456789abcdef"), ("A", "name", "short")],
)
def test_an_identity_without_kind_value_or_salt_is_refused(value: str, kind: str, salt: str) -> None:
    with pytest.raises(UnusableIdentity):
        Identity.of(value, kind=kind, salt=salt)


def test_an_identity_in_clear_is_never_compared() -> None:
    clear = {"type": "IdentityObject", "hashed": False, "identityHash": "A. Learner", "identityType": "name"}
    assert read_identities(Fields.of({"identifier": [clear]}, "", NotATranscript)) == ()


def test_no_identity_stands_in_a_credential_unasked() -> None:
    assert "identifier" not in badge()["credentialSubject"]


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="1EdTech's schemas are not part of this repository")
def test_1edtechs_schemas_accept_what_is_built_and_refuse_what_lacks_a_field() -> None:
    identity = Identity.of("A. Learner", kind="name", salt="0123456789abcdef")
    signed_endorsement = sign(endorsement())
    documents = {
        "clr_v2p0_clrcredential_schema.json": (
            sign(transcript(identities=[identity], achievements=[UNIT.to_json()])),
            "credentialSubject",
        ),
        "ob_v3p0_endorsementcredential_schema.json": (signed_endorsement, "name"),
        "clr_v2p0_endorsementcredential_schema.json": (signed_endorsement, "issuer"),
        "ob_v3p0_achievementcredential_schema.json": (
            sign(
                {
                    **badge(
                        identities=[identity],
                        endorsements=[signed_endorsement],
                        issuer_endorsements=[sign(endorsement(endorsed=ISSUER.did))],
                    ),
                    "endorsement": [signed_endorsement],
                }
            ),
            "validFrom",
        ),
    }
    for name, (document, field) in documents.items():
        validator(name).validate(document)
        with pytest.raises(jsonschema.ValidationError):
            validator(name).validate({key: value for key, value in document.items() if key != field})


def test_a_collection_that_nobody_signed_holds_every_byte_and_is_no_credential() -> None:
    spelt = json.dumps(sign(badge()), indent=3).encode()
    made = build_collection([b"  " + spelt + b"\n", TOKEN.encode()], subject=LEARNER)
    assert spelt in made
    found = load_object(made)
    assert (found["type"], found["id"], len(found["verifiableCredential"])) == (["ClrSubject"], LEARNER, 2)
    assert "proof" not in found
    with pytest.raises(NotATranscript):
        read_transcript(found)


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="1EdTech's schemas are not part of this repository")
def test_a_collection_is_what_1edtech_says_the_subject_of_a_learner_record_is() -> None:
    schema = json.loads((SCHEMAS / "clr_v2p0_clrcredential_schema.json").read_bytes())
    part = {"$schema": schema["$schema"], "$defs": schema["$defs"], "$ref": "#/$defs/ClrSubject"}
    judge = jsonschema.validators.validator_for(part)(part)
    found = load_object(build_collection([canonical_json(sign(badge()))], subject=LEARNER))
    judge.validate({name: value for name, value in found.items() if name != "@context"})
    with pytest.raises(jsonschema.ValidationError):
        judge.validate({"id": LEARNER, "type": ["AchievementSubject"]})


@pytest.mark.parametrize("wrong", ["unsigned", "of somebody else", "twice"])
def test_what_could_not_stand_in_a_transcript_stands_in_no_collection(wrong: str) -> None:
    one = sign(badge())
    if wrong == "unsigned":
        del one["proof"]
    with pytest.raises(NotForATranscript):
        build_collection(
            [canonical_json(one)] * (2 if wrong == "twice" else 1),
            subject=ISSUER.did if wrong == "of somebody else" else LEARNER,
        )
