"""Where an organisation's status lists stand, and which number the next one has."""

from creditbank.canonical import load_object
from creditbank.credential import StatusEntry, read_sequence
from creditbank.services.ports import Transaction
from creditbank.services.records import Organisation


def status_list_id(base_url: str, organisation: Organisation) -> str:
    """The address under which an organisation's revocation list is published."""
    return f"{base_url}/status/{organisation.id.removeprefix('urn:uuid:')}"


def suspension_list_id(base_url: str, organisation: Organisation) -> str:
    """The address under which an organisation's list of suspensions is published."""
    return f"{status_list_id(base_url, organisation)}/suspended"


def status_entry(base_url: str, organisation: Organisation, index: int) -> StatusEntry:
    """The places of a new credential: the same one in the list of revocations and in that of suspensions."""
    return StatusEntry(status_list_id(base_url, organisation), index, suspension_list_id(base_url, organisation))


def next_sequence(tx: Transaction, list_id: str) -> int:
    """The number of the next list of this address: one more than that of the list that is published (threat 31)."""
    published = tx.find_document(list_id)
    return 1 + (0 if published is None else read_sequence(load_object(published.content)) or 0)
