"""Taking along: everything that a learner has, as files that need nothing of this bank.

Credentials stand in it as they were signed, each beside its receipt, with issuers' documents and status lists as they
are now; the account itself as JSON. For another bank that gave a challenge it holds a presentation too, signed by the
holder's key, which is what that bank takes them in by: under its own rules, each credit once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from creditbank.canonical import JsonObject, digest_text, pretty_json, sha256
from creditbank.credential import NotAUnit, unit_facts
from creditbank.services.listing_ports import Page
from creditbank.services.ports import Clock, Store
from creditbank.services.records import IssuedCredential
from creditbank.services.share_records import Consent
from creditbank.services.sharing import AccountView, Sharing
from creditbank.services.verifying import Verifying
from creditbank.units import instant_text
from creditbank.verification import read_secured

FORMAT: Final = "creditbank/export/v1"
MOST_CONSENTS: Final = 100_000
"""More than a person gives; a share is one of them."""
README: Final = """Everything that one account of a credit bank holds.

credentials/   each credential exactly as it was signed, and beside it the receipt of its anchor where it is final
awards/        the stacking proof of each award
documents/     issuers' DID documents and status lists, as they were when this was made
account.json   lots, ledger entries, and consents: what was shared and agreed to, for whom, why and until when
presentation.json   for the bank whose challenge was given: it takes the units in by it

Anybody can check a credential: creditbank verify credentials/001.json --documents documents
"""


@dataclass(frozen=True, slots=True)
class Export:
    """The files of an account by name."""

    learner: str
    files: dict[str, bytes]


class TakingAlong:
    """Gathers everything that a learner has."""

    def __init__(self, store: Store, sharing: Sharing, verifying: Verifying, clock: Clock) -> None:
        self._store, self._sharing, self._verifying, self._clock = store, sharing, verifying, clock

    def of(self, learner: str, *, challenge: str = "", domain: str = "") -> Export:
        """The files of an account; with the challenge and domain of another bank, a presentation of the units for it.

        Raises `UnknownRecord`, and what `Sharing.present` raises.
        """
        account = self._sharing.account(learner)
        with self._store.transaction() as tx:
            held = tx.credentials_of(learner)
            receipts = {one.id: tx.find_receipt(one.id) for one in held}
            awards = [award for award in tx.awards_of(learner) if award.proof is not None]
            agreed = [one for _, one in tx.list_consents(Page(MOST_CONSENTS), learner)]
        files = {"README.txt": README.encode()}
        for number, one in enumerate(held, start=1):
            name, receipt = f"credentials/{number:03d}", receipts[one.id]
            files[f"{name}.{'jwt' if one.token else 'json'}"] = one.signed
            if receipt is not None and receipt.final:
                files[f"{name}.receipt.json"] = pretty_json(receipt.document)
        for number, award in enumerate(awards, start=1):
            files[f"awards/{number:03d}.proof.json"] = award.proof or b""
        files |= self._documents(held)
        if challenge and domain:
            units = [one.id for one in held if _is_unit(one)]
            files["presentation.json"] = self._sharing.present(learner, units, challenge=challenge, domain=domain)
        files["account.json"] = pretty_json(self._account(account, held, agreed, files))
        return Export(learner, files)

    def _documents(self, held: Sequence[IssuedCredential]) -> dict[str, bytes]:
        found = self._verifying.evidence([read_secured(one.signed) for one in held]).documents
        return {f"documents/{number:02d}.json": found[id] for number, id in enumerate(sorted(found), start=1)}

    def _account(
        self,
        account: AccountView,
        held: Sequence[IssuedCredential],
        agreed: Sequence[Consent],
        files: dict[str, bytes],
    ) -> JsonObject:
        learner = account.learner
        lots: list[Any] = [
            {
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
            }
            for view in account.lots
        ]
        entries: list[Any] = [
            {
                "sequence": one.sequence,
                "lot": one.lot,
                "kind": str(one.kind),
                "amount": str(one.amount),
                "award": one.award,
                "reason": one.reason,
                "at": instant_text(one.at),
                "hash": "0x" + one.hash.hex(),
            }
            for one in account.entries
        ]
        return {
            "document": FORMAT,
            "made": instant_text(self._clock.now()),
            "learner": {"id": learner.id, "did": learner.did, "name": learner.name},
            "credentials": [one.id for one in held],
            "lots": lots,
            "entries": entries,
            "consents": [_consent(one) for one in agreed],
            "files": {name: digest_text(sha256(content)) for name, content in sorted(files.items())},
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
