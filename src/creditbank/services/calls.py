"""The contract calls that services make, spelled once. Arguments are what the Solidity interfaces name."""

from creditbank.anchoring import issuer_id
from creditbank.canonical import Digest, sha256
from creditbank.services.ports import Call
from creditbank.units import Credits


def key_id(multikey: str) -> Digest:
    """The 32 bytes that name a key on the chain: SHA-256 of its Multikey text."""
    return sha256(multikey.encode())


def award_id(award: str) -> Digest:
    """The 32 bytes that name an award on the chain: SHA-256 of its random URN."""
    return sha256(award.encode())


def admit_issuer(did: str, controller: str, scope: bytes, document: bytes) -> Call:
    """A registrar admits an issuer with the digests of its scope and its DID document."""
    return Call("issuers", "admit", (issuer_id(did), controller, scope, document))


def add_key(did: str, multikey: str) -> Call:
    """An issuer puts a key on record, good from this block on, without an end."""
    return Call("issuers", "addKey", (issuer_id(did), key_id(multikey), 0, 0))


def revoke_key(did: str, multikey: str) -> Call:
    """An issuer or its registrar revokes a key, from this block on."""
    return Call("issuers", "revokeKey", (issuer_id(did), key_id(multikey)))


def name_bank(did: str, bank: str) -> Call:
    """An issuer names a bank through which its credentials are anchored."""
    return Call("issuers", "nameBank", (issuer_id(did), bank))


def admit_account(contract: str, account: str, did: str) -> Call:
    """A registrar admits a bank (`anchors`) or an awarder (`redemptions`) under its identity."""
    return Call(contract, "admit", (account, issuer_id(did)))


def spend_call(lot: str, amount: Credits, total: Credits, award: str) -> Call:
    """An awarder counts part of a lot, of which `total` exists at all, towards an award."""
    return Call(
        "redemptions",
        "spend",
        (bytes.fromhex(lot[2:]), amount.thousandths, total.thousandths, award_id(award)),
    )


def release_call(lot: str, amount: Credits, award: str) -> Call:
    """The awarder that spent gives back."""
    return Call("redemptions", "release", (bytes.fromhex(lot[2:]), amount.thousandths, award_id(award)))
