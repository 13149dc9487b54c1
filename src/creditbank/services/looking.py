"""What one verification looks up, each row once: many of its questions lead to the same few documents and bodies."""

from collections.abc import Collection

from creditbank.services.ports import Transaction, UnknownRecord
from creditbank.services.records import Organisation, OrganisationKey, PublicDocument


class Looks:
    """Public documents, and bodies with their keys, as they stood when they were looked at first; for one request."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self._documents: dict[str, PublicDocument | None] = {}
        self._bodies: dict[str, Organisation | None] = {}
        self._keys: dict[str, list[OrganisationKey]] = {}

    def ahead(self, documents: Collection[str]) -> None:
        """Look at several documents at once."""
        unseen = sorted(set(documents) - self._documents.keys())
        found = {one.id: one for one in self.tx.documents_named(unseen)} if unseen else {}
        self._documents |= {id: found.get(id) for id in unseen}

    def ahead_with_names(self, documents: Collection[str], kind: str) -> list[str]:
        """The same, and the names of all documents of a kind."""
        unseen = sorted(set(documents) - self._documents.keys())
        found, names = self.tx.documents_and_names(unseen, kind)
        known = {one.id: one for one in found}
        self._documents |= {id: known.get(id) for id in unseen}
        return names

    def document(self, id: str) -> PublicDocument | None:
        """A public document, or None."""
        self.ahead([id])
        return self._documents[id]

    def body(self, id: str) -> Organisation | None:
        """An organisation by its id, or None."""
        if id not in self._bodies:
            try:
                self._keep(id, self.tx.get_organisation(id))
            except UnknownRecord:
                self._bodies[id] = None
        return self._bodies[id]

    def body_by_did(self, did: str) -> Organisation | None:
        """An organisation by its DID, or None."""
        if did not in self._bodies:
            self._keep(did, self.tx.find_organisation_by_did(did))
        return self._bodies[did]

    def keys(self, organisation: str) -> list[OrganisationKey]:
        """The keys of an organisation."""
        if organisation not in self._keys:
            self._keys[organisation] = self.tx.keys_of(organisation)
        return self._keys[organisation]

    def _keep(self, name: str, found: Organisation | None) -> None:
        self._bodies[name] = found
        if found is not None:
            self._bodies[found.id] = self._bodies[found.did] = found
