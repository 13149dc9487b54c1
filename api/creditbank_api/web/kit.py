"""The verification kit of an award: one zip from which anybody re-checks it offline, without this bank."""

import io
import zipfile
from datetime import date
from typing import Any, Final

from creditbank.bootstrap import Bank
from creditbank.canonical import canonical_json, load_object, pretty_json
from creditbank.services.records import AwardRecord
from creditbank.stacking import read_proof
from creditbank_api.reading import published, receipt_of

FOLDER: Final = "award-kit"
LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say; the same kit is the same bytes
CHECK: Final = f"creditbank check-award {FOLDER} --offline --documents {FOLDER}/documents --trust {FOLDER}/trust.json"
README: Final = """An award, and everything needed to check it again

  awards/        the award, as signed
  proofs/        its stacking proof: which credential filled which requirement
  credentials/   the credentials that count
  receipts/      where each of them is anchored{test}
  rules/         the rules and frameworks that the sum rests on
  decisions/     the awarding body's own decisions that it rests on, as signed
  documents/     the issuers' keys and status lists, as this bank had them
  trust.json     the blocks and register entries as this bank's chain tells them

Check it offline:

  {check}

It answers 0 for accepted, 1 for rejected, 3 when something could not be checked. You decide whom to trust: take the
block hashes from a source of your own when it matters.
"""


def kit(bank: Bank, award: AwardRecord) -> bytes:
    """The kit of a signed award."""
    assert award.signed is not None
    assert award.proof is not None
    proof = read_proof(load_object(award.proof))
    test = ", on a test chain: a rehearsal, no proof to others" if bank.chain.test_chain else ""
    files = {
        "README.txt": README.format(test=test, check=CHECK).encode(),
        "awards/award.json": award.signed,
        "proofs/award.json": award.proof,
        "trust.json": pretty_json(bank.trusting.export().to_json()),
    }
    used = list(dict.fromkeys(proof.named.values()))
    with bank.store.transaction() as tx:
        held = [tx.get_credential(id) for id in used]
    names = {award.id: "award"}
    for number, issued in enumerate(held, start=1):
        names[issued.id] = f"credential-{number}"
        files[f"credentials/{names[issued.id]}.json"] = issued.signed
    for id, name in names.items():
        if (receipt := receipt_of(bank, id)) is not None:
            files[f"receipts/{name}.json"] = pretty_json(receipt.document)
    files |= _rules(bank, award, proof.date)
    registers = bank.accrediting.papers(ref.digest for ref in proof.registers)
    files |= {f"rules/register-{number}.json": content for number, content in enumerate(registers, start=1)}
    decided = bank.deciding.papers(ref.digest for ref in proof.decisions)
    files |= {f"decisions/decision-{number}.json": content for number, content in enumerate(decided, start=1)}
    files |= _documents(bank, [load_object(content) for content in [award.signed, *(issued.signed for issued in held)]])
    return _zipped(files)


def _rules(bank: Bank, award: AwardRecord, day: date) -> dict[str, bytes]:
    models = [
        bank.catalogue.qualification(award.qualification, award.version),
        *bank.catalogue.frameworks(day).values(),
        *bank.catalogue.credit_systems().values(),
    ]
    documents = [model.model_dump(mode="json", by_alias=True) for model in models]
    return {
        f"rules/{document['document'].split('/')[1]}-{number}.json": canonical_json(document)
        for number, document in enumerate(documents, start=1)
    }


def _documents(bank: Bank, signed: list[Any]) -> dict[str, bytes]:
    wanted: dict[str, None] = {}
    for document in signed:
        wanted[document["issuer"]["id"] if isinstance(document["issuer"], dict) else document["issuer"]] = None
        wanted[document["credentialSubject"]["id"]] = None
        status = document.get("credentialStatus", [])
        for entry in status if isinstance(status, list) else [status]:
            wanted[entry["statusListCredential"]] = None
    return {
        f"documents/document-{number}.json": published(bank, id).content for number, id in enumerate(wanted, start=1)
    }


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()
