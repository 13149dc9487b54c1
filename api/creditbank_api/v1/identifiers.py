"""The identifiers (DIDs) of a learner's account and their keys: kept here, taken away, or brought from a wallet."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints

from creditbank.services.holder_records import Occasion
from creditbank.services.holding import Identity
from creditbank.signing import base64url_decode
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Learner, Provider, Scope, hidden, needs
from creditbank_api.v1.shapes import Id, Line, Shape

router = APIRouter(tags=["identifiers"], route_class=JsonRoute)
Signature = Annotated[str, StringConstraints(min_length=86, max_length=86), Field(description="Ed25519, base64url")]


class IdentifierView(Shape):
    """A DID of the account. One without `until` is today's; the bank keeps the key of those that are `held`."""

    did: str
    since: str
    until: str | None
    origin: str
    held: bool

    @classmethod
    def of(cls, one: Identity) -> "IdentifierView":
        """Shape a record."""
        until = one.did.until
        return cls(
            did=one.did.did,
            since=instant_text(one.did.since),
            until=None if until is None else instant_text(until),
            origin=str(one.did.origin),
            held=one.held,
        )


class IdentifierList(Shape):
    """Every DID of the account, oldest first."""

    items: list[IdentifierView]


class StatementRequest(Shape):
    """The did:key of a wallet that the account is to go by."""

    did: Line


class StatementView(Shape):
    """What the wallet signs: the UTF-8 bytes of `statement`, with the new key and, if it has it, the one before."""

    challenge: str
    statement: str
    expires: str


class RebindRequest(Shape):
    """The signatures over the statement."""

    did: Line
    challenge: Line
    signature: Signature
    signature_before: Signature | None = None


class ExportRequest(Shape):
    """Under which passphrase a key leaves the bank, of at least twelve characters."""

    did: Line
    passphrase: Annotated[str, StringConstraints(max_length=1000)]


class ExportView(Shape):
    """The key as an encrypted JWK (RFC 7517, 7). It is given this once: a repetition of the request answers null."""

    did: str
    jwe: str | None


class DidRequest(Shape):
    """One of the account's DIDs."""

    did: Line


class ConfirmRequest(Shape):
    """A learner to whom the caller issued before."""

    learner: Id


class ConfirmView(Shape):
    """The DID that the caller confirmed."""

    learner: str
    did: str


def _list(bank: BankDep, learner: str) -> IdentifierList:
    return IdentifierList(items=[IdentifierView.of(one) for one in bank.holding.identities(learner)])


@router.get("/account/identifiers", dependencies=[needs(Scope.ACCOUNT_READ)], responses=declared(*GUARDED))
def identifiers(bank: BankDep, caller: Learner) -> IdentifierList:
    """Every DID by which credentials name the holder of this account."""
    return _list(bank, caller.subject)


@router.post(
    "/account/identifiers/statements",
    dependencies=[needs(Scope.ACCOUNT_KEYS)],
    status_code=201,
    response_model=StatementView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-did-key", "unreadable-did", "account-merged"),
)
def statement(wanted: StatementRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """What the keys sign so that the account goes by a wallet's DID; good once and for a quarter of an hour."""

    def act(_request: str) -> Answer:
        made = bank.holding.challenge(caller.subject, Occasion.BIND)
        text = bank.holding.statement(caller.subject, wanted.did, made.nonce)
        view = StatementView(challenge=made.nonce, statement=text.decode(), expires=instant_text(made.expires))
        return Answer(view)

    return once.answer(act)


@router.post(
    "/account/identifiers",
    dependencies=[needs(Scope.ACCOUNT_KEYS)],
    status_code=201,
    response_model=IdentifierList,
    responses=declared(
        *GUARDED,
        *READING,
        *ONCE,
        "no-did-key",
        "unreadable-did",
        "unreadable-base64url",
        "possession-not-proven",
        "did-of-another",
    ),
)
def rebind(wanted: RebindRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Let the account go by the DID of a wallet. Credits stay, and credentials keep the DID that they name."""
    before = wanted.signature_before

    def act(_request: str) -> Answer:
        bank.holding.rebind(
            caller.subject,
            did=wanted.did,
            nonce=wanted.challenge,
            signature=base64url_decode(wanted.signature),
            signature_before=None if before is None else base64url_decode(before),
            actor=caller.actor,
        )
        return Answer(_list(bank, caller.subject), "/v1/account/identifiers")

    return once.answer(act)


@router.post(
    "/account/identifiers/renewal",
    dependencies=[needs(Scope.ACCOUNT_KEYS)],
    status_code=201,
    response_model=IdentifierList,
    responses=declared(*GUARDED, *ONCE, "too-many-keys", "account-merged"),
)
def renew(once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Let the account go by a new key that the bank makes and keeps."""

    def act(_request: str) -> Answer:
        bank.holding.renew(caller.subject, actor=caller.actor)
        return Answer(_list(bank, caller.subject), "/v1/account/identifiers")

    return once.answer(act)


@router.post(
    "/account/identifiers/export",
    dependencies=[needs(Scope.ACCOUNT_KEYS)],
    status_code=201,
    response_model=ExportView,
    responses=declared(*GUARDED, *READING, *ONCE, "key-not-held", "short-passphrase"),
)
def export(wanted: ExportRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Take a key away under a passphrase; the bank goes on keeping it until it is told to forget it."""

    def act(_request: str) -> Answer:
        jwe = bank.holding.export(caller.subject, wanted.did, wanted.passphrase, actor=caller.actor)
        return Answer(ExportView(did=wanted.did, jwe=jwe), secrets=("jwe",))

    return once.answer(act)


@router.post(
    "/account/identifiers/forgetting",
    dependencies=[needs(Scope.ACCOUNT_KEYS)],
    status_code=201,
    response_model=IdentifierList,
    responses=declared(*GUARDED, *READING, *ONCE, "key-not-held"),
)
def forget(wanted: DidRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Have the bank destroy its copy of a key, for good."""

    def act(_request: str) -> Answer:
        bank.holding.forget(caller.subject, wanted.did, actor=caller.actor)
        return Answer(_list(bank, caller.subject), "/v1/account/identifiers")

    return once.answer(act)


@router.post(
    "/confirmations",
    dependencies=[needs(Scope.ENROLMENTS_WRITE)],
    status_code=201,
    response_model=ConfirmView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource"),
)
def confirm(wanted: ConfirmRequest, once: OnceDep, bank: BankDep, caller: Provider) -> Response:
    """Say that the caller knows an account under its new DID, for which the key before did not sign."""

    def act(_request: str) -> Answer:
        with hidden():
            did = bank.holding.confirm(wanted.learner, by=caller.subject, actor=caller.actor)
        return Answer(ConfirmView(learner=wanted.learner, did=did))

    return once.answer(act)


class MergeCodeView(Shape):
    """The code by which another account takes this one over. It is seen this once: a repetition answers null."""

    code: str | None


class MergeRequest(Shape):
    """The code of the account that ends."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class MergerView(Shape):
    """The account that ended, and the one that has all of it now."""

    source: str
    target: str
    at: str


@router.post(
    "/account/merge-codes",
    dependencies=[needs(Scope.ACCOUNT_LEAVE)],
    status_code=201,
    response_model=MergeCodeView,
    responses=declared(*GUARDED, *ONCE, "account-merged"),
)
def merge_code(once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Let another account of the same person take this one over, within a quarter of an hour."""

    def act(_request: str) -> Answer:
        return Answer(MergeCodeView(code=bank.merging.code(caller.subject, actor=caller.actor)), secrets=("code",))

    return once.answer(act)


@router.post(
    "/account/mergers",
    dependencies=[needs(Scope.ACCOUNT_KEYS)],
    status_code=201,
    response_model=MergerView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource", "same-account", "account-merged", "lot-reserved"),
)
def merge(wanted: MergeRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Take over the account whose code this is, with everything in it, for good."""

    def act(_request: str) -> Answer:
        with hidden():
            made = bank.merging.merge(wanted.code, into=caller.subject, actor=caller.actor)
        return Answer(MergerView(source=made.source, target=made.target, at=instant_text(made.at)))

    return once.answer(act)
