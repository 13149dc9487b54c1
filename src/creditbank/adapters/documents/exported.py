"""The archive of an account, as another bank reads it: whole, as its own list says, with the one presentation in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from creditbank.adapters.documents.archive import entries_of
from creditbank.adapters.documents.folder import bundle_of
from creditbank.adapters.documents.opening import open_document
from creditbank.adapters.documents.recognition import MAX_LONG_BYTES, FileKind
from creditbank.anchoring import Receipt
from creditbank.canonical import JsonObject, digest_text, sha256
from creditbank.services.counted import Said, UnreadableExport, read_said

ACCOUNT: Final = "account.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an archive of an account brings: its presentation, what came along, and what it says of its lots.

    `said` is None for an archive of documents without an account.
    """

    signed: bytes
    receipts: Sequence[Receipt]
    claims: Mapping[str, bytes]
    said: Said | None


def read_exported(data: bytes, place: str) -> Exported:
    """Read the archive of an account.

    Raises `UnreadableExport` where it has not one presentation, or two accounts, or where a file is missing, unlisted,
    or not what the account says; and what opening an archive raises.
    """
    found = bundle_of(open_document(data, place))
    shown = found.of(FileKind.PRESENTATION)
    if len(shown) != 1:
        raise UnreadableExport(
            f"The archive holds {len(shown)} presentations, and is taken in by one.",
            place=place,
            next_step="Export it for this bank: creditbank learner export --for DOMAIN --challenge NONCE.",
        )
    accounts = found.of(FileKind.EXPORT)
    if len(accounts) > 1:
        raise UnreadableExport("The archive holds the accounts of two exports.", place=place)
    said = None
    if accounts:
        _check_files(data, place, accounts[0].value)
        said = read_said(accounts[0].value)
    return Exported(shown[0].data, found.receipts, found.claims, said)


def _check_files(data: bytes, place: str, account: JsonObject) -> None:
    """Compare every file with the list, so that nothing was lost, put in or changed on the way by accident."""
    listed = account.get("files")
    if not isinstance(listed, dict):
        raise UnreadableExport("The account does not list its files.", place=f"{place}/{ACCOUNT}")
    entries = {one.name: one.data for one in entries_of(data, place, max_bytes=MAX_LONG_BYTES)}
    folder = next((name.removesuffix(ACCOUNT) for name in entries if name.rpartition("/")[2] == ACCOUNT), "")
    held = {name.removeprefix(folder): digest_text(sha256(one)) for name, one in entries.items()}
    held.pop(ACCOUNT, None)
    differs = sorted(name for name in held.keys() | listed.keys() if held.get(name) != listed.get(name))
    if differs:
        raise UnreadableExport(
            f"{len(differs)} files are not as the account lists them; the first is {differs[0][:120]}.",
            place=place,
            next_step="Export it again, and bring the archive as it was made.",
        )
