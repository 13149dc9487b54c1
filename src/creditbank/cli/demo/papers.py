"""What the journey leaves behind: credentials, receipts, awards, proofs, forgeries, documents, trust, and words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from creditbank.bootstrap import Bank
from creditbank.canonical import JsonObject, canonical_json, load_object, pretty_json
from creditbank.cli.demo.forgeries import altered_value, inflated_allocation, second_award
from creditbank.cli.demo.output import DemoFolder
from creditbank.credential import unit_facts
from creditbank.services.records import AwardRecord, IssuedCredential, Learner, Organisation
from creditbank.stacking import read_proof
from creditbank.verification import read_signed_decision

TRUSTED: Final = ("--documents", "{demo}/documents", "--trust", "{demo}/trust.json")
STACK: Final = ("{demo}/credentials", "{demo}/receipts", "{demo}/rules", "{demo}/decisions")


@dataclass(frozen=True, slots=True)
class Forgery:
    """A file that must be refused: what was done to it, and the check that must say no."""

    name: str
    content: bytes
    receipt: bytes | None
    reason: str
    check: str
    proof: bytes | None = None


class Papers:
    """Writes the files of one run, each noted in the index."""

    def __init__(self, bank: Bank, folder: DemoFolder) -> None:
        self._bank, self._folder = bank, folder
        self._checks: list[JsonObject] = []
        self._documents: dict[str, str] = {}
        self._rules: list[JsonObject] = []

    # -- what learners receive

    def write_credentials(self, issued: Mapping[str, IssuedCredential]) -> None:
        """Every credential as signed, and its receipt under the same name beside it."""
        for key, credential in issued.items():
            learner, _, achievement = key.partition(":")
            name = f"{learner}-{slug(achievement.removeprefix('urn:creditbank:sample:'))}.json"
            facts = unit_facts(credential.document)
            receipt = self._receipt(credential.id)
            self._folder.add("receipts", name, receipt, credential=credential.id)
            self._folder.add(
                "credentials",
                name,
                credential.signed,
                id=credential.id,
                title=facts.title,
                issuer=facts.issuer,
                holder=facts.subject,
                credits=str(facts.credits),
                receipt=f"receipts/{name}",
            )
        first = self._folder.entries["credentials"][0]["file"]
        self._check(f"the credential {first} is genuine", ("verify", f"{{demo}}/{first}", "--offline", *TRUSTED), 0)

    def write_award(self, learner: str, award: AwardRecord) -> None:
        """The award, its stacking proof, its receipt, and the documents its sum rests on."""
        assert award.signed is not None
        assert award.proof is not None
        name = f"{learner}-{award.qualification}.json"
        self._folder.add("receipts", name, self._receipt(award.id), credential=award.id)
        self._folder.add("proofs", name, award.proof, award=award.id, qualification=award.qualification)
        self._folder.add("awards", name, award.signed, id=award.id, proof=f"proofs/{name}", receipt=f"receipts/{name}")
        self._write_rules(award)
        files = (f"{{demo}}/awards/{name}", f"{{demo}}/proofs/{name}", *STACK)
        offline = ("check-award", *files, "--offline", "--documents", "{demo}/documents")
        trust = ("--trust", "{demo}/trust.json")
        self._check(f"the sum of the award awards/{name}, with trusted block hashes", (*offline, *trust), 0)
        self._check(f"the same without them: the anchors stay unchecked, so awards/{name} is open", offline, 3)

    def _write_rules(self, award: AwardRecord) -> None:
        catalogue = self._bank.catalogue
        assert award.proof is not None
        frameworks = catalogue.frameworks(read_proof(load_object(award.proof)).date)
        rules = catalogue.qualification(award.qualification, award.version)
        documents: list[Any] = [rules.model_dump(mode="json", by_alias=True)]
        documents += [framework.model_dump(mode="json", by_alias=True) for _, framework in sorted(frameworks.items())]
        documents += [
            system.model_dump(mode="json", by_alias=True) for _, system in sorted(catalogue.credit_systems().items())
        ]
        for document in documents:
            kind = document["document"].split("/")[1]
            path = self._folder.write(f"rules/{kind}-{slug(document['id'])}.json", canonical_json(document))
            entry: JsonObject = {"file": path, "kind": kind, "id": document["id"]}
            if entry not in self._rules:
                self._rules.append(entry)
        self._write_decisions(award)

    def _write_decisions(self, award: AwardRecord) -> None:
        """What the awarding body decided and the sum rests on, as it was signed; and how to check each by itself."""
        assert award.proof is not None
        proof = read_proof(load_object(award.proof))
        for content in self._bank.deciding.papers(ref.digest for ref in proof.decisions):
            signed = read_signed_decision(load_object(content))
            file = self._folder.add(
                "decisions",
                f"{signed.kind}-{slug(signed.decision.id)}.json",
                content,
                id=signed.decision.id,
                by=signed.by,
            )
            self._check(
                f"the decision {file} is signed and in force", ("decision", "check", f"{{demo}}/{file}", *TRUSTED), 0
            )

    def write_presentation(self, learner: Learner, credentials: Sequence[str]) -> None:
        """What the learner hands to an employer: two chosen credentials, for this reader, for this occasion."""
        content = self._bank.sharing.present(
            learner.id,
            credentials,
            challenge="sample-application-2026",
            domain="https://employer.sample.example",
        )
        self._folder.add(
            "presentations",
            "for-a-sample-employer.json",
            content,
            holder=learner.did,
            challenge="sample-application-2026",
            domain="https://employer.sample.example",
        )

    # -- what must be refused

    def forge(
        self,
        genuine: IssuedCredential,
        late: IssuedCredential,
        withdrawn: IssuedCredential,
        award: AwardRecord,
        university: Organisation,
    ) -> list[Forgery]:
        """Forgeries made with real keys, each with the name of the check that must refuse it."""
        assert award.signed is not None
        assert award.proof is not None
        now = self._bank.clock.now()

        def sign(document: JsonObject) -> bytes:
            return self._bank.signatures.sign(document, university.id, university.did, now)

        proof, rebound = inflated_allocation(award.proof, award.signed, sign)
        again, second = second_award(award.proof, award.signed, sign, "urn:uuid:5ec0d000-0000-4000-8000-00000000a5a5")
        return [
            Forgery(
                "altered-value.json",
                altered_value(genuine.signed),
                self._receipt(genuine.id),
                "One signed value was altered: the credential claims one credit more than the provider gave.",
                "proof.signature",
            ),
            Forgery(
                "key-revoked-before-anchoring.json",
                late.signed,
                self._receipt(late.id),
                "The provider revoked its key before this credential was anchored.",
                "anchor.key-valid",
            ),
            Forgery(
                "revoked-by-its-issuer.json",
                withdrawn.signed,
                self._receipt(withdrawn.id),
                "The provider revoked this credential; its status list says so.",
                "status.revocation",
            ),
            Forgery(
                "forged-allocation.json",
                rebound,
                None,
                "The allocation counts one credit more of a unit than its credential carries; the university signed.",
                "stack.arithmetic",
                proof=proof,
            ),
            Forgery(
                "second-award-same-credits.json",
                second,
                None,
                "The university signed a second award over credits that already count towards the first one.",
                "award.spent",
                proof=again,
            ),
        ]

    def write_forgeries(self, forgeries: Sequence[Forgery]) -> None:
        """Write each forgery with the reason it must be refused for."""
        for forgery in forgeries:
            if forgery.receipt is not None:
                self._folder.write(f"rejected/receipts/{forgery.name}", forgery.receipt)
            if forgery.proof is not None:
                self._folder.write(f"rejected/proofs/{forgery.name}", forgery.proof)
            file = self._folder.add(
                "rejected",
                forgery.name,
                forgery.content,
                reason=forgery.reason,
                check=forgery.check,
                form="credential" if forgery.proof is None else "award",
                receipt=f"rejected/receipts/{forgery.name}" if forgery.receipt else None,
                proof=f"rejected/proofs/{forgery.name}" if forgery.proof else None,
            )
            self._check(f"{file}: {forgery.reason}", _arguments(file, forgery), 1, forgery.check)

    # -- what a verifier needs

    def write_documents(self, bodies: Sequence[Organisation], learners: Sequence[Learner]) -> None:
        """Every DID document and status list, each a file of its own, found by the `id` inside it."""
        with self._bank.store.transaction() as tx:
            dids = [tx.find_document(did) for did in (*[body.did for body in bodies], *[one.did for one in learners])]
        lists = [self._bank.issuing.refresh_status(body.id) for body in bodies]
        suspensions = [self._bank.suspending.refresh(body.id) for body in bodies]
        for document in [*dids, *lists, *suspensions]:
            assert document is not None
            name = f"{document.kind}-{slug(document.id)[-60:]}.json"
            self._documents[document.id] = self._folder.write(f"documents/{name}", document.content)

    def write_trust(self) -> None:
        """The block hashes, registry facts and spends that a verifier may decide to trust."""
        self._folder.write("trust.json", pretty_json(self._bank.trusting.export().to_json()))

    def write_tokens(self, bodies: Mapping[str, Organisation], learners: Mapping[str, Learner]) -> None:
        """Demo tokens for the pages and the API, good on this machine only."""
        issue = self._bank.registering.issue_token
        tokens: dict[str, Any] = {"admin": issue(role="admin", subject="", label="demo admin")}
        for key, body in bodies.items():
            for role in sorted(body.roles):
                kind = "registrar" if role == "university" else "provider"
                tokens[f"{key} ({kind})"] = issue(role=kind, subject=body.id, label=f"demo {key}")
        for key, learner in learners.items():
            tokens[key] = issue(role="learner", subject=learner.id, label=f"demo {key}")
        self._folder.write("tokens.json", pretty_json(tokens))
        (self._folder.root / "tokens.json").chmod(0o600)

    def write_index(self) -> None:
        """The index and the words for a reader who has only this folder."""
        self._folder.write_index(documents=self._documents, rules=self._rules, trust="trust.json", checks=self._checks)
        self._folder.write("README.md", README.encode())

    def _receipt(self, credential: str) -> bytes:
        with self._bank.store.transaction() as tx:
            stored = tx.find_receipt(credential)
        assert stored is not None, "everything handed out here is final"
        return pretty_json(stored.document)

    def _check(self, title: str, arguments: Sequence[str], exit: int, names: str = "") -> None:
        meaning = {0: "accepted", 1: "rejected", 3: "inconclusive"}[exit]
        self._checks.append(
            {"title": title, "arguments": list(arguments), "exit": exit, "meaning": meaning, "names": names}
        )


def _arguments(file: str, forgery: Forgery) -> tuple[str, ...]:
    if forgery.proof is None:
        return (
            "verify",
            f"{{demo}}/{file}",
            f"{{demo}}/rejected/receipts/{forgery.name}",
            "--offline",
            *TRUSTED,
        )
    return (
        "check-award",
        f"{{demo}}/{file}",
        f"{{demo}}/rejected/proofs/{forgery.name}",
        *STACK,
        "--offline",
        *TRUSTED,
    )


def slug(text: str) -> str:
    """A name fit for a file: lower-case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


README: Final = """# What the demonstration left here

Every person and every institution in this folder is a sample. The chain is a test chain on one machine: its receipts
show how anchoring works and prove nothing to others.

| folder or file | what it is |
| --- | --- |
| `credentials/` | Open Badges 3.0 credentials, byte for byte as signed |
| `receipts/` | for each credential or award of the same name: the proof that it was anchored |
| `awards/` | two awards, each bound by digest to its stacking proof |
| `proofs/` | the stacking proofs: which credential counted for what, how much, by whose decision |
| `rules/` | the rules, frameworks and credit systems the sums rest on |
| `decisions/` | the sample conversion policy and the sample recognition, as the university signed them |
| `presentations/` | two credentials, presented to a sample employer |
| `rejected/` | forgeries; `index.json` says why each must be refused, and by which check |
| `documents/` | DID documents and status lists, each to be read under the `id` inside it |
| `trust.json` | block hashes, registry facts and spends that a verifier may decide to trust |
| `tokens.json` | demo tokens for the pages and the API of this bank, on this machine |
| `index.json` | every file by kind, and under `checks` each command that was run, with its exit code |
| `bank/` | the bank itself: its database, its chain and its keys |

Check an award without any bank, database, chain or network (run this where the folder stands):

    creditbank check-award demo-output/awards/asha-in-ncrf-ug-certificate.json \\
        demo-output/proofs/asha-in-ncrf-ug-certificate.json \\
        demo-output/credentials demo-output/receipts demo-output/rules demo-output/decisions \\
        --documents demo-output/documents --trust demo-output/trust.json --offline

Exit code 0 means accepted, 1 rejected, 2 wrong usage, 3 inconclusive. Without `--trust` nobody vouches for a block
hash, so the anchors stay unchecked and the answer is 3.

Ask the bank itself, which reads its own chain:

    CREDITBANK_HOME=demo-output/bank creditbank verify demo-output/credentials/asha-deccan-statistics.json

Status lists are good for one hour. After that the policy `live` calls their answer too old; `archival`, the default
with `--offline`, says "not revoked as of" their date.
"""
