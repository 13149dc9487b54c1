"""The ledger's tables. A guarded UPDATE under a CHECK decides who wins a race; no SELECT before it does."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from creditbank.adapters.store.session import Tables, known, unknown, values
from creditbank.adapters.store.tables import accounts, entries, holds, lots
from creditbank.adapters.store.types import Amount
from creditbank.canonical import Digest
from creditbank.ledger import (
    Bucket,
    Entry,
    EntryKind,
    EntryReused,
    Lot,
    LotAlreadyOpen,
    LotChanged,
    NotCountedThere,
    NothingReserved,
    after,
    chain_start,
)
from creditbank.services.ports import AlreadyRecorded
from creditbank.units import NONE, CreditAmount

FREE: Final = type_coerce(lots.c.total - lots.c.reserved - lots.c.redeemed - lots.c.lapsed, Amount)
"""What of a lot can still be reserved."""
_ACCOUNT: Final = select(accounts.c.sequence, accounts.c.head).where(accounts.c.id == bindparam("id")).with_for_update()
_THERE: Final = select(accounts.c.id).where(accounts.c.id.in_(bindparam("ids", expanding=True)))
_ACCOUNTS: Final = (
    select(accounts)
    .where(accounts.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(accounts.c.id)
    .with_for_update()
)
_HEAD: Final = update(accounts).where(accounts.c.id == bindparam("of"))
_LOT: Final = select(lots).where(lots.c.id == bindparam("id"))
_NAMED: Final = select(lots).where(lots.c.id.in_(bindparam("ids", expanding=True)))
_STANDING: Final = select(entries).where(entries.c.id.in_(bindparam("ids", expanding=True)))


def _open_one() -> Any:
    """Lot, entry and head of one deposit in one statement; no row is changed where the lot, or the entry, stands."""
    told = [column.name for column in lots.c if column.name != "row"]
    written = [column.name for column in entries.c]
    free = ~exists().where(entries.c.id == bindparam("entries_id"))
    opened = (
        postgres_insert(lots)
        .from_select(told, select(*(bindparam(f"lots_{one}", type_=lots.c[one].type) for one in told)).where(free))
        .on_conflict_do_nothing()
        .returning(lots.c.id)
        .cte("opened")
    )
    given = (bindparam(f"entries_{one}", type_=entries.c[one].type) for one in written)
    entered = (
        postgres_insert(entries)
        .from_select(written, select(*given).where(exists(select(opened.c.id))))
        .returning(entries.c.id)
        .cte("entered")
    )
    head = {"sequence": bindparam("entries_sequence"), "head": bindparam("entries_hash", type_=entries.c.hash.type)}
    return _HEAD.where(exists(select(entered.c.id))).values(head)


_OPEN_ONE: Final = _open_one()


def _post_one(kind: EntryKind) -> Any:
    """What an award reserves or counts of one lot: lot, hold, entry and head in one statement, all of them or none.

    Its answer is how many rows each of them is. The account is locked, so no hold of it changes meanwhile.
    """
    amount, award = bindparam("given_amount", type_=Amount()), bindparam("given_award", type_=holds.c.award.type)
    reserves = kind is EntryKind.RESERVE
    here = and_(holds.c.lot == bindparam("given_lot"), holds.c.award == award, holds.c.reserved >= amount)
    in_time = or_(lots.c.expires.is_(None), lots.c.expires > bindparam("given_at", type_=lots.c.expires.type))
    allowed = and_(amount <= FREE, lots.c.revoked.is_(False), in_time)
    if not reserves:
        allowed = and_(lots.c.reserved >= amount, exists().where(here))
    moved = (
        update(lots)
        .where(lots.c.id == bindparam("given_lot"), lots.c.account == bindparam("given_account"), allowed)
        .where(~exists().where(entries.c.id == bindparam("entries_id")))
        .values(
            {"reserved": lots.c.reserved + amount}
            if reserves
            else {"reserved": lots.c.reserved - amount, "redeemed": lots.c.redeemed + amount}
        )
        .returning(lots.c.id)
        .cte("moved")
    )
    could = exists(select(moved.c.id))
    first = select(moved.c.id, award, amount, literal(NONE, Amount()))
    new = postgres_insert(holds).from_select(["lot", "award", "reserved", "redeemed"], first)
    more = {"reserved": holds.c.reserved + amount}
    counted = {"reserved": holds.c.reserved - amount, "redeemed": holds.c.redeemed + amount}
    held = (
        new.on_conflict_do_update(index_elements=["lot", "award"], set_=more)
        if reserves
        else update(holds).where(here, could).values(counted)
    )
    kept = held.returning(holds.c.lot).cte("held")
    written = [column.name for column in entries.c]
    given = (bindparam(f"entries_{one}", type_=entries.c[one].type) for one in written)
    entered = (
        postgres_insert(entries)
        .from_select(written, select(*given).where(could))
        .returning(entries.c.id)
        .cte("entered")
    )
    head = {"sequence": bindparam("entries_sequence"), "head": bindparam("entries_hash", type_=entries.c.hash.type)}
    ahead = update(accounts).where(accounts.c.id == bindparam("given_account"), could).values(head)
    parts = (moved, kept, entered, ahead.returning(accounts.c.id).cte("ahead"))
    return select(*(select(func.count()).select_from(one).scalar_subquery() for one in parts))


_POST_ONE: Final = {kind: _post_one(kind) for kind in (EntryKind.RESERVE, EntryKind.POST)}


class Journal(Tables):
    """The part of `ports.Transaction` that moves credits."""

    def open_lot(self, lot: Lot, entry: Entry) -> None:
        self.open_lots([(lot, entry)])

    def open_lots(self, opened: Sequence[tuple[Lot, Entry]]) -> None:
        for lot, entry in opened:
            assert entry.kind is EntryKind.DEPOSIT, "a lot is opened by its deposit"
            assert (entry.lot, entry.account) == (lot.id, lot.account), "a deposit opens its own lot"
        if len(opened) == 1 and self._connection.dialect.name == "postgresql":
            self._open_one(*opened[0])
        elif opened:
            with self._atomically():
                self._open_several(opened)

    def _open_one(self, lot: Lot, entry: Entry) -> None:
        """Lot, entry and the account's new head in one statement, of which each rests on the one before."""
        sequence, head = self._claim(lot.account, create=True)
        placed = entry.following(sequence + 1, head)
        given = {f"lots_{name}": value for name, value in _lot_row(lot).items()}
        given |= {f"entries_{name}": value for name, value in values(placed).items()}
        if self._connection.execute(_OPEN_ONE, {"of": lot.account, **given}).rowcount != 1:
            raise _already_open(lot)

    def _open_several(self, opened: Sequence[tuple[Lot, Entry]]) -> None:
        heads = self._claim_all({lot.account for lot, _ in opened})
        made = self._insert_all(lots, [_lot_row(lot) for lot, _ in opened], lots.c.id)
        for lot, _ in opened:
            if lot.id not in made:
                raise _already_open(lot)
        placed = []
        for lot, entry in opened:
            sequence, head = heads[lot.account]
            placed.append(entry.following(sequence + 1, head))
            heads[lot.account] = placed[-1].sequence, placed[-1].hash
        if len(self._insert_all(entries, [values(one) for one in placed], entries.c.id)) != len(placed):
            raise _already_open(opened[0][0])
        moved = [{"of": name, "sequence": number, "head": hash} for name, (number, hash) in heads.items()]
        self._connection.execute(_HEAD, moved)

    def get_lot(self, id: str) -> Lot:
        return known(self.find_lot(id), f"lot {id}")

    def find_lot(self, id: str) -> Lot | None:
        row = self._connection.execute(_LOT, {"id": id}).one_or_none()
        return None if row is None else lot_of_row(row)

    def get_lots(self, ids: Sequence[str]) -> dict[str, Lot]:
        found = {row.id: lot_of_row(row) for row in self._connection.execute(_NAMED, {"ids": list(ids)})}
        return {id: known(found.get(id), f"lot {id}") for id in ids}

    def lots_of(self, learner: str) -> list[Lot]:
        return self._lots(select(lots).where(lots.c.account == learner))

    def post(self, entry: Entry) -> None:
        """Append `entry` and move the lot's amounts with it, or raise and leave nothing.

        The same request again is no second entry; another one under its id raises `EntryReused`. What the
        lot refuses raises as `ledger.after` does.
        """
        self.post_all([entry])

    def post_all(self, wanted: Sequence[Entry]) -> None:
        """Append entries of one account in this order, all or none; each as `post` does."""
        if not wanted:
            return
        assert all(entry.kind is not EntryKind.DEPOSIT for entry in wanted), "a deposit opens a lot"
        assert len({entry.account for entry in wanted}) == 1, "an account's entries are chained"
        if len(wanted) == 1 and self._post_one(wanted[0]):
            return
        with self._atomically():
            sequence, head = self._claim(wanted[0].account)
            standing = {one.id: one for one in self._all(Entry, _STANDING, ids=[entry.id for entry in wanted])}
            written: list[Entry] = []
            for entry in wanted:
                if entry.id in standing:
                    if not standing[entry.id].same_request(entry):
                        raise EntryReused(f"The id {entry.id} already names another entry.", next_step="Use a new id.")
                    continue
                self._move(entry)
                self._hold(entry)
                placed = entry.following(sequence + len(written) + 1, written[-1].hash if written else head)
                written.append(placed)
            if written:
                self._append(*written)

    def _post_one(self, entry: Entry) -> bool:
        """Post what is posted most, on a server, in one statement; False, and nothing is done, where that cannot be."""
        statement = _POST_ONE.get(entry.kind) if self._connection.dialect.name == "postgresql" else None
        if statement is None or entry.award is None:
            return False
        sequence, head = self._claim(entry.account)
        placed = entry.following(sequence + 1, head)
        given = {f"entries_{name}": value for name, value in values(placed).items()}
        # a parameter that is called as a column is called would be written there
        given |= {f"given_{name}": getattr(entry, name) for name in ("lot", "account", "award", "amount", "at")}
        rows = tuple(self._connection.execute(statement, given).one())
        assert rows in ((1, 1, 1, 1), (0, 0, 0, 0)), "all of it or nothing"
        return rows[0] == 1

    def lock_account(self, account: str) -> None:
        self._claim(account)

    def transfer(self, given: Entry, taken: Entry) -> None:
        """Append both entries of a transfer and hand the lot over with them, or raise and leave nothing.

        The accounts are locked in the order of their ids, so that two transfers never wait for each other.
        """
        assert (given.party, taken.party) == (taken.account, given.account), "the entries name each other's account"
        with self._atomically():
            for account in sorted((given.account, taken.account)):
                self._claim(account, create=account == taken.account)
            standing = self._one(Entry, select(entries).where(entries.c.id == given.id))
            if standing is not None:
                if not standing.same_request(given):
                    raise EntryReused(f"The id {given.id} already names another entry.", next_step="Use a new id.")
                return
            own = and_(lots.c.id == given.lot, lots.c.account == given.account, lots.c.reserved == NONE)
            if self._connection.execute(update(lots).where(own).values(account=taken.account)).rowcount != 1:
                lot = self.get_lot(given.lot)
                after(lot, given)
                raise LotChanged(f"Lot {lot.id} changed meanwhile.", next_step="Repeat the request.")
            for entry in (given, taken):
                sequence, head = self._claim(entry.account)
                self._append(entry.following(sequence + 1, head))

    def entries_of(self, account: str) -> list[Entry]:
        query = select(entries).where(entries.c.account == account).order_by(entries.c.sequence)
        return self._all(Entry, query)

    def journal(self) -> tuple[list[Lot], list[Entry], dict[str, Digest]]:
        """Everything an audit reads: all lots, all entries, and the newest hash of each account."""
        everything = self._all(Entry, select(entries).order_by(entries.c.account, entries.c.sequence))
        heads = {row.id: row.head for row in self._connection.execute(select(accounts))}
        return self._lots(select(lots)), everything, heads

    def has_lots(self) -> bool:
        return self._connection.scalar(select(lots.c.id).limit(1)) is not None

    def _lots(self, query: Select[Any]) -> list[Lot]:
        return [lot_of_row(row) for row in self._connection.execute(query.order_by(lots.c.row))]

    def _claim(self, account: str, *, create: bool = False) -> tuple[int, Digest]:
        """Lock the account's row, so that its entries queue up; return its newest number and hash."""
        row = self._connection.execute(_ACCOUNT, {"id": account}).one_or_none()
        if row is None and create:
            self._insert_new(accounts, _beginning(account))  # or somebody else does, at the same moment
            row = self._connection.execute(_ACCOUNT, {"id": account}).one_or_none()
        return unknown(f"account {account} in the ledger") if row is None else (row.sequence, row.head)

    def _claim_all(self, names: Collection[str]) -> dict[str, tuple[int, Digest]]:
        """The same for several, each made where it is not there yet; they are locked in the order of their ids."""
        ordered = sorted(names)
        known = set(self._connection.scalars(_THERE, {"ids": ordered}))
        self._insert_all(accounts, [_beginning(one) for one in ordered if one not in known], accounts.c.id)
        found = self._connection.execute(_ACCOUNTS, {"ids": ordered})
        return {row.id: (row.sequence, row.head) for row in found}

    def _move(self, entry: Entry) -> None:
        own = and_(lots.c.id == entry.lot, lots.c.account == entry.account)
        moved = update(lots).where(own, _allowed(entry)).values(**_moves(entry))
        if self._connection.execute(moved).rowcount == 1:
            return
        lot = self.get_lot(entry.lot)
        if lot.account != entry.account:
            was_there = select(entries.c.id).where(entries.c.lot == lot.id, entries.c.account == entry.account)
            if self._connection.execute(was_there.limit(1)).one_or_none() is None:
                unknown(f"lot {entry.lot} in account {entry.account}")
            raise LotChanged(f"Lot {lot.id} changed hands meanwhile.", next_step="Read the lot again.")
        after(lot, entry)
        raise LotChanged(f"Lot {lot.id} changed meanwhile.", next_step="Repeat the request.")

    def _hold(self, entry: Entry) -> None:
        if entry.award is None:
            return
        amount, key = entry.amount, {"lot": entry.lot, "award": entry.award}
        if entry.kind is EntryKind.RESERVE:
            first = self._insert(holds).values(**key, reserved=amount, redeemed=NONE)
            more = {"reserved": holds.c.reserved + amount}
            self._connection.execute(first.on_conflict_do_update(index_elements=list(key), set_=more))
            return
        if entry.kind is EntryKind.MOVE:
            self._hold_moved(entry)
            return
        if entry.kind is EntryKind.REVERSE:
            counts = and_(holds.c.lot == entry.lot, holds.c.award == entry.award, holds.c.redeemed >= amount)
            less = {"redeemed": holds.c.redeemed - amount}
            if self._connection.execute(update(holds).where(counts).values(**less)).rowcount != 1:
                raise NotCountedThere(f"Less than {amount} of lot {entry.lot} count for award {entry.award}.")
            return
        changed: dict[str, Any] = {"reserved": holds.c.reserved - amount}
        if entry.credit is Bucket.REDEEMED:
            changed["redeemed"] = holds.c.redeemed + amount
        own = and_(holds.c.lot == entry.lot, holds.c.award == entry.award, holds.c.reserved >= amount)
        if self._connection.execute(update(holds).where(own).values(**changed)).rowcount != 1:
            raise NothingReserved(f"Award {entry.award} holds less than {amount} of lot {entry.lot}.")

    def _hold_moved(self, entry: Entry) -> None:
        """Take from one award and give to the other: a lower award gives only what counts for it."""
        own, origin = ({"lot": entry.lot, "award": name} for name in (entry.award, entry.origin))
        giving, taking, columns = origin, own, ("redeemed", "reserved")
        if entry.credit is Bucket.REDEEMED:
            giving, taking, columns = own, origin, ("reserved", "redeemed")
        here = and_(*(holds.c[name] == value for name, value in giving.items()), holds.c[columns[0]] >= entry.amount)
        less = {columns[0]: holds.c[columns[0]] - entry.amount}
        if self._connection.execute(update(holds).where(here).values(**less)).rowcount != 1:
            refusal = NotCountedThere if columns[0] == "redeemed" else NothingReserved
            raise refusal(f"Award {giving['award']} has less than {entry.amount} of lot {entry.lot}.")
        first = self._insert(holds).values(**{"reserved": NONE, "redeemed": NONE, **taking, columns[1]: entry.amount})
        more = {columns[1]: holds.c[columns[1]] + entry.amount}
        self._connection.execute(first.on_conflict_do_update(index_elements=list(taking), set_=more))

    def _append(self, *written: Entry) -> None:
        if self._insert_each(entries, [values(entry) for entry in written]) < len(written):
            raise AlreadyRecorded(f"Entry {written[0].id}, or one behind it, is recorded already.")
        last = written[-1]
        self._connection.execute(_HEAD, {"of": last.account, "sequence": last.sequence, "head": last.hash})


def _beginning(account: str) -> dict[str, Any]:
    return {"id": account, "sequence": 0, "head": chain_start(account)}


def _lot_row(lot: Lot) -> dict[str, Any]:
    row = values(lot, without=frozenset({"amount"}))
    return row | {"system": lot.amount.system, "total": lot.amount.credits}


def _already_open(lot: Lot) -> LotAlreadyOpen:
    return LotAlreadyOpen(
        f"The credits of {lot.first_issue} were deposited before.",
        next_step="One issue is one lot, however often and in whatever format it is brought.",
    )


def lot_of_row(row: Row[Any]) -> Lot:
    """A lot from its row."""
    mapping = dict(row._mapping)
    mapping.pop("row")
    return _lot(mapping)


def lot_of(columns: Iterable[tuple[Column[Any], Any]]) -> Lot:
    """A lot from its columns and what stands there."""
    return _lot({column.name: value for column, value in columns})


def _lot(facts: dict[str, Any]) -> Lot:
    return Lot(amount=CreditAmount(facts.pop("system"), facts.pop("total")), **facts)


def _moves(entry: Entry) -> dict[str, Any]:
    """The columns an entry changes, each relative to what stands there."""
    columns = {Bucket.RESERVED: lots.c.reserved, Bucket.REDEEMED: lots.c.redeemed}
    columns |= {Bucket.EXPIRED: lots.c.lapsed, Bucket.REVOKED: lots.c.lapsed}
    changed: dict[str, Any] = {}
    if entry.debit in columns:
        changed[columns[entry.debit].name] = columns[entry.debit] - entry.amount
    if entry.credit in columns:
        changed[columns[entry.credit].name] = columns[entry.credit] + entry.amount
    if entry.kind is EntryKind.REVOKE:
        changed["revoked"] = True
    return changed


def _allowed(entry: Entry) -> ColumnElement[bool]:
    """What must hold of the lot in the very statement that changes it; `ledger.after` says it in words."""
    amount, free = entry.amount, lots.c.revoked.is_(False)
    available = FREE
    if entry.kind is EntryKind.RESERVE:
        in_time = or_(lots.c.expires.is_(None), lots.c.expires > entry.at)
        return and_(available >= amount, free, in_time)
    if entry.kind is EntryKind.EXPIRE:
        return and_(available == amount, lots.c.expires <= entry.at)
    if entry.kind is EntryKind.REVOKE:
        return and_(available == amount, free)
    if entry.kind is EntryKind.REVERSE:
        return and_(lots.c.redeemed >= amount, lots.c.revoked.is_(entry.credit is Bucket.REVOKED))
    if entry.debit is Bucket.REDEEMED:
        return lots.c.redeemed >= amount
    held = lots.c.reserved >= amount
    if entry.kind is EntryKind.RELEASE:
        return and_(held, lots.c.revoked.is_(entry.credit is Bucket.REVOKED))
    return held
