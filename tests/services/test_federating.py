"""Signing in through an organisation, against an issuer in memory that lies: each lie is a no."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from front_doors import AT, GOOD, HERE, Entrance, TestClock, build_entrance
from joserfc import jwk, jws
from soft_issuer import CLIENT, ISSUER, KEYS, SECRET, SoftIssuer

from creditbank.canonical import canonical_json
from creditbank.services.federating import (
    OPEN_FOR,
    IssuerUnavailable,
    NoIdentityProvider,
    Purpose,
    UnusableIssuer,
    WrongIdentity,
)
from creditbank.services.membership_records import MembershipRecord
from creditbank.services.people import SignInTaken
from creditbank.services.people_records import SignInKind
from creditbank.services.ports import UnknownRecord
from creditbank.services.records import Organisation, Role
from creditbank.services.rights import MemberRole
from creditbank.services.throttling import TooManyTries

BODY = "urn:uuid:body"
REDIRECT = f"{AT}/sign-in/organisation/return"


@pytest.fixture
def issuer() -> SoftIssuer:
    return SoftIssuer(TestClock())


@pytest.fixture
def entrance(tmp_path: Path, issuer: SoftIssuer) -> Iterator[Entrance]:
    built = build_entrance(tmp_path, issuer)
    issuer.clock = built.clock
    for id, name in ((BODY, "Sample University"), ("urn:uuid:other", "Another University")):
        body = Organisation(
            id, name, f"did:web:{id[-4:]}.example", frozenset({Role.UNIVERSITY}), (), "IN", True, "", built.clock.now()
        )
        with built.store.transaction() as tx:
            tx.add_organisation(body)
    configure(built)
    yield built
    built.store.close()


def configure(entrance: Entrance, *, body: str = BODY, domains: tuple[str, ...] = (), claims: Any = None) -> None:
    entrance.door.federating.configure(
        body, issuer=ISSUER, client=CLIENT, secret=SECRET, domains=domains, claims=claims or {}
    )


def entered(entrance: Entrance, issuer: SoftIssuer, **change: Any) -> Any:
    """A whole sign-in; `change` replaces what the browser brings back."""
    purpose, person = change.pop("purpose", Purpose.SIGN_IN), change.pop("person", "")
    body = change.pop("body", BODY)
    asking = change.pop("asking", HERE)
    gone = entrance.door.federating.depart(
        body, purpose, redirect=REDIRECT, target="/account", asking=asking, person=person
    )
    back = {**issuer.sign_in(gone.address), "browser": gone.browser, "redirect": REDIRECT, **change}
    return entrance.door.federating.arrive(**back, asking=asking, person=person, at=AT)


def test_an_issuers_word_opens_an_account_of_its_own_and_finds_it_again(entrance: Entrance, issuer: SoftIssuer) -> None:
    first = entered(entrance, issuer).signed_in.opened.session
    again = entered(entrance, issuer).signed_in.opened.session
    assert first.person == again.person
    assert entrance.door.people.person(first.person).name == "Staff Sample"
    (way,) = entrance.door.people.sign_ins(first.person)
    assert (way.handle, way.label) == (f"{ISSUER}\nsubject-1", "Sample University")
    issuer.subject = "subject-2"
    assert entered(entrance, issuer).signed_in.opened.session.person != first.person


def test_an_issuers_word_makes_nobody_a_member_and_opens_no_credits(entrance: Entrance, issuer: SoftIssuer) -> None:
    """Threat 42: membership takes an invitation; an e-mail address alone gives nothing."""
    issuer.claims = {"email": "one@sample.example", "email_verified": True}
    mine = entrance.person()
    session = entered(entrance, issuer).signed_in.opened.session
    assert session.acting == ""
    assert entrance.door.people.learners(session.person) == []
    assert session.person != mine.id


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_public_keys_of_three_kinds_are_taken(entrance: Entrance, issuer: SoftIssuer, alg: str) -> None:
    issuer.alg = alg
    assert entered(entrance, issuer).signed_in


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": ISSUER + "/"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": "a\nb"},
        {"sub": 7},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another-client"]},
        {"aud": []},
        {"aud": None},
        {"azp": "another-client"},
        {"exp": 0},
        {"exp": None},
        {"exp": "never"},
        {"exp": True},
        {"iat": None},
        {"iat": 0},
        {"nonce": None},
        {"nonce": "another"},
        {"nonce": ""},
    ],
)
def test_a_token_that_says_something_else_is_refused(
    entrance: Entrance, issuer: SoftIssuer, claims: dict[str, Any]
) -> None:
    issuer.claims = claims
    with pytest.raises(WrongIdentity):
        entered(entrance, issuer)


@pytest.mark.parametrize(("claim", "minutes"), [("exp", -3), ("nbf", 3), ("iat", 3), ("iat", -18)])
def test_a_token_of_another_time_is_refused(entrance: Entrance, issuer: SoftIssuer, claim: str, minutes: int) -> None:
    """Threat 57: two minutes of skew are forgiven, three are not."""
    now = entrance.clock.now()
    issuer.claims = {claim: int((now + timedelta(minutes=minutes)).timestamp())}
    with pytest.raises(WrongIdentity):
        entered(entrance, issuer)
    issuer.claims = {claim: int((now + timedelta(minutes=minutes / 3)).timestamp())}
    assert entered(entrance, issuer).signed_in


def test_an_audience_in_a_list_of_one_and_our_own_azp_are_fine(entrance: Entrance, issuer: SoftIssuer) -> None:
    issuer.claims = {"aud": [CLIENT], "azp": CLIENT}
    assert entered(entrance, issuer).signed_in


def _segment(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


STRANGER = jwk.ECKey.generate_key("P-256", {"kid": "ec"})
PEM = KEYS["RS256"].as_pem(private=False)


def _hmac(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    signed = f"{_segment(header)}.{_segment(claims)}"
    mac = hmac.new(key, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


FORGERIES = {
    "none": lambda claims: f"{_segment({'alg': 'none'})}.{_segment(claims)}.",
    "hmac-secret": lambda claims: _hmac({"alg": "HS256"}, claims, SECRET.encode()),
    "hmac-listed": lambda claims: _hmac({"alg": "HS256", "kid": "oct"}, claims, b"secret"),
    "hmac-public-key": lambda claims: _hmac({"alg": "HS256", "kid": "rsa"}, claims, PEM),
    "stranger": lambda claims: jws.serialize_compact({"alg": "ES256", "kid": "ec"}, json.dumps(claims), STRANGER),
    "key-in-header": lambda claims: jws.serialize_compact(
        {"alg": "ES256", "kid": "ec", "jwk": STRANGER.as_dict(private=False)}, json.dumps(claims), STRANGER
    ),
    "another-algorithm": lambda claims: jws.serialize_compact(
        {"alg": "PS256", "kid": "rsa"},
        json.dumps(claims),
        jwk.RSAKey.import_key(KEYS["RS256"].as_pem(private=True)),
        ["PS256"],
    ),
    "key-of-another-kind": lambda claims: jws.serialize_compact(
        {"alg": "ES256", "kid": "rsa"}, json.dumps(claims), KEYS["ES256"]
    ),
    "unknown-key": lambda claims: jws.serialize_compact(
        {"alg": "ES256", "kid": "gone"}, json.dumps(claims), KEYS["ES256"]
    ),
    "changed-after": lambda claims: "{0}.{2}.{1}".format(
        *_signed(claims).split(".")[::2], _segment({**claims, "sub": "victim"})
    ),
    "twice-a-name": lambda claims: jws.serialize_compact(
        {"alg": "ES256", "kid": "ec"}, json.dumps(claims)[:-1] + ', "sub": "victim"}', KEYS["ES256"]
    ),
    "no-object": lambda _: jws.serialize_compact({"alg": "ES256", "kid": "ec"}, "[]", KEYS["ES256"]),
    "empty": lambda _: "",
    "no-token": lambda _: "a.b.c",
    "long": lambda _: "x" * 10_000,
}


def _signed(claims: dict[str, Any]) -> str:
    return jws.serialize_compact({"alg": "ES256", "kid": "ec"}, json.dumps(claims), KEYS["ES256"])


@pytest.mark.parametrize("name", FORGERIES)
def test_only_the_issuers_own_keys_and_algorithms_sign(entrance: Entrance, issuer: SoftIssuer, name: str) -> None:
    """Threats 1 and 9: each says everything right, and is not signed by the issuer's key in a way that counts."""
    issuer.forge = FORGERIES[name]
    with pytest.raises(WrongIdentity):
        entered(entrance, issuer)
    issuer.forge = _signed
    assert entered(entrance, issuer).signed_in


# state, browser, issuer


def test_an_answer_counts_once_in_the_browser_that_asked_within_ten_minutes(
    entrance: Entrance, issuer: SoftIssuer
) -> None:
    """Threat 50: CSRF at the redirect would sign a victim in to the attacker's account."""
    federating = entrance.door.federating
    for change in ({"browser": ""}, {"browser": "cbo_another"}, {"state": "cbo_another"}, {"state": ""}):
        with pytest.raises(WrongIdentity):
            entered(entrance, issuer, **change)
    gone = federating.depart(BODY, Purpose.SIGN_IN, redirect=REDIRECT, target="/", asking=HERE)
    back = {**issuer.sign_in(gone.address), "browser": gone.browser, "redirect": REDIRECT}
    assert federating.arrive(**back, asking=HERE, person="", at=AT)
    with pytest.raises(WrongIdentity):
        federating.arrive(**back, asking=HERE, person="", at=AT)
    late = federating.depart(BODY, Purpose.SIGN_IN, redirect=REDIRECT, target="/", asking=HERE)
    back = {**issuer.sign_in(late.address), "browser": late.browser, "redirect": REDIRECT}
    entrance.clock.time += OPEN_FOR
    with pytest.raises(WrongIdentity):
        federating.arrive(**back, asking=HERE, person="", at=AT)


@pytest.mark.parametrize("named", ["", "https://evil.example"])
def test_another_issuers_answer_is_refused(entrance: Entrance, issuer: SoftIssuer, named: str) -> None:
    """RFC 9207: the mix-up attack; an issuer that says it names itself must."""
    with pytest.raises(WrongIdentity):
        entered(entrance, issuer, named=named)


def test_a_code_of_somebody_else_is_refused(entrance: Entrance, issuer: SoftIssuer) -> None:
    """A stolen code, put into one's own answer: the verifier is another's (RFC 7636, 4.6)."""
    theirs = entrance.door.federating.depart(BODY, Purpose.SIGN_IN, redirect=REDIRECT, target="/", asking=HERE)
    stolen = issuer.sign_in(theirs.address)["code"]
    with pytest.raises(WrongIdentity):
        entered(entrance, issuer, code=stolen)


# what the organisation asks for


@pytest.mark.parametrize(
    ("claims", "admitted"),
    [
        ({"email": "a@staff.sample.example", "email_verified": True}, True),
        ({"email": "a@STAFF.sample.example", "email_verified": True}, True),
        ({"email": "a@staff.sample.example"}, False),
        ({"email": "a@staff.sample.example", "email_verified": "true"}, False),
        ({"email": "a@staff.sample.example.evil.example", "email_verified": True}, False),
        ({"email": "a@evil-staff.sample.example", "email_verified": True}, False),
        ({"email": "staff.sample.example", "email_verified": True}, False),
        ({}, False),
    ],
)
def test_domains_let_in_verified_addresses_of_theirs_alone(
    entrance: Entrance, issuer: SoftIssuer, claims: dict[str, Any], admitted: bool
) -> None:
    configure(entrance, domains=("Staff.Sample.Example",))
    issuer.claims = claims
    if admitted:
        assert entered(entrance, issuer).signed_in
    else:
        with pytest.raises(WrongIdentity):
            entered(entrance, issuer)


@pytest.mark.parametrize(
    ("claims", "admitted"),
    [
        ({"groups": ["students", "registry"]}, True),
        ({"groups": "registry"}, True),
        ({"groups": ["students"]}, False),
        ({"groups": "registry-of-others"}, False),
        ({}, False),
    ],
)
def test_claims_let_in_those_who_have_them(
    entrance: Entrance, issuer: SoftIssuer, claims: dict[str, Any], admitted: bool
) -> None:
    configure(entrance, claims={"groups": "registry"})
    issuer.claims = claims
    if admitted:
        assert entered(entrance, issuer).signed_in
    else:
        with pytest.raises(WrongIdentity):
            entered(entrance, issuer)


def test_what_the_token_leaves_out_is_asked_for_and_is_about_the_same_person(
    entrance: Entrance, issuer: SoftIssuer
) -> None:
    configure(entrance, domains=("sample.example",))
    issuer.more = {"email": "a@sample.example", "email_verified": True, "iss": "https://evil.example"}
    assert entered(entrance, issuer).signed_in
    issuer.more = {"email": "a@sample.example", "email_verified": True, "sub": "somebody else"}
    with pytest.raises(WrongIdentity):
        entered(entrance, issuer)


# adding, and once more


def test_an_organisations_sign_in_is_added_and_confirms_its_account(entrance: Entrance, issuer: SoftIssuer) -> None:
    person = entrance.person()
    opened = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE).opened
    here = replace(HERE, session=opened.secret)
    entered(entrance, issuer, purpose=Purpose.ADD, person=person.id, asking=here)
    assert [letter.to for letter in entrance.mail()] == ["one@sample.example"]
    assert len(entrance.door.people.sign_ins(person.id)) == 2
    assert entered(entrance, issuer).signed_in.opened.session.person == person.id
    fresh = entered(entrance, issuer, purpose=Purpose.AGAIN, person=person.id, asking=here).opened
    assert entrance.door.sessions.is_fresh(fresh.session)
    assert entrance.door.sessions.find(opened.secret, agent=HERE.agent) is None


def test_a_session_that_the_issuer_found_open_is_no_showing_of_who_it_is(
    entrance: Entrance, issuer: SoftIssuer
) -> None:
    """A passer-by at an open browser is signed in at the organisation too, and changes no ways to sign in by it."""
    now = entrance.clock.now()
    for at, fresh in (
        (None, False),
        (int((now - timedelta(hours=3)).timestamp()), False),
        (int((now - timedelta(minutes=2)).timestamp()), True),
    ):
        issuer.claims = {"auth_time": at}
        for _ in range(2):  # the first sign-in of an account, and the next
            assert entrance.door.sessions.is_fresh(entered(entrance, issuer).signed_in.opened.session) is fresh


def test_an_old_sign_in_at_the_issuer_confirms_nothing(entrance: Entrance, issuer: SoftIssuer) -> None:
    person = entrance.person()
    opened = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE).opened
    here = replace(HERE, session=opened.secret)
    entered(entrance, issuer, purpose=Purpose.ADD, person=person.id, asking=here)
    old = int((entrance.clock.now() - timedelta(minutes=5)).timestamp())
    for at in (old, None, "now", True):
        issuer.claims = {"auth_time": at}
        with pytest.raises(WrongIdentity):
            entered(entrance, issuer, purpose=Purpose.AGAIN, person=person.id, asking=here)


def test_nobody_is_confirmed_by_anothers_word_and_none_belongs_to_two(entrance: Entrance, issuer: SoftIssuer) -> None:
    theirs = entered(entrance, issuer).signed_in.opened.session.person
    person = entrance.person()
    opened = entrance.door.signing_in.with_password("one@sample.example", GOOD, HERE).opened
    here = replace(HERE, session=opened.secret)
    with pytest.raises(WrongIdentity):
        entered(entrance, issuer, purpose=Purpose.AGAIN, person=person.id, asking=here)
    with pytest.raises(SignInTaken):
        entered(entrance, issuer, purpose=Purpose.ADD, person=person.id, asking=here)
    gone = entrance.door.federating.depart(
        BODY, Purpose.ADD, redirect=REDIRECT, target="/", asking=here, person=person.id
    )
    back = {**issuer.sign_in(gone.address), "browser": gone.browser, "redirect": REDIRECT}
    with pytest.raises(WrongIdentity):
        entrance.door.federating.arrive(**back, asking=here, person=theirs, at=AT)


# settings and failures


def test_the_secret_is_sealed_and_belongs_to_its_organisation(entrance: Entrance, tmp_path: Path) -> None:
    """Threats 51 and 53: a stolen database gives no client secret, and no row can be copied to another body."""
    stored = b"".join(each.read_bytes() for each in tmp_path.glob("store.db*"))
    assert SECRET.encode() not in stored
    with entrance.store.transaction() as tx:
        provider = tx.find_identity_provider(BODY)
        assert provider is not None
        tx.put_identity_provider(replace(provider, organisation="urn:uuid:other"))
    with pytest.raises(Exception, match="cannot be opened"):
        entrance.door.federating.depart("urn:uuid:other", Purpose.SIGN_IN, redirect=REDIRECT, target="/", asking=HERE)


def test_no_verifier_lies_in_the_database_in_clear(entrance: Entrance, issuer: SoftIssuer, tmp_path: Path) -> None:
    """Threat 53: a code that is caught and a database that is read do not add up to a sign-in."""
    gone = entrance.door.federating.depart(BODY, Purpose.SIGN_IN, redirect=REDIRECT, target="/", asking=HERE)
    stored = b"".join(each.read_bytes() for each in tmp_path.glob("store.db*"))
    state = issuer.sign_in(gone.address)["state"]
    assert state.encode() not in stored
    assert gone.browser.encode() not in stored
    assert SECRET not in gone.address


@pytest.mark.parametrize(
    ("say", "given"),
    [
        ({"issuer": "https://evil.example"}, ISSUER),
        ({"jwks_uri": "http://login.sample.example/jwks"}, ISSUER),
        ({"token_endpoint": "http://169.254.169.254/"}, ISSUER),
        ({"authorization_endpoint": "javascript:alert(1)"}, ISSUER),
        ({"jwks_uri": None}, ISSUER),
        ({}, "http://login.sample.example"),
        ({}, ISSUER + "?x=1"),
        ({}, ISSUER + "#x"),
    ],
)
def test_an_unusable_issuer_is_refused(entrance: Entrance, issuer: SoftIssuer, say: dict[str, Any], given: str) -> None:
    """Threat 14: https alone, and a description that is about this very issuer."""
    issuer.say = say
    with pytest.raises(UnusableIssuer):
        entrance.door.federating.configure(BODY, issuer=given, client=CLIENT, secret=SECRET, domains=(), claims={})


def test_an_issuer_that_is_away_is_said_so_and_an_unknown_one_too(entrance: Entrance, issuer: SoftIssuer) -> None:
    federating = entrance.door.federating
    with pytest.raises(NoIdentityProvider):
        federating.depart("urn:uuid:other", Purpose.SIGN_IN, redirect=REDIRECT, target="/", asking=HERE)
    with pytest.raises(UnknownRecord):
        configure(entrance, body="urn:uuid:nobody")
    issuer.away = True
    with pytest.raises(IssuerUnavailable):
        federating.depart(BODY, Purpose.SIGN_IN, redirect=REDIRECT, target="/", asking=HERE)
    issuer.away = False
    assert federating.choices() == [(BODY, "Sample University")]
    federating.forget(BODY)
    assert federating.choices() == []
    with pytest.raises(NoIdentityProvider):
        federating.forget(BODY)


def test_departures_are_counted(entrance: Entrance) -> None:
    """Threat 54."""
    for _ in range(30):
        entrance.door.federating.depart(BODY, Purpose.SIGN_IN, redirect=REDIRECT, target="/", asking=HERE)
    with pytest.raises(TooManyTries):
        entrance.door.federating.depart(BODY, Purpose.SIGN_IN, redirect=REDIRECT, target="/", asking=HERE)


def test_whom_an_organisation_let_go_does_not_come_in_by_another_ones_door(
    entrance: Entrance, issuer: SoftIssuer
) -> None:
    """Threat 42: two organisations may share an issuer, and each sets its own conditions."""
    issuer.claims = {"email": "one@sample.example", "email_verified": True, "role": ["staff"]}
    configure(entrance, claims={"role": "staff"})
    person = entered(entrance, issuer).signed_in.opened.session.person
    record = MembershipRecord("urn:uuid:m", BODY, person, frozenset({MemberRole.AUDITOR}), entrance.clock.now(), "x")
    with entrance.store.transaction() as tx:
        tx.add_membership(record)
    configure(entrance, body="urn:uuid:other")
    issuer.claims = {**issuer.claims, "role": ["student"]}
    with pytest.raises(WrongIdentity):
        entered(entrance, issuer)
    with pytest.raises(WrongIdentity):
        entered(entrance, issuer, body="urn:uuid:other")
    with entrance.store.transaction() as tx:
        tx.end_membership(record.id, entrance.clock.now())
    assert entered(entrance, issuer, body="urn:uuid:other").signed_in.opened.session.person == person


@pytest.mark.parametrize(
    "address",
    ["a@sample.example\r\nBcc: b@sample.example", "a@sample.example, b@sample.example", {"a": 1}, "a" * 70_000, "", 5],
)
def test_what_is_no_single_address_is_nobodys_contact(entrance: Entrance, issuer: SoftIssuer, address: Any) -> None:
    """An organisation names its own issuer, which may say anything: nobody else is written to, and no letter sticks."""
    issuer.claims = {"email": address, "email_verified": True}
    entered(entrance, issuer)
    with entrance.store.transaction() as tx:
        sign_in = tx.find_sign_in(SignInKind.OIDC, f"{ISSUER}\n{issuer.subject}")
    assert sign_in is not None
    assert sign_in.contact == ""


def test_a_key_of_an_unknown_curve_among_good_ones_keeps_nobody_out(
    entrance: Entrance, issuer: SoftIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = SoftIssuer.get
    odd = [{"kty": "OKP", "crv": "Ed9000", "x": "AA"}, {"kty": "EC", "crv": "P-9000", "x": "AA", "y": "AA"}, {}, 5]

    def told(self: SoftIssuer, url: str, **more: Any) -> bytes:
        said = json.loads(good(self, url, **more))
        return canonical_json({"keys": [*odd, *(said["keys"] if kept else [])]} if url.endswith("/jwks") else said)

    monkeypatch.setattr(SoftIssuer, "get", told)
    kept = True
    issuer.say = {"token_endpoint_auth_methods_supported": 5}
    entered(entrance, issuer)
    kept = False
    with pytest.raises(IssuerUnavailable):
        entered(entrance, issuer)
