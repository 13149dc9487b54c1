"""What JSON resources and pages read alike: one thing by id, if this caller may see it.

What is foreign raises exactly what is unknown raises (threat 42).
"""

from typing import TypeVar

from creditbank.adapters.documents import packed_kit
from creditbank.bootstrap import Bank
from creditbank.services.kits import Kit
from creditbank.services.records import (
    AwardRecord,
    EndorsementRecord,
    EvaluationRecord,
    IssuedCredential,
    PublicDocument,
    StoredReceipt,
)
from creditbank_api.errors import NoSuchResource
from creditbank_api.security import Caller, hidden

Thing = TypeVar("Thing")


def owner_of(caller: Caller) -> dict[str, str]:
    """Whose things a list shows: the learner's own, else those of the organisation; an admin has none of their own."""
    return {"learner" if caller.is_learner else "organisation": caller.subject}


def held_credential(bank: Bank, id: str, caller: Caller) -> IssuedCredential:
    """A credential, for its issuer and its learner; raises `NoSuchResource`."""
    with hidden(), bank.store.transaction() as tx:
        issued = tx.get_credential(id)
    return _if(caller.is_any_of(issued.organisation, issued.learner), issued)


def transcript_for(bank: Bank, id: str, caller: Caller) -> IssuedCredential:
    """A transcript, for its issuer and its learner; raises `NoSuchResource`, also for a credential that is none."""
    with hidden():
        issued = bank.transcripts.get(id)
    return _if(caller.is_any_of(issued.organisation, issued.learner), issued)


def endorsement_for(bank: Bank, id: str, caller: Caller) -> EndorsementRecord:
    """An endorsement, for who made it, whose thing it speaks for, and the learner; raises `NoSuchResource`."""
    with hidden():
        made, concerned = bank.endorsing.concerned(id)
    return _if(caller.is_any_of(*concerned), made)


def receipt_of(bank: Bank, credential: str) -> StoredReceipt | None:
    """The final receipt of a credential or award, None while there is none."""
    with bank.store.transaction() as tx:
        found = tx.find_receipt(credential)
    return found if found is not None and found.final else None


def published(bank: Bank, id: str) -> PublicDocument:
    """A document for strangers, a status list as fresh as the bank can sign it; raises `NoSuchResource`."""
    with bank.store.transaction() as tx:
        found = tx.find_document(id)
    listed = bank.issuing.list_at(id) or bank.suspending.list_at(id)
    if listed is not None:
        return listed
    if found is None or not found.open:
        raise NoSuchResource
    return found


def evaluation_for(bank: Bank, id: str, caller: Caller) -> EvaluationRecord:
    """An evaluation, for the university that made it and the learner it is about; raises `NoSuchResource`."""
    with hidden():
        record = bank.evaluating.get(id)
    return _if(caller.is_any_of(record.organisation, record.learner), record)


def award_for(bank: Bank, id: str, caller: Caller) -> AwardRecord:
    """An award, for the university that made it and the learner who has it; raises `NoSuchResource`."""
    with hidden():
        record = bank.awarding.get(id)
    return _if(caller.is_any_of(record.organisation, record.learner), record)


def zipped(kit: Kit) -> bytes:
    """A verification kit as one archive."""
    return packed_kit(kit.kind, kit.subject, kit.title, kit.files, test=kit.test, trust=kit.trust, note=kit.note)


def check_command(name: str) -> str:
    """How a kit is checked, for whoever believes the block hashes in `trust.json`."""
    return f"creditbank verify {name} --offline --trust trust.json"


def _if(allowed: bool, thing: Thing) -> Thing:
    if not allowed:
        raise NoSuchResource
    return thing
