"""What waits to be spent on the chain, and which of it goes together."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, select, update

from creditbank.adapters.store.session import Tables, known, values
from creditbank.adapters.store.tables_spends import convoys, spends
from creditbank.services.spend_records import ChainSpend, Convoy, ConvoyState, SpendState


class Spends(Tables):
    """The part of `ports.Transaction` that keeps spends and convoys."""

    def add_spend(self, spend: ChainSpend) -> bool:
        return self._insert_new(spends, values(spend))

    def find_spend(self, key: str) -> ChainSpend | None:
        return self._one(ChainSpend, select(spends).where(spends.c.key == key))

    def spends_for(self, award: str) -> list[ChainSpend]:
        spent = and_(spends.c.award == award, spends.c.state == SpendState.SPENT)
        return self._all(ChainSpend, select(spends).where(spent).order_by(spends.c.row))

    def give_spend_up(self, key: str) -> bool:
        waits = and_(spends.c.key == key, spends.c.state == SpendState.WAITING, spends.c.convoy.is_(None))
        given_up = update(spends).where(waits).values(state=SpendState.GIVEN_UP)
        return self._connection.execute(given_up).rowcount == 1

    def gather(self, convoy: Convoy, *, most: int) -> bool:
        waits = and_(spends.c.state == SpendState.WAITING, spends.c.convoy.is_(None))
        mine = select(spends.c.key, spends.c.size).where(spends.c.organisation == convoy.organisation, waits)
        chosen: list[str] = []
        for row in self._connection.execute(mine.order_by(spends.c.row).limit(most)):
            most -= row.size
            if most < 0 and chosen:
                break
            chosen.append(row.key)
        if not chosen:
            return False
        if not self._insert_new(convoys, values(convoy)):
            return False
        # of what was given up or went with another meanwhile nothing is taken
        taken = update(spends).where(spends.c.key.in_(chosen), waits).values(convoy=convoy.id)
        if self._connection.execute(taken).rowcount == 0:
            self._connection.execute(delete(convoys).where(convoys.c.id == convoy.id))
            return False
        return True

    def sending_convoy(self, organisation: str) -> Convoy | None:
        sending = and_(convoys.c.organisation == organisation, convoys.c.state == ConvoyState.SENDING)
        return self._one(Convoy, select(convoys).where(sending))

    def get_convoy(self, id: str) -> Convoy:
        return known(self._one(Convoy, select(convoys).where(convoys.c.id == id)), f"convoy {id}")

    def spends_in(self, convoy: str) -> list[ChainSpend]:
        return self._all(ChainSpend, select(spends).where(spends.c.convoy == convoy).order_by(spends.c.row))

    def take_convoy(self, convoy: Convoy, carrier: str, until: datetime) -> bool:
        same = and_(convoys.c.id == convoy.id, convoys.c.carrier == convoy.carrier, convoys.c.until == convoy.until)
        taken = update(convoys).where(same).values(carrier=carrier, until=until)
        return self._connection.execute(taken).rowcount == 1

    def move_convoy(self, id: str, state: ConvoyState, *, since: ConvoyState) -> bool:
        here = and_(convoys.c.id == id, convoys.c.state == since)
        return self._connection.execute(update(convoys).where(here).values(state=state)).rowcount == 1

    def decide_spends(self, convoy: str, decided: Sequence[ChainSpend]) -> None:
        alike: dict[tuple[Any, ...], list[str]] = {}
        for one in decided:
            alike.setdefault((one.state, one.convoy, one.transaction, one.lot), []).append(one.key)
        for (state, stays, transaction, lot), keys in alike.items():
            mine = and_(spends.c.key.in_(keys), spends.c.convoy == convoy, spends.c.state == SpendState.WAITING)
            changed = update(spends).where(mine)
            self._connection.execute(changed.values(state=state, convoy=stays, transaction=transaction, lot=lot))
