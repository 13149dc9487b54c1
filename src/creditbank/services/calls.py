"""Every call that changes something on the contracts, spelled once, as `ports.Call` for the one sender.

The words are the contracts' own: an issuer is SHA-256 of its DID, a key SHA-256 of its Multikey text, a scope
and a document are SHA-256 digests, all 32 bytes; accounts are addresses; moments are block times in whole
seconds, where a moment gone by (such as 0) means the block that takes the call; amounts are thousandths of a
credit.
"""

from collections.abc import Sequence
from typing import TypeAlias

from creditbank.canonical import Digest, sha256
from creditbank.services.ports import Call

# --- names on the chain


def key_id(multikey: str) -> Digest:
    """The 32 bytes that name a key: SHA-256 of its Multikey text. An issuer's are `creditbank.anchoring.issuer_id`."""
    return sha256(multikey.encode())


def award_id(award: str) -> Digest:
    """The 32 bytes that name an award: SHA-256 of its random URN."""
    return sha256(award.encode())


# --- the owner of the registry


def appoint_registrar(registrar: str) -> Call:
    """The owner appoints a registrar."""
    return Call("issuers", "appointRegistrar", (registrar,))


def dismiss_registrar(registrar: str) -> Call:
    """The owner dismisses a registrar."""
    return Call("issuers", "dismissRegistrar", (registrar,))


def offer_ownership(to: str) -> Call:
    """The owner offers the registry to another account."""
    return Call("issuers", "offerOwnership", (to,))


def accept_ownership() -> Call:
    """The account it was offered to becomes the owner."""
    return Call("issuers", "acceptOwnership", ())


# --- registrars


def admit_issuer(issuer: bytes, controller: str, scope: bytes, document: bytes) -> Call:
    """A registrar admits an issuer, or admits it again; then the controller stays as it was."""
    return Call("issuers", "admit", (issuer, controller, scope, document))


def amend_issuer(issuer: bytes, scope: bytes, document: bytes) -> Call:
    """Its registrar sets new terms: another scope or another DID document."""
    return Call("issuers", "amend", (issuer, scope, document))


def withdraw_issuer(issuer: bytes) -> Call:
    """Its registrar withdraws an issuer from now on."""
    return Call("issuers", "withdraw", (issuer,))


def adopt_issuer(issuer: bytes) -> Call:
    """A registrar takes over an issuer whose registrar was dismissed."""
    return Call("issuers", "adopt", (issuer,))


def admit_bank(bank: str, identity: bytes) -> Call:
    """A registrar admits a bank's account; `identity` is SHA-256 of the bank's DID."""
    return Call("anchors", "admit", (bank, identity))


def withdraw_bank(bank: str) -> Call:
    """A registrar withdraws a bank's account from now on."""
    return Call("anchors", "withdraw", (bank,))


def admit_awarder(awarder: str, identity: bytes) -> Call:
    """A registrar admits an awarding body's account; `identity` is SHA-256 of the body's DID."""
    return Call("redemptions", "admit", (awarder, identity))


def withdraw_awarder(awarder: str) -> Call:
    """A registrar withdraws an awarding body's account from now on."""
    return Call("redemptions", "withdraw", (awarder,))


# --- control of an issuer


def offer_control(issuer: bytes, to: str) -> Call:
    """The controller offers an issuer to another account."""
    return Call("issuers", "offerControl", (issuer, to))


def accept_control(issuer: bytes) -> Call:
    """The account it was offered to takes control."""
    return Call("issuers", "acceptControl", (issuer,))


def propose_recovery(issuer: bytes, to: str) -> Call:
    """Its registrar proposes a new controller for one that was lost or stolen."""
    return Call("issuers", "proposeRecovery", (issuer, to))


def confirm_recovery(issuer: bytes, to: str) -> Call:
    """The owner confirms the proposed controller."""
    return Call("issuers", "confirmRecovery", (issuer, to))


def accept_recovery(issuer: bytes) -> Call:
    """The new controller takes over, once the notice has run."""
    return Call("issuers", "acceptRecovery", (issuer,))


def cancel_recovery(issuer: bytes) -> Call:
    """Its registrar or the owner calls a recovery off."""
    return Call("issuers", "cancelRecovery", (issuer,))


def name_successor(issuer: bytes, successor: bytes) -> Call:
    """The controller names who answers for the issuer's keys and status lists from now on."""
    return Call("issuers", "nameSuccessor", (issuer, successor))


# --- keys and banks of an issuer


def add_key(issuer: bytes, key: bytes, start: int = 0, until: int = 0) -> Call:
    """The controller registers a key. An `until` of 0 sets no end."""
    return Call("issuers", "addKey", (issuer, key, start, until))


def retire_key(issuer: bytes, key: bytes, until: int = 0) -> Call:
    """The controller ends a key's window."""
    return Call("issuers", "retireKey", (issuer, key, until))


def revoke_key(issuer: bytes, key: bytes) -> Call:
    """Controller, successor or registrar revoke a key as of the block that takes the call."""
    return Call("issuers", "revokeKey", (issuer, key))


def suspect_key(issuer: bytes, key: bytes, since: int) -> Call:
    """Issuer or registrar declare a revoked key untrustworthy from `since`; it takes both."""
    return Call("issuers", "suspect", (issuer, key, since))


def name_bank(issuer: bytes, bank: str) -> Call:
    """The controller issues through this bank from now on."""
    return Call("issuers", "nameBank", (issuer, bank))


def drop_bank(issuer: bytes, bank: str) -> Call:
    """The controller or a successor no longer issues through this bank."""
    return Call("issuers", "dropBank", (issuer, bank))


# --- daily work of banks and awarders


def anchor(root: bytes, size: int) -> Call:
    """A bank anchors a tree. Sending it twice anchors once."""
    return Call("anchors", "anchor", (root, size))


def publish_status(root: bytes, sequence: int) -> Call:
    """A bank publishes the root over its newest status lists."""
    return Call("anchors", "publishStatus", (root, sequence))


def spend(lot: bytes, amount: int, total: int, award: bytes) -> Call:
    """An awarder counts part of a lot towards an award. Sending the same use twice counts once."""
    return Call("redemptions", "spend", (lot, amount, total, award))


Bundle: TypeAlias = tuple[bytes, tuple[tuple[bytes, int, int], ...]]
"""What one award uses, all or none: the award, and of each lot its name, the amount and the lot's total."""


def spend_bundles(bundles: Sequence[Bundle]) -> Call:
    """An awarder spends several bundles, each all or nothing and none held up by another."""
    return Call("redemptions", "spendBundles", (tuple(bundles),))


def move(lot: bytes, amount: int, from_award: bytes, to_award: bytes) -> Call:
    """An awarder counts what one of its awards uses towards another of its awards."""
    return Call("redemptions", "move", (lot, amount, from_award, to_award))


def release(lot: bytes, amount: int, award: bytes) -> Call:
    """An awarder gives back what one of its awards uses."""
    return Call("redemptions", "release", (lot, amount, award))
