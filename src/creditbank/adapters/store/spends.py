"""What waits to be spent on the chain, and which of it goes together."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, and_, bindparam, delete, select, update

from creditbank.adapters.store.session import Tables, known, rows_by, values
from creditbank.adapters.store.tables_spends import convoys, spends
from creditbank.services.spend_records import ChainSpend, Convoy, ConvoyState, SpendState

_KEYED: Final = rows_by(spends, "key")
_NAMED: Final = rows_by(convoys, "id")
_ABOARD: Final = rows_by(spends, "convoy").order_by(spends.c.row)
_SENDING: Final = rows_by(convoys, "organisation").where(convoys.c.state == ConvoyState.SENDING)
_WAITS: Final = and_(spends.c.state == SpendState.WAITING, spends.c.convoy.is_(None))
_WAITING: Final = (
    select(spends.c.key, spends.c.size)
    .where(spends.c.organisation == bindparam("organisation"), _WAITS)
    .order_by(spends.c.row)
    .limit(bindparam("most", type_=Integer()))
)
_BOARD: Final = (
    update(spends).where(spends.c.key.in_(bindparam("keys", expanding=True)), _WAITS).values(convoy=bindparam("into"))
)
_MOVE: Final = (
    update(convoys)
    .where(convoys.c.id == bindparam("of"), convoys.c.state == bindparam("since"))
    .values(state=bindparam("to"))
)
_DECIDE: Final = (
    update(spends)
    .where(spends.c.key.in_(bindparam("keys", expanding=True)), spends.c.convoy == bindparam("of"))
    .where(spends.c.state == SpendState.WAITING)
    .values(state=bindparam("to"), convoy=bindparam("stays"), transaction=bindparam("sent"), lot=bindparam("lacks"))
)


class Spends(Tables):
    """The part of `ports.Transaction` that keeps spends and convoys."""

    def add_spend(self, spend: ChainSpend) -> bool:
        return self._insert_new(spends, values(spend))

    def find_spend(self, key: str) -> ChainSpend | None:
        return self._one(ChainSpend, _KEYED, key=key)

    def spends_for(self, award: str) -> list[ChainSpend]:
        spent = and_(spends.c.award == award, spends.c.state == SpendState.SPENT)
        return self._all(ChainSpend, select(spends).where(spent).order_by(spends.c.row))

    def give_spend_up(self, key: str) -> bool:
        waits = and_(spends.c.key == key, spends.c.state == SpendState.WAITING, spends.c.convoy.is_(None))
        given_up = update(spends).where(waits).values(state=SpendState.GIVEN_UP)
        return self._connection.execute(given_up).rowcount == 1

    def gather(self, convoy: Convoy, *, most: int) -> bool:
        chosen: list[str] = []
        asked = {"organisation": convoy.organisation, "most": most}
        for row in self._connection.execute(_WAITING, asked):
            most -= row.size
            if most < 0 and chosen:
                break
            chosen.append(row.key)
        if not chosen:
            return False
        if not self._insert_new(convoys, values(convoy)):
            return False
        # of what was given up or went with another meanwhile nothing is taken
        if self._connection.execute(_BOARD, {"keys": chosen, "into": convoy.id}).rowcount == 0:
            self._connection.execute(delete(convoys).where(convoys.c.id == convoy.id))
            return False
        return True

    def sending_convoy(self, organisation: str) -> Convoy | None:
        return self._one(Convoy, _SENDING, organisation=organisation)

    def get_convoy(self, id: str) -> Convoy:
        return known(self._one(Convoy, _NAMED, id=id), f"convoy {id}")

    def spends_in(self, convoy: str) -> list[ChainSpend]:
        return self._all(ChainSpend, _ABOARD, convoy=convoy)

    def take_convoy(self, convoy: Convoy, carrier: str, until: datetime) -> bool:
        same = and_(convoys.c.id == convoy.id, convoys.c.carrier == convoy.carrier, convoys.c.until == convoy.until)
        taken = update(convoys).where(same).values(carrier=carrier, until=until)
        return self._connection.execute(taken).rowcount == 1

    def move_convoy(self, id: str, state: ConvoyState, *, since: ConvoyState) -> bool:
        return self._connection.execute(_MOVE, {"of": id, "since": since, "to": state}).rowcount == 1

    def decide_spends(self, convoy: str, decided: Sequence[ChainSpend]) -> None:
        alike: dict[tuple[Any, ...], list[str]] = {}
        for one in decided:
            alike.setdefault((one.state, one.convoy, one.transaction, one.lot), []).append(one.key)
        for (state, stays, transaction, lot), keys in alike.items():
            told = {"to": state, "stays": stays, "sent": transaction, "lacks": lot}
            self._connection.execute(_DECIDE, {"keys": keys, "of": convoy, **told})
