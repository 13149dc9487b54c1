"""Verify one credential, or every credential of a presentation. A bad one is reported, never raised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditbank.anchoring import ChainPlace
from creditbank.canonical import Json, JsonObject
from creditbank.credential import (
    CredentialView,
    NotACredential,
    NotAPresentation,
    holder_of,
    presented_credentials,
    read_credential,
)
from creditbank.errors import CreditBankError
from creditbank.signing import CredentialToken, proofs_of
from creditbank.units import instant_text
from creditbank.verification.accreditation import check_accredited
from creditbank.verification.anchors import Anchored, check_anchor, check_keys, check_signed
from creditbank.verification.check import (
    ANCHOR_WAYS,
    CREDENTIAL_CHECKS,
    PRESENTATION_CHECKS,
    Findings,
    Outcome,
    Verdict,
)
from creditbank.verification.evidence import Evidence
from creditbank.verification.given import Given, Secured, read_secured
from creditbank.verification.moments import SKEW, allowing
from creditbank.verification.nested import check_nested
from creditbank.verification.policy import ANCHOR_CHECKS, Policy
from creditbank.verification.proofs import SIGNATURE_CHECKS, Signature, check_signatures, unsettled
from creditbank.verification.report import Kind, Report
from creditbank.verification.status import check_status
from creditbank.verification.vouching import check_registered
from creditbank.verification.ways import NOT_TRIED

UNREADABLE: Final = "the document could not be read"


def verify_credential(given: Given, evidence: Evidence, *, policy: Policy, now: datetime) -> Report:
    """Check one signed credential, JSON or token, against everything in `evidence`, at the moment `now`.

    Never raises for a bad credential: what is wrong stands in the report under the name of the check.
    """
    findings = Findings(now)
    examined = examine(findings, given, evidence, policy)
    if examined.document is not None and examined.view is not None:
        check_accredited(findings, examined.document, examined.issuer, examined.anchored, evidence)
    names = findings.with_ways(CREDENTIAL_CHECKS, policy.required)
    return Report(
        kind=Kind.CREDENTIAL,
        id=examined.id,
        title=title_of(examined.document),
        issuer=examined.issuer,
        policy=policy,
        required=policy.required_of(names) - examined.excused,
        checks=findings.in_order(names, examined.because),
        sources=merged_sources(findings, examined.parts),
        chains=tuple(dict.fromkeys((*examined.chains, *merged_chains(examined.parts)))),
        checked_at=now,
        parts=examined.parts,
        lists=tuple(findings.lists),
    )


@dataclass(frozen=True, slots=True)
class Examined:
    """What reading and checking a credential brought to light besides the answers themselves."""

    secured: Secured | None = None
    view: CredentialView | None = None
    anchored: Anchored | None = None
    chains: tuple[ChainPlace, ...] = ()
    parts: tuple[Report, ...] = ()
    excused: frozenset[str] = frozenset()

    @property
    def document(self) -> JsonObject | None:
        """The credential as JSON, also when it came as a token."""
        return self.secured.document if self.secured else None

    @property
    def id(self) -> str:
        """The credential's id, as far as it could be read."""
        return self.view.id if self.view else ""

    @property
    def issuer(self) -> str:
        """The issuer's DID, as far as it could be read."""
        return self.view.issuer if self.view else ""

    @property
    def because(self) -> str:
        """Why checks were not made, where they were not."""
        return UNREADABLE if self.secured is None else "the document is not a credential"


def examine(findings: Findings, given: Given, evidence: Evidence, policy: Policy) -> Examined:
    """Answer every check of `CREDENTIAL_CHECKS` that can be asked of this document, and the ways to its anchor."""
    secured = read_document(findings, given, "format.readable")
    view = None if secured is None else _check_form(findings, secured.document)
    if secured is None or view is None:
        return Examined(secured)
    signatures = check_signatures(findings, secured, view.issuer, "assertionMethod", evidence)
    anchored, chains = check_anchor(findings, secured.digest, view.issuer, evidence)
    for way in policy.required.intersection(ANCHOR_WAYS) - findings.checks.keys():
        findings.unchecked(way, NOT_TRIED)
    check_registered(findings, view.issuer, signatures, anchored, evidence, policy)
    has_receipt = bool(evidence.receipts_for(secured.digest))
    check_keys(findings, view.issuer, signatures, anchored, evidence.trust, has_receipt=has_receipt)
    check_signed(findings, signatures, view.valid_from, view.issuer, anchored, evidence.trust)
    check_status(findings, view, evidence, policy, _issued(view, signatures, anchored))
    _check_dates(findings, view)
    parts = check_nested(
        findings, secured, lambda inner: verify_credential(inner, evidence, policy=policy, now=findings.now)
    )
    excused = _excused(findings, policy) if not has_receipt else frozenset()
    return Examined(secured, view, anchored, chains, parts, excused)


def _issued(view: CredentialView, signatures: Sequence[Signature], anchored: Anchored | None) -> datetime | None:
    """When the credential was issued, by the earliest that it says itself or that its anchor shows."""
    said = [view.valid_from, *(one.created for one in signatures), anchored.time if anchored else None]
    return min((moment for moment in said if moment is not None), default=None)


def _excused(findings: Findings, policy: Policy) -> frozenset[str]:
    """What is not required of a document that nobody says was anchored, where the policy accepts such documents."""
    if not policy.accepts_unanchored:
        return frozenset()
    return frozenset(name for name in ANCHOR_CHECKS if findings.outcome(name) is Outcome.UNCHECKED)


def read_document(findings: Findings, given: Given, name: str) -> Secured | None:
    """The document that was handed in, as JSON or as a token; the answer goes under `name`."""
    try:
        secured = read_secured(given)
    except CreditBankError as cause:
        findings.failed(name, cause.sentence, how=f"At {cause.place}." if cause.place else "")
        return None
    form = "The document is one JSON object" if secured.token is None else "The token holds one JSON object"
    findings.passed(name, f"{form} that every reader reads alike.")
    return secured


def title_of(document: JsonObject | None) -> str:
    """What the document calls itself, for a heading: its name, or that of its achievement."""
    name: Json = None if document is None else document.get("name")
    if not isinstance(name, str) and document is not None:
        subject = document.get("credentialSubject")
        achievement = subject.get("achievement") if isinstance(subject, dict) else None
        name = achievement.get("name") if isinstance(achievement, dict) else None
    return name[:500] if isinstance(name, str) else ""


def _check_form(findings: Findings, document: JsonObject) -> CredentialView | None:
    try:
        view = read_credential(document)
    except NotACredential as cause:
        where = f"At {cause.place}." if cause.place else ""
        findings.failed("format.credential", f"This is not a credential. {cause.sentence}", how=where)
        return None
    findings.passed("format.credential", "The document is a verifiable credential, with its issuer and its subject.")
    return view


def _check_dates(findings: Findings, view: CredentialView) -> None:
    if view.valid_from is not None and view.valid_from > allowing(findings.now, SKEW):
        findings.failed("dates.valid", f"The credential is valid only from {instant_text(view.valid_from)}.")
    elif view.valid_until is not None and view.valid_until <= findings.now:
        findings.failed("dates.valid", f"The credential expired {instant_text(view.valid_until)}.")
    else:
        until = f" until {instant_text(view.valid_until)}" if view.valid_until else ""
        since = f" from {instant_text(view.valid_from)}" if view.valid_from else ""
        findings.passed(
            "dates.valid",
            f"By its own dates the credential is valid{since}{until}." if since or until else "It states no dates.",
            compared=f"its dates with {instant_text(findings.now)}",
        )


def verify_presentation(
    given: Given,
    evidence: Evidence,
    *,
    policy: Policy,
    now: datetime,
    challenge: str | None = None,
    domain: str | None = None,
) -> Report:
    """Check a presentation and every credential inside it; `parts` are the credentials' reports.

    `challenge` and `domain` are what this verifier asked the holder to sign; None when it asked for nothing.
    """
    findings = Findings(now)
    secured = read_document(findings, given, "presentation.readable")
    document = None if secured is None else secured.document
    credentials: list[Given] = []
    holder = ""
    if document is not None:
        try:
            credentials, holder = [_opened(one) for one in presented_credentials(document)], holder_of(document)
        except NotAPresentation as cause:
            del findings.checks["presentation.readable"]
            findings.failed("presentation.readable", f"This is not a presentation. {cause.sentence}", how=cause.place)
    parts = tuple(verify_credential(item, evidence, policy=policy, now=now) for item in credentials)
    if secured is not None and document is not None and credentials:
        _check_holder_proof(findings, secured, holder, evidence)
        _check_audience(findings, secured, challenge, domain)
        _check_holder(findings, credentials, holder)
        check_parts(findings, "presentation.credentials", parts)
    identifier = document.get("id") if document is not None else None
    return Report(
        kind=Kind.PRESENTATION,
        id=identifier if isinstance(identifier, str) else "",
        title=f"{len(parts)} presented",
        issuer=holder,
        policy=policy,
        required=policy.required_of(PRESENTATION_CHECKS),
        checks=findings.in_order(PRESENTATION_CHECKS, UNREADABLE),
        sources=merged_sources(findings, parts),
        chains=merged_chains(parts),
        checked_at=now,
        parts=parts,
    )


def merged_sources(findings: Findings, parts: tuple[Report, ...]) -> tuple[str, ...]:
    """Whose word counted, anywhere in the report."""
    return tuple(dict.fromkeys([*findings.sources, *(source for part in parts for source in part.sources)]))


def merged_chains(parts: tuple[Report, ...]) -> tuple[ChainPlace, ...]:
    """The chains that any part's receipts speak of."""
    return tuple(dict.fromkeys(chain for part in parts for chain in part.chains))


def _check_holder_proof(findings: Findings, secured: Secured, holder: str, evidence: Evidence) -> None:
    inner = Findings(findings.now)
    check_signatures(inner, secured, holder, "authentication", evidence)
    if why := unsettled(inner, SIGNATURE_CHECKS):
        failed = any(inner.outcome(name) is Outcome.FAILED for name in SIGNATURE_CHECKS)
        say = findings.failed if failed else findings.unchecked
        say("presentation.signature", f"The holder's signature does not stand. {why}")
    else:
        findings.passed("presentation.signature", "The holder signed this presentation with its own key.")


def _check_audience(findings: Findings, secured: Secured, challenge: str | None, domain: str | None) -> None:
    name = "presentation.audience"
    if challenge is None and domain is None:
        findings.not_applicable(name, "This verifier asked for no challenge, so it cannot tell for whom it was made.")
        return
    try:
        occasions = _occasions(secured)
    except CreditBankError:
        findings.failed(name, "Without a proof, nothing says for whom this presentation was made.")
        return
    for wanted, key in ((challenge, "challenge"), (domain, "domain")):
        if wanted is not None and any(wanted not in occasion[key] for occasion in occasions):
            findings.failed(name, f"The presentation was made for another {key} than the one asked for.")
            return
    findings.passed(name, "The presentation was made for this verifier, on this occasion.")


def _opened(presented: JsonObject | str) -> Given:
    """A presented credential, taken out of its envelope; what cannot be read fails in a report of its own."""
    try:
        return read_secured(presented)
    except CreditBankError:
        return presented


def _occasions(secured: Secured) -> list[dict[str, list[Json]]]:
    """For which challenge and domain each signature was made; a token calls them nonce and audience."""
    if secured.token is not None:
        token = CredentialToken.read(secured.token)
        return [{"challenge": [token.nonce], "domain": list(token.audience)}]
    return [
        {"challenge": [proof.get("challenge")], "domain": domain if isinstance(domain, list) else [domain]}
        for proof in proofs_of(secured.document)
        for domain in [proof.get("domain")]
    ]


def _check_holder(findings: Findings, credentials: list[Given], holder: str) -> None:
    """Every credential was issued to the one who shows it."""
    for credential in credentials:
        document = credential.document if isinstance(credential, Secured) else {}
        subject = document.get("credentialSubject")
        owner = subject.get("id") if isinstance(subject, dict) else None
        if owner != holder:
            findings.failed(
                "presentation.holder",
                f"The credential {str(document.get('id'))[:120]} was not issued to the one presenting it.",
                compared="the subject of each credential with the holder",
            )
            return
    findings.passed(
        "presentation.holder",
        "Every credential was issued to the one who presents it.",
        compared="the subject of each credential with the holder",
    )


def check_parts(findings: Findings, name: str, parts: tuple[Report, ...]) -> None:
    """One answer for all credentials beneath: any that is rejected fails, any that is open leaves it open."""
    for verdict, say in ((Verdict.REJECTED, findings.failed), (Verdict.INCONCLUSIVE, findings.unchecked)):
        bad = [part for part in parts if part.verdict is verdict]
        if bad:
            what = bad[0].title or bad[0].id or "one of them"
            say(
                name,
                f"{len(bad)} of {len(parts)} credentials {'are' if len(bad) > 1 else 'is'} {verdict}, first"
                f" «{what[:120]}»: {bad[0].first_reason}",
            )
            return
    findings.passed(name, f"Each of the {len(parts)} credentials is accepted by the policy.")
