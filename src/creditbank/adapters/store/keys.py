"""Whose keys sign, since when, and every version of the documents that list them."""

from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from creditbank.adapters.store.session import Tables, rows_by, values
from creditbank.adapters.store.tables import document_versions, keys
from creditbank.services.records import DocumentVersion, KeyState, OrganisationKey

_OF_ONE: Final = rows_by(keys, "organisation").order_by(keys.c.row)
_BY_MULTIKEY: Final = rows_by(keys, "multikey")
_HELD: Final = _BY_MULTIKEY.with_for_update(read=True)


class Keys(Tables):
    """The part of `ports.Transaction` that keeps the keys of organisations."""

    def add_key(self, key: OrganisationKey) -> None:
        self._add(keys, values(key), f"The key {key.multikey}, or the label {key.label}")

    def keys_of(self, organisation: str) -> list[OrganisationKey]:
        return self._all(OrganisationKey, _OF_ONE, organisation=organisation)

    def find_key(self, multikey: str) -> OrganisationKey | None:
        return self._one(OrganisationKey, _BY_MULTIKEY, multikey=multikey)

    def hold_key(self, multikey: str) -> OrganisationKey | None:
        return self._one(OrganisationKey, _HELD, multikey=multikey)

    def move_key(self, multikey: str, state: KeyState, when: datetime, *, since: KeyState, settled: bool) -> bool:
        standing = (keys.c.multikey == multikey) & (keys.c.state == since)
        moved = update(keys).where(standing).values({"state": state, "settled": settled, state.value: when})
        return self._connection.execute(moved).rowcount == 1

    def settle_key(self, multikey: str) -> None:
        self._change(keys, keys.c.multikey == multikey, f"key {multikey}", settled=True)

    def unsettled_keys(self) -> list[OrganisationKey]:
        query = select(keys).where(keys.c.settled.is_(False)).order_by(keys.c.row)
        return self._all(OrganisationKey, query)

    def add_version(self, version: DocumentVersion) -> None:
        self._insert_new(document_versions, values(version))

    def document_versions(self, id: str) -> list[DocumentVersion]:
        query = select(document_versions).where(document_versions.c.id == id).order_by(document_versions.c.row)
        return self._all(DocumentVersion, query)
