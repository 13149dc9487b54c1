"""Verification kits: a credential or an award with everything that a stranger needs to check it, without this bank.

What is gathered here are claims in the hands of whoever receives it: each counts when a signature, the chain or the
receiver's own trust bears it out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from creditbank.canonical import JsonObject, canonical_json, load_object, pretty_json
from creditbank.credential import NotAUnit, read_credential, unit_facts
from creditbank.errors import Unavailable
from creditbank.services.accrediting import Accrediting
from creditbank.services.deciding import Deciding
from creditbank.services.ports import Catalogue, Chain, Store
from creditbank.services.records import AwardRecord, EndorsementRecord, IssuedCredential
from creditbank.services.trusting import Trusting
from creditbank.services.verifying import Verifying
from creditbank.stacking import StackingProof, read_proof
from creditbank.verification import ARCHIVAL, Evidence, Given, TrustFacts, read_secured, title_of

CREDENTIAL: Final = "credential"
AWARD: Final = "award"


class NotSignedYet(Unavailable):
    """The award is under way, and nothing is signed yet."""

    slug = "not-signed-yet"


@dataclass(frozen=True, slots=True)
class Kit:
    """What a kit holds, by file name. `subject` is the id of what it is about; `test` says that its chain is one.

    `trust` is the least that a reader has to trust: the contracts, and the one block that the kit's facts are proven
    against. Its hash is the reader's to compare. `note` says what a reader should know at once: revoked, not anchored.
    """

    kind: str
    subject: str
    title: str
    files: Mapping[str, bytes]
    test: bool
    trust: JsonObject | None = None
    note: str = ""


class Kits:
    """Gathers kits from what the bank holds, and from its chain."""

    def __init__(
        self,
        store: Store,
        chain: Chain,
        catalogue: Catalogue,
        trusting: Trusting,
        verifying: Verifying,
        deciding: Deciding,
        accrediting: Accrediting,
    ) -> None:
        self._store, self._chain, self._catalogue = store, chain, catalogue
        self._trusting, self._verifying = trusting, verifying
        self._deciding, self._accrediting = deciding, accrediting

    def of(self, id: str) -> Kit:
        """The kit of an award, a credential or an endorsement; raises `UnknownRecord` and `NotSignedYet`."""
        with self._store.transaction() as tx:
            award, endorsement = tx.find_award(id), tx.find_endorsement(id)
        if endorsement is not None:
            return self.of_endorsement(endorsement)
        return self.of_credential(id) if award is None else self.of_award(award)

    def of_endorsement(self, endorsement: EndorsementRecord) -> Kit:
        """The kit of an endorsement; raises `NotSignedYet`."""
        if endorsement.signed is None:
            raise NotSignedYet(
                f"{endorsement.id} is not signed yet.",
                next_step="Run the same `creditbank endorsement issue` again to complete it.",
            )
        document = load_object(endorsement.signed)
        files = {"credential.json": endorsement.signed, **self._receipts({endorsement.id: "credential"})}
        return self._kit(CREDENTIAL, endorsement.id, document, files | self._around([document]))

    def of_credential(self, id: str) -> Kit:
        """The kit of a credential; raises `UnknownRecord`."""
        with self._store.transaction() as tx:
            issued = tx.get_credential(id)
        document = issued.document
        files = {f"credential.{_suffix(issued)}": issued.signed, **self._receipts({id: "credential"})}
        files |= self._around([read_secured(issued.signed)])
        files |= self._receipts_inside(document)
        files |= _numbered("frameworks", self._snapshots(document))
        files |= _numbered("registers", self._registers(issued))
        return self._kit(CREDENTIAL, id, document, files)

    def of_award(self, award: AwardRecord) -> Kit:
        """The kit of an award: itself, its proof, every credential in it, and what the sum rests on.

        Raises `NotSignedYet` before there is a signature.
        """
        if award.signed is None or award.proof is None:
            raise NotSignedYet(
                f"{award.id} is {award.state}, so it has no files yet.",
                next_step="Run the same `creditbank award issue` again to complete it.",
            )
        proof = read_proof(load_object(award.proof))
        used = sorted(set(proof.named.values()))
        with self._store.transaction() as tx:
            held = [one for urn in used if (one := tx.find_credential(urn)) is not None]  # others were erased
        names = {award.id: "award"} | {urn: f"credentials/{at:02d}" for at, urn in enumerate(used, start=1)}
        files = {"award.json": award.signed}
        files |= {f"{names[one.id]}.{_suffix(one)}": one.signed for one in held}
        files |= {"award.proof.json": award.proof, **self._receipts(names)}
        files |= self._around([read_secured(content) for content in (award.signed, *(one.signed for one in held))])
        files |= _numbered("rules", self._rules(proof))
        files |= _numbered("decisions", self._deciding.papers(ref.digest for ref in proof.decisions))
        return self._kit(AWARD, award.id, load_object(award.signed), files)

    def _kit(self, kind: str, id: str, document: JsonObject, files: Mapping[str, bytes]) -> Kit:
        state = files.get("state.json")
        trust = None if state is None else _least_trust(load_object(state, max_bytes=len(state)))
        return Kit(kind, id, title_of(document), files, self._chain.test_chain, trust, self._note(kind, id, files))

    def _note(self, kind: str, id: str, files: Mapping[str, bytes]) -> str:
        with self._store.transaction() as tx:
            revoked, events = tx.is_revoked(id), tx.suspensions_of(id)
        said = []
        if revoked:
            said.append(f"Its issuer had revoked this {kind} when the kit was made: the check rejects it.")
        elif events and events[-1].suspended:
            said.append(f"Its issuer had suspended this {kind} when the kit was made: the check rejects it.")
        if f"{kind}.receipt.json" not in files:
            said.append(f"This {kind} was not anchored yet when the kit was made: the check says that this is open.")
        return " ".join(said)

    def _receipts(self, names: Mapping[str, str]) -> dict[str, bytes]:
        """The receipts there are, each beside the document that it speaks of."""
        with self._store.transaction() as tx:
            found = {name: tx.every_receipt(id) for id, name in names.items()}
        return {
            f"{name}.receipt{'' if number == 0 else f'-{number}'}.json": pretty_json(one.document)
            for name, several in found.items()
            for number, one in enumerate(one for one in several if one.final)
        }

    def _receipts_inside(self, document: JsonObject) -> dict[str, bytes]:
        """The receipts of the credentials and endorsements inside; they are matched by digest."""
        found = self._verifying.receipts_inside(document)
        return _numbered("receipts", [pretty_json(one.to_json()) for one in found if one.final])

    def _around(self, documents: Sequence[Given]) -> dict[str, bytes]:
        """Issuers' documents and status lists, and what the chain says, by the very search that verifies here."""
        evidence: Evidence = self._verifying.evidence(documents)
        found = [evidence.documents[id] for id in sorted(evidence.documents)]
        files = _numbered("documents", found) | {"policy.json": pretty_json(ARCHIVAL.to_json())}
        if evidence.trust is not None:
            files["trust.json"] = pretty_json(evidence.trust.to_json())
            files["state.json"] = pretty_json(self._trusting.prove(evidence.trust).to_json())
        return files

    def _snapshots(self, document: JsonObject) -> list[bytes]:
        """The framework and the credit system that a unit's level and credits are of."""
        try:
            facts = unit_facts(document)
        except NotAUnit:
            return []
        frameworks = self._catalogue.frameworks(facts.earned)
        systems = self._catalogue.credit_systems()
        level = None if facts.level is None else frameworks.get(facts.level.framework)
        return [_spelt(one) for one in (level, systems.get(facts.credits.system)) if one is not None]

    def _registers(self, issued: IssuedCredential) -> list[bytes]:
        """The snapshots of registers that have an entry for the issuer."""
        did = read_credential(issued.document).issuer
        return [_spelt(one) for one in self._accrediting.registers() if one.body(did) is not None]

    def _rules(self, proof: StackingProof) -> list[bytes]:
        """The rule documents that the sum rests on, by their digests; the university's decisions come signed."""
        found = [self._catalogue.by_digest(ref.digest) for ref in (proof.qualification, *proof.frameworks)]
        papers = self._accrediting.papers(ref.digest for ref in proof.registers)
        return [*(_spelt(one) for one in found if one is not None), *papers]


def _suffix(issued: IssuedCredential) -> str:
    return "jwt" if issued.token else "json"


def _least_trust(state: JsonObject) -> JsonObject:
    """A trust file with nothing in it but the contracts and the block that a proof of state is of."""
    from creditbank.verification.chain_state import StateProof

    proof = StateProof.parse(state)
    block, facts = proof.read()
    chains = tuple(replace(chain, anchored=()) for chain in facts.chains)
    source = f"block {block.number} of {proof.asked.chain}, compared with a source of my own"
    return TrustFacts(source, test=facts.test, chains=chains).to_json()


def _numbered(folder: str, contents: Sequence[bytes]) -> dict[str, bytes]:
    return {f"{folder}/{at:02d}.json": content for at, content in enumerate(contents, start=1)}


def _spelt(document: Any) -> bytes:
    return canonical_json(document.model_dump(mode="json", by_alias=True))
