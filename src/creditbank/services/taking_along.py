"""Taking along: everything that a learner has, as files that need nothing of this bank.

Credentials stand in it as they were signed, each beside its receipt, with issuers' documents and status lists as they
are now; the account itself as JSON. The same is there in the shapes that others read: a collection for CLR 2.0, a
record of the European Learning Model, a paper. For another bank that gave a challenge it holds a presentation too,
signed by the holder's key, which is what that bank takes them in by: under its own rules, each credit once, and what
awards have of it is not free there either.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditbank.anchoring import Receipt
from creditbank.canonical import JsonObject, digest_text, pretty_json, sha256
from creditbank.credential import (
    Learned,
    NotACredential,
    NotAUnit,
    NotForATranscript,
    Standing,
    build_collection,
    european_record,
    fits_european,
    read_credential,
    read_learned,
    unit_facts,
)
from creditbank.credential.european import FILLED
from creditbank.credential.transcript import MAX_INSIDE, TRANSCRIPT_TYPE
from creditbank.ledger import Entry
from creditbank.services import reads
from creditbank.services.correcting import standing_id
from creditbank.services.counted import EXPORT, CountedUse, counted_uses, sentences_of
from creditbank.services.listing_ports import Page
from creditbank.services.papers import MOST_PRINTED, Paper, PrintPaper
from creditbank.services.ports import Chain, ChainUnavailable, Clock, Store, Transaction
from creditbank.services.records import IssuedCredential, StoredReceipt
from creditbank.services.share_records import Consent
from creditbank.services.shares import Shares
from creditbank.services.sharing import AccountView, LotView, Sharing
from creditbank.services.verifying import Verifying
from creditbank.units import NONE, instant_text
from creditbank.verification import read_secured

MOST_CONSENTS: Final = 100_000
"""More than a person gives; a share is one of them."""
README: Final = """Everything that one account of a credit bank holds.

credentials/   each credential exactly as it was signed, and beside it the receipt of its anchor where it is final
awards/        the stacking proof of each award
documents/     issuers' DID documents and status lists, as they were when this was made
account.json   lots, what awards have of them, ledger entries, and consents: for whom, why and until when; the digest of
               every file
clr/           the credentials by the name of their holder, in one file, as the subject of a Comprehensive Learner
               Record (CLR 2.0). NOT SIGNED: nobody says that these belong together. Each credential in it is signed,
               to the byte as in credentials/. A record that an institution signed stands in credentials/ itself
elm.jsonld     what stands today in the words of the European Learning Model 3. NOT SIGNED: a reading of the
               credentials, of which each claim names its own
record.pdf     the same on paper, with the digest of everything that was signed. NOT SIGNED
presentation.json   for the bank whose challenge was given: it takes the units in by it

Anybody can check a credential: creditbank verify credentials/001.json --documents documents
The whole of it: creditbank verify account.zip
"""


@dataclass(frozen=True, slots=True)
class Export:
    """The files of an account by name."""

    learner: str
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Codes:
    """The three letters of a country and of a language for its two; nothing where there are none."""

    country: Callable[[str], str]
    language: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Account:
    """Everything that is gathered in one transaction."""

    view: AccountView
    held: tuple[IssuedCredential, ...]
    standing: dict[str, Standing]
    receipts: dict[str, StoredReceipt]
    former: dict[str, tuple[StoredReceipt, ...]]
    proofs: tuple[bytes, ...]
    agreed: tuple[Consent, ...]
    uses: dict[str, tuple[CountedUse, ...]]
    lots: dict[str, LotView]


class TakingAlong:
    """Gathers everything that a learner has."""

    def __init__(
        self,
        store: Store,
        chain: Chain,
        sharing: Sharing,
        shares: Shares,
        verifying: Verifying,
        clock: Clock,
        printed: PrintPaper,
        codes: Codes,
        base_url: str,
    ) -> None:
        self._store, self._chain, self._sharing, self._shares = store, chain, sharing, shares
        self._verifying, self._clock, self._printed, self._codes = verifying, clock, printed, codes
        self._base_url = base_url

    def of(self, learner: str, *, challenge: str = "", domain: str = "", share: str = "") -> Export:
        """The files of an account; with the challenge and domain of another bank, a presentation of the units for it.

        The paper leads to the page on which anybody verifies a file, or to the link of a `share` of this account, given
        by its token. Raises `UnknownRecord`, `NoSuchShare`, and what `Sharing.present` raises.
        """
        now, account = self._clock.now(), self._gathered(learner)
        files = {"README.txt": README.encode()}
        names: dict[str, str] = {}
        for number, one in enumerate(account.held, start=1):
            name, receipt = f"credentials/{number:03d}", account.receipts.get(one.id)
            names[one.id] = f"{name}.{'jwt' if one.token else 'json'}"
            files[names[one.id]] = one.signed
            if receipt is not None:
                files[f"{name}.receipt.json"] = pretty_json(receipt.document)
            for further, former in enumerate(account.former.get(one.id, ()), start=1):
                files[f"{name}.receipt-{further}.json"] = pretty_json(former.document)
        for number, proof in enumerate(account.proofs, start=1):
            files[f"awards/{number:03d}.proof.json"] = proof
        files |= self._documents(account.held)
        if challenge and domain:
            units = [one.id for one in account.held if _is_unit(one)]
            files["presentation.json"] = self._sharing.present(learner, units, challenge=challenge, domain=domain)
        left_out: dict[str, str] = {}
        files |= _collections(account, left_out)
        learned = tuple(filter(None, (_learned(account, one, names[one.id]) for one in account.held)))
        files |= self._read_by_others(account, learned, left_out)
        files["record.pdf"] = self._printed(self._paper(account, learned, now, share))
        files["account.json"] = pretty_json(self._said(account, names, files, left_out, now))
        return Export(learner, files)

    def paper(self, learner: str, *, share: str = "") -> bytes:
        """The account on paper, by itself; raises as `of`."""
        account = self._gathered(learner)
        names = {one.id: one.id for one in account.held}
        learned = tuple(filter(None, (_learned(account, one, names[one.id]) for one in account.held)))
        return self._printed(self._paper(account, learned, self._clock.now(), share))

    def _gathered(self, learner: str) -> _Account:
        view = self._sharing.account(learner)
        with self._store.transaction() as tx:
            held = tuple(tx.credentials_of(learner))
            receipts = {one.id: tx.find_receipt(one.id) for one in held}
            kept = {one.id: tx.every_receipt(one.id) for one in held}
            return _Account(
                view,
                held,
                {one.id: _standing(tx, one) for one in held},
                {name: one for name, one in receipts.items() if one is not None and one.final},
                {name: tuple(one for one in several if one != receipts[name]) for name, several in kept.items()},
                tuple(award.proof for award in tx.awards_of(learner) if award.proof is not None),
                tuple(one for _, one in tx.list_consents(Page(MOST_CONSENTS), learner)),
                {one.lot.id: counted_uses(tx, one.lot.id) for one in view.lots},
                {one.facts.credential: one for one in view.lots},
            )

    def _documents(self, held: Sequence[IssuedCredential]) -> dict[str, bytes]:
        found = self._verifying.evidence([read_secured(one.signed) for one in held]).documents
        return {f"documents/{number:02d}.json": found[id] for number, id in enumerate(sorted(found), start=1)}

    def _read_by_others(
        self, account: _Account, learned: Sequence[Learned], left_out: dict[str, str]
    ) -> dict[str, bytes]:
        """The European record, of what can be said in it."""
        said = [one for one in learned if fits_european(one, self._codes.country)]
        for one in learned:
            if one not in said:
                why = "its issuer's country is not known" if one.stands else f"it is {one.standing}"
                left_out[f"elm.jsonld {one.credential}"] = why
        if not said:
            return {}
        person = account.view.learner
        record = european_record(
            person.did, person.name, said, country=self._codes.country, language=self._codes.language
        )
        return {"elm.jsonld": pretty_json(record)}

    def _paper(self, account: _Account, learned: Sequence[Learned], now: datetime, share: str) -> Paper:
        person = account.view.learner
        link = f"{self._base_url}/"
        if share:
            self._shares.require_open(share, learner=person.id)
            link = f"{self._base_url}/s/{share}"
        shown, beyond = tuple(learned[:MOST_PRINTED]), max(0, len(learned) - MOST_PRINTED)
        return Paper(person.name, person.did, self._base_url, link, now, shown, beyond)

    def _said(
        self,
        account: _Account,
        names: dict[str, str],
        files: dict[str, bytes],
        left_out: dict[str, str],
        now: datetime,
    ) -> JsonObject:
        person = account.view.learner
        return {
            "document": EXPORT,
            "made": instant_text(now),
            "bank": self._base_url,
            "chain": {"id": self._chain.chain_id, "name": self._chain.name, "test": self._chain.test_chain},
            "learner": {"id": person.id, "did": person.did, "name": person.name},
            "credentials": [one.id for one in account.held],
            "lots": [self._lot(view, account.uses[view.lot.id]) for view in account.view.lots],
            "entries": [_entry(one) for one in account.view.entries],
            "consents": [_consent(one) for one in account.agreed],
            "records": {
                "signed": [names[one.id] for one in account.held if _is_transcript(one)],
                "unsigned": [name for name in files if name.startswith("clr/") or name in ("elm.jsonld", "record.pdf")],
                "left_out": [{"what": what, "why": why} for what, why in left_out.items()],
                "elm": list(FILLED),
            },
            "files": {name: digest_text(sha256(content)) for name, content in sorted(files.items())},
        }

    def _lot(self, view: LotView, uses: Sequence[CountedUse]) -> JsonObject:
        """A lot, with what awards have of it here, and how much of it the chain counts, whoever spent it."""
        try:
            use = reads.lot_use(self._chain, bytes.fromhex(view.lot.id[2:]))
            spent: str | None = str(NONE if use is None else use.spent)
        except ChainUnavailable:
            spent = None
        return {
            "lot": view.lot.id,
            "credential": view.facts.credential,
            "title": view.facts.title,
            "provider": view.provider,
            "system": view.lot.amount.system,
            "total": str(view.lot.amount.credits),
            "available": str(view.lot.available),
            "reserved": str(view.lot.reserved),
            "redeemed": str(view.lot.redeemed),
            "revoked": view.lot.revoked,
            "uses": [one.to_json() for one in uses],
            "spent_on_chain": spent,
        }


def _learned(account: _Account, one: IssuedCredential, file: str) -> Learned | None:
    receipt, lot = account.receipts.get(one.id), account.lots.get(one.id)
    anchor = ""
    if receipt is not None:
        read = Receipt.parse(receipt.document)
        anchor = f"Anchored by {instant_text(read.block.time)} in block {read.block.number} of {read.chain}"
    counted = () if lot is None else sentences_of(account.uses[lot.lot.id], lot.lot.amount.system)
    return read_learned(
        one.document,
        file=file,
        digest=one.digest,
        standing=account.standing[one.id],
        anchor=anchor,
        counted=counted,
    )


def _standing(tx: Transaction, issued: IssuedCredential) -> Standing:
    if standing_id(tx, issued.id) != issued.id:
        return Standing.CORRECTED
    if tx.is_revoked(issued.id):
        return Standing.REVOKED
    history = tx.suspensions_of(issued.id)
    return Standing.SUSPENDED if history and history[-1].suspended else Standing.STANDS


def _collections(account: _Account, left_out: dict[str, str]) -> dict[str, bytes]:
    """The credentials by the name of their holder, as the subject of a learner record, as many as one may hold."""
    by_subject: dict[str, list[bytes]] = {}
    for one in account.held:
        if _is_transcript(one):
            continue
        try:
            subject = read_credential(one.document).subject or ""
            build_collection([one.signed], subject=subject)
        except (NotForATranscript, NotACredential) as cause:
            left_out[f"clr {one.id}"] = cause.sentence
            continue
        by_subject.setdefault(subject, []).append(one.signed)
    parts = [
        (subject, signed[first : first + MAX_INSIDE])
        for subject, signed in sorted(by_subject.items())
        for first in range(0, len(signed), MAX_INSIDE)
    ]
    return {
        f"clr/{number:02d}.not-signed.json": build_collection(signed, subject=subject)
        for number, (subject, signed) in enumerate(parts, start=1)
    }


def _is_transcript(one: IssuedCredential) -> bool:
    types = one.document.get("type")
    return TRANSCRIPT_TYPE in (types if isinstance(types, list) else [types])


def _entry(one: Entry) -> JsonObject:
    return {
        "sequence": one.sequence,
        "lot": one.lot,
        "kind": str(one.kind),
        "amount": str(one.amount),
        "award": one.award,
        "reason": one.reason,
        "at": instant_text(one.at),
        "hash": "0x" + one.hash.hex(),
    }


def _consent(one: Consent) -> JsonObject:
    return {
        "basis": str(one.basis),
        "share": one.source or None,
        "credentials": list(one.covers),
        "audience": one.audience,
        "organisation": one.organisation or None,
        "purpose": one.purpose,
        "given": instant_text(one.given),
        "until": instant_text(one.until),
        "withdrawn": None if one.withdrawn is None else instant_text(one.withdrawn),
    }


def _is_unit(issued: IssuedCredential) -> bool:
    try:
        unit_facts(issued.document)
    except NotAUnit:
        return False
    return True
