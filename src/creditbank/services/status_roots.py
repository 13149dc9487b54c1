"""Telling the chain which status lists are the newest, so that nobody can pass an old one off (threat 31)."""

from datetime import timedelta
from typing import Final

from creditbank.anchoring.statuses import StatusLeaf, StatusTree
from creditbank.canonical import Digest, digest_text, json_digest, load_object, pretty_json
from creditbank.credential import read_credential, read_sequence
from creditbank.errors import Refused
from creditbank.services import calls, reads
from creditbank.services.anchoring import BANK
from creditbank.services.failpoints import reach
from creditbank.services.ports import Chain, ChainRefused, Clock, KeyVault, Store, Transaction
from creditbank.services.records import PublicDocument
from creditbank.services.sending import Sender

KIND: Final = "status-tree"
LIST_KIND: Final = "status-list"
SAID_KIND: Final = "status-tree-said"
SAID: Final = "#said"
OVERTAKEN: Final = "SequenceNotRising"
TRIES: Final = 3


class NoStatusLists(Refused):
    """This bank has signed no status list yet, so there is nothing to publish."""

    slug = "no-status-lists"


class StatusRoots:
    """Publishes the root over this bank's newest status lists, and keeps the leaves under it."""

    def __init__(self, store: Store, chain: Chain, sender: Sender, vault: KeyVault, clock: Clock) -> None:
        self._store, self._chain, self._sender, self._vault, self._clock = store, chain, sender, vault, clock

    def publish(self) -> reads.StatusRoot:
        """Publish the root over the newest lists, once for the same lists; raise `NoStatusLists`.

        The leaves are kept before anything is sent, under the root's own digest, for everybody to recompute it.
        """
        with self._store.transaction() as tx:
            tree = StatusTree.of(_leaves(tx))
            if not tree.leaves:
                raise NoStatusLists("No status list was signed yet.", next_step="Issue a credential first.")
            root, content = tree.root, pretty_json(tree.to_json())
            name = digest_text(root)
            tx.put_document(PublicDocument(name, KIND, "application/json", content, self._clock.now()))
        for left in reversed(range(TRIES)):
            try:
                return self._published(root, name)
            except ChainRefused as refusal:  # an older root, which fell out of the chain, went ahead of this one
                if refusal.reason != OVERTAKEN or not left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _published(self, root: Digest, name: str) -> reads.StatusRoot:
        """See the root to the chain under the next number."""
        account = self._vault.chain_account(BANK)
        before = reads.status_root(self._chain, account)
        if before is not None and before.root == root:
            return before
        number = 1 + (0 if before is None else before.sequence)
        purpose = self._purpose(number, name, account)
        self._sender.settle(purpose, BANK, calls.publish_status(root, number), final=True)
        reach("status.published")
        published = reads.status_root(self._chain, account)
        assert published is not None, "what is final on the chain can be read there"
        return published

    def advance(self, every: timedelta) -> reads.StatusRoot | None:
        """Take what is due one step on, without waiting; the root that stands, where none is due.

        Due is a root where the lists say something else than those under the newest root, and that one is `every` old.
        A list that was only signed anew says the same. None while there is no list, or a root is on its way.
        """
        with self._store.transaction() as tx:
            tree, said = StatusTree.of(_leaves(tx)), _said(tx)
        if not tree.leaves:
            return None
        account = self._vault.chain_account(BANK)
        before = reads.status_root(self._chain, account)
        if before is not None:
            with self._store.transaction() as tx:
                told = tx.find_document(digest_text(Digest(before.root)) + SAID)
            same = before.root == tree.root or (told is not None and told.content == said)
            if same or self._clock.now() - before.time < every:
                return before
        name, content, now = digest_text(tree.root), pretty_json(tree.to_json()), self._clock.now()
        with self._store.transaction() as tx:
            tx.put_document(PublicDocument(name, KIND, "application/json", content, now))
            tx.put_document(PublicDocument(name + SAID, SAID_KIND, "text/plain", said, now))
        number = 1 + (0 if before is None else before.sequence)
        purpose = self._purpose(number, name, account)
        if self._sender.step(purpose, BANK, calls.publish_status(tree.root, number)) is None:
            return None
        reach("status.published")
        return reads.status_root(self._chain, account)

    def _purpose(self, number: int, name: str, account: str) -> str:
        """A name for this root under this number; another where a former account of the bank published just that."""
        purpose = f"status:{number}:{name}"
        with self._store.reading() as tx:
            former = any(one.sender != account for one in tx.attempts(purpose))
        return f"{purpose}:{account}" if former else purpose


def _said(tx: Transaction) -> bytes:
    """What all lists say, without who signed it when: the same as long as nobody is revoked, suspended or restored."""
    said = []
    for document in tx.documents(LIST_KIND):
        subject = load_object(document.content).get("credentialSubject")
        said.append([document.id, str(subject.get("encodedList")) if isinstance(subject, dict) else ""])
    return digest_text(json_digest({"lists": sorted(said)})).encode()


def _leaves(tx: Transaction) -> list[StatusLeaf]:
    found = []
    for document in tx.documents(LIST_KIND):
        value = load_object(document.content)
        number = read_sequence(value)
        if number is not None:
            found.append(StatusLeaf(read_credential(value).issuer, document.id, number, json_digest(value)))
    return found


def leaves_under(tx: Transaction, root: bytes) -> tuple[StatusLeaf, ...]:
    """The lists under a root that stands on the chain, as far as the bank kept them; else none."""
    kept = tx.find_document(digest_text(Digest(root)))
    if kept is None or kept.kind != KIND:
        return ()
    tree = StatusTree.parse(load_object(kept.content))
    return tree.leaves if tree.root == root else ()
