"""Laws over random credentials: the published schema accepts them, RDFC-1.0 has one result, no change goes unseen."""

import copy
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pyoxigraph
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyld import jsonld

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.canonical import canonical_json, sha256
from creditbank.credential import (
    Achievement,
    IssuerProfile,
    Level,
    Outcome,
    Scale,
    StatusEntry,
    Target,
    build_award,
    build_credential,
    build_presentation,
    read_credential,
    unit_facts,
)
from creditbank.errors import BadInput
from creditbank.signing import (
    PrivateKey,
    ProofInvalid,
    add_proof,
    canonicalize_rdfc,
    did_key,
    proofs_of,
    verify_proof,
)
from creditbank.units import CreditAmount, Credits

LIBRARY = bundled_contexts()
KEY = PrivateKey.from_seed(b"\x03" * 32)
ISSUER = did_key(KEY.public)
SCHEMAS = Path(__file__).parents[4] / "shared" / "schemas" / "1edtech"
WHEN = datetime(2026, 11, 23, tzinfo=UTC)

# pyld leaves control characters other than these unescaped, against canonical N-Quads; see the test of escapes
characters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\t\n\r")
texts = st.text(characters, min_size=1, max_size=30).filter(str.strip)
codes = st.from_regex(r"[a-z0-9][a-z0-9.:-]{0,20}", fullmatch=True)
credits = st.integers(1, 240_000).map(Credits)
outcomes = st.builds(Outcome, texts, st.sampled_from(["knowledge", "skills", "attitudes"]))
achievements = st.builds(
    Achievement,
    id=st.uuids(version=4).map(lambda value: value.urn),
    version=texts,
    name=texts,
    description=texts,
    criteria=texts,
    credits=st.builds(CreditAmount, codes, credits),
    level=st.none() | st.builds(Level, codes, texts, st.just("") | texts),
    workload=st.integers(1, 3000).map(lambda hours: f"PT{hours}H"),
    categories=st.lists(codes, max_size=4).map(tuple),
    source_type=codes,
    mode=st.sampled_from(["online", "on-site", "blended"]),
    outcomes=st.lists(outcomes, min_size=1, max_size=4).map(tuple),
    assessment=texts,
    quality_assurance=texts,
    supervision=st.sampled_from(["", "unsupervised without identity check"]),
    content=st.just("") | texts,
    language=st.sampled_from(["en", "pt-BR", "ko"]),
    country=st.sampled_from(["IN", "KR", "EE"]),
    fields=st.lists(st.builds(Target, st.from_regex(r"[0-9]{2,4}", fullmatch=True), texts), max_size=2).map(tuple),
    skills=st.lists(st.builds(Target, st.just("http://data.europa.eu/esco/skill/S1"), texts), max_size=1).map(tuple),
    scales=st.sampled_from([(), (Scale("ten", "Ten points", ("F", "P", "A"), "P"),), (Scale("free", "Free"),)]),
    tags=st.lists(texts, max_size=2).map(tuple),
    unit=st.sampled_from(["", "sha256:" + "0" * 64]),
)
profiles = st.builds(
    IssuerProfile, st.just(ISSUER), texts, st.none() | st.just("https://sample.example/"), st.just("EE")
)


@st.composite
def credentials(draw: st.DrawFn) -> dict[str, Any]:
    achievement = draw(achievements)
    return build_credential(
        achievement,
        id=draw(st.uuids(version=4)).urn,
        issuer=draw(profiles),
        subject=did_key(PrivateKey.from_seed(draw(st.binary(min_size=32, max_size=32))).public),
        earned=draw(st.dates(date(2000, 1, 1), date(2026, 1, 1))),
        valid_from=WHEN,
        valid_until=draw(st.none() | st.just(datetime(2030, 1, 1, tzinfo=UTC))),
        status=draw(st.none() | st.builds(StatusEntry, st.just("https://bank.example/s/1"), st.integers(0, 99))),
        first_issue=draw(st.none() | st.uuids(version=4).map(lambda value: value.urn)),
        result=draw(st.none() | texts),
        grades=[(scale.id, "P") for scale in achievement.scales if draw(st.booleans())],
    )


def award(achievement: Achievement, issuer: IssuerProfile) -> dict[str, Any]:
    return build_award(
        id=achievement.id,
        issuer=issuer,
        subject=ISSUER,
        qualification_id=achievement.source_type,
        version=achievement.version,
        title=achievement.name,
        framework=achievement.credits.system,
        level=achievement.level.code if achievement.level else None,
        criteria=achievement.criteria,
        valid_from=WHEN,
        status=None,
        proof_id="urn:uuid:00000000-0000-4000-8000-000000000001",
        proof_digest=sha256(achievement.name.encode()),
    )


def sign(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return add_proof(
        document,
        **{
            "verification_method": f"{ISSUER}#{KEY.public.multikey}",
            "created": WHEN,
            "purpose": "assertionMethod",
            "sign": KEY.sign,
            "contexts": LIBRARY,
            **changes,
        },
    )


def check(secured: dict[str, Any]) -> None:
    for proof in proofs_of(secured):
        verify_proof(secured, proof, KEY.public, LIBRARY)


def by_pyld(document: dict[str, Any]) -> bytes:
    """The reference path: pyld expands, converts and canonicalises."""
    normal: str = jsonld.normalize(
        document,
        {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": LIBRARY.loader()},
    )
    return normal.encode()


laws = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@laws
@given(credentials())
def test_pyoxigraph_pyld_and_we_write_the_same_statements(document: dict[str, Any]) -> None:
    mine = canonicalize_rdfc(document, LIBRARY)
    assert mine == by_pyld(document)
    parsed = pyoxigraph.parse(mine, format=pyoxigraph.RdfFormat.N_QUADS)
    dataset = pyoxigraph.Dataset(parsed)  # type: ignore[arg-type]
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    theirs = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS)
    assert theirs is not None
    assert sorted(theirs.splitlines()) == mine.splitlines()


@laws
@given(achievements, profiles)
def test_awards_and_presentations_have_one_canonical_form_too(achievement: Achievement, issuer: IssuerProfile) -> None:
    document = award(achievement, issuer)
    assert canonicalize_rdfc(document, LIBRARY) == by_pyld(document)
    others = [{**document, "id": f"urn:uuid:{number}"} for number in range(3)]
    shown = build_presentation([sign(one) for one in others], id="urn:uuid:00000000", holder=ISSUER)
    assert canonicalize_rdfc(shown, LIBRARY) == by_pyld(shown)


def test_control_characters_are_escaped_as_canonical_n_quads_say() -> None:
    """RDFC-1.0 (5): BS, TAB, LF, FF, CR by letter, other controls and DEL as \\uXXXX. pyld writes some as they are."""
    document = award_of_name('a\b\t\n\f\r\x01\x1f\x7f\x80"\\é')
    line = next(
        line
        for line in canonicalize_rdfc(document, LIBRARY).splitlines()
        if b"Achievement" not in line and b"schema.org/name" in line and b"did:key" not in line
    )
    assert line.endswith('"a\\b\\t\\n\\f\\r\\u0001\\u001F\\u007F\x80\\"\\\\é" .'.encode())


def award_of_name(name: str) -> dict[str, Any]:
    return build_award(
        id="urn:uuid:00000000-0000-4000-8000-000000000002",
        issuer=IssuerProfile(ISSUER, "Sample", None, "EE"),
        subject=ISSUER,
        qualification_id="sample",
        version="1",
        title=name,
        framework="eu-eqf",
        level=None,
        criteria="c",
        valid_from=WHEN,
        status=None,
        proof_id="urn:uuid:00000000-0000-4000-8000-000000000001",
        proof_digest=sha256(b""),
    )


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in leaves(item, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, item in enumerate(value) for leaf in leaves(item, (*path, index))]
    return [path]


@laws
@given(credentials(), st.data(), st.sampled_from(["eddsa-rdfc-2022", "eddsa-jcs-2022"]))
def test_a_change_to_any_value_is_refused(document: dict[str, Any], data: st.DataObject, suite: str) -> None:
    secured = sign(document, suite=suite)
    path = data.draw(st.sampled_from(leaves({k: v for k, v in secured.items() if k != "@context"})))
    target: Any = copy.deepcopy(secured)
    forged = target
    for step in path[:-1]:
        target = target[step]
    value = target[path[-1]]
    target[path[-1]] = value + 1 if isinstance(value, int) else f"{value}x"
    with pytest.raises((BadInput, ProofInvalid)):
        check(forged)


@laws
@given(credentials(), st.data(), st.sampled_from(["eddsa-rdfc-2022", "eddsa-jcs-2022"]))
def test_a_field_that_is_removed_is_missed(document: dict[str, Any], data: st.DataObject, suite: str) -> None:
    secured = sign(document, suite=suite)
    forged = copy.deepcopy(secured)
    places = [forged, forged["credentialSubject"], forged["credentialSubject"]["achievement"]]
    target = data.draw(st.sampled_from(places))
    del target[data.draw(st.sampled_from(sorted(target.keys() - {"proof", "@context"})))]
    with pytest.raises((BadInput, ProofInvalid)):
        check(forged)


@laws
@given(credentials(), st.sampled_from(["eddsa-rdfc-2022", "eddsa-jcs-2022"]))
def test_spelling_the_same_document_anew_changes_nothing(document: dict[str, Any], suite: str) -> None:
    secured = sign(document, suite=suite)
    again = json.loads(canonical_json(secured))
    verify_proof(again, again["proof"], KEY.public, LIBRARY)
    assert unit_facts(again) == unit_facts(secured)
    assert read_credential(again).id == document["id"]


@laws
@given(credentials(), achievements, profiles)
def test_the_published_schema_of_open_badges_accepts_what_we_build(
    document: dict[str, Any], achievement: Achievement, issuer: IssuerProfile
) -> None:
    validator = open_badges_schema()
    for built in (document, award(achievement, issuer)):
        validator.validate(sign(built))


def test_the_published_schema_refuses_a_credential_without_criteria() -> None:
    """The schema test can say no."""
    document = award_of_name("x")
    del document["credentialSubject"]["achievement"]["criteria"]
    with pytest.raises(jsonschema.ValidationError):
        open_badges_schema().validate(document)


def open_badges_schema() -> Any:
    path = SCHEMAS / "ob_v3p0_achievementcredential_schema.json"
    if not path.exists():
        pytest.skip(f"1EdTech's schema is not here ({path.name}); its licence keeps it out of this repository")
    schema = json.loads(path.read_bytes())
    return jsonschema.validators.validator_for(schema)(
        schema, format_checker=jsonschema.Draft201909Validator.FORMAT_CHECKER
    )
