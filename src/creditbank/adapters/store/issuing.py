"""What issuing asks and writes in one statement each: on a server an exchange costs more than what is asked in it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Column, Table, and_, bindparam, exists, func, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert

from creditbank.adapters.store.session import Tables, unknown, values
from creditbank.adapters.store.tables import (
    achievements,
    credentials,
    endorsements,
    intents,
    keys,
    learners,
    leaves,
    organisations,
)
from creditbank.adapters.store.tables_halts import halts
from creditbank.adapters.store.tables_holders import learner_dids, mergers
from creditbank.services.halting import ALL
from creditbank.services.holder_records import DidOrigin
from creditbank.services.issuing_ports import BeforeIssuing, Signed
from creditbank.services.ports import AlreadyRecorded
from creditbank.services.records import (
    Accepts,
    IssueIntent,
    IssueState,
    KeyState,
    Learner,
    Organisation,
    PublishedAchievement,
)
from creditbank.services.statuses import SIGNING


def _columns(table: Table, kind: Any) -> list[Column[Any]]:
    return [table.c[field.name] for field in fields(kind)]


_HALTED: Final = exists().where(
    halts.c.lifted.is_(None), or_(halts.c.scope == ALL, halts.c.scope == literal("organisation:") + organisations.c.id)
)
_MERGED: Final = exists().where(mergers.c.source == learners.c.id)
_RECOVERED: Final = exists().where(learner_dids.c.did == learners.c.did, learner_dids.c.origin == DidOrigin.RECOVERED)
_BEGUN: Final = exists().where(intents.c.request == bindparam("request"))
_LABEL: Final = select(keys.c.label).where(
    keys.c.organisation == organisations.c.id, keys.c.held.is_(True), keys.c.state == KeyState.CURRENT
)
_LAST: Final = [
    func.coalesce(select(func.max(one.status_index)).where(one.organisation == organisations.c.id).scalar_subquery(), 0)
    for one in (intents.c, endorsements.c)
]
_THERE: Final = and_(learners.c.id == bindparam("learner"), learners.c.erased.is_(None))
# No constraint spans intents and endorsements, so the issuer's row is locked; adding rows that refer to it goes on.
_BEFORE_ISSUING: Final = (
    select(
        *_columns(organisations, Organisation),
        *_columns(learners, Learner),
        *_columns(achievements, PublishedAchievement),
        _LABEL.scalar_subquery(),
        *_LAST,
        or_(_BEGUN, _HALTED, _MERGED, _RECOVERED),
    )
    .select_from(
        organisations.join(achievements, achievements.c.organisation == organisations.c.id).join(learners, true())
    )
    .where(organisations.c.id == bindparam("organisation"), _THERE)
    .where(achievements.c.id == bindparam("achievement"), achievements.c.version == bindparam("version"))
    .with_for_update(key_share=True, of=organisations)
)
_BEFORE_STORING: Final = (
    select(keys.c.state, learners.c.accepts, or_(_HALTED, _MERGED))
    .select_from(keys.join(organisations, keys.c.organisation == organisations.c.id).join(learners, true()))
    .where(keys.c.multikey == bindparam("multikey"), organisations.c.id == bindparam("organisation"), _THERE)
    .with_for_update(read=True, of=keys)
)
# A statement of its own, and before the other: one that waits for a merger does not see it in tables it does not lock.
_HOLDING: Final = select(learners.c.row).where(learners.c.id == bindparam("learner")).with_for_update(read=True)
_NAMED: Final = select(learners).where(learners.c.id.in_(bindparam("ids", expanding=True)), learners.c.erased.is_(None))
_DOUBTFUL: Final = select(learners.c.id).where(
    learners.c.id.in_(bindparam("ids", expanding=True)), or_(_MERGED, _RECOVERED)
)


def _given(table: Table, names: Collection[str]) -> list[Any]:
    """These columns as parameters of their own, named after table and column."""
    return [bindparam(f"{table.name}_{name}", type_=table.c[name].type) for name in names]


def _keep_one() -> Any:
    """Credential, intent and leaf of one issue in one statement; its answer is how many rows each of them is.

    The credential goes first, and the others only with it: what is refused leaves nothing behind.
    """
    told = sorted({column.name for column in credentials.c} - {"row", "revoked", "revocation_reason", "erased"})
    hung = ["credential", "issuer", "salt", "digest"]
    stands = exists().where(intents.c.request == bindparam("of"), intents.c.credential == bindparam("credentials_id"))
    free = ~exists().where(leaves.c.credential == bindparam("credentials_id"))
    kept = (
        postgres_insert(credentials)
        .from_select(told, select(*_given(credentials, told)).where(stands, free))
        .on_conflict_do_nothing()
        .returning(credentials.c.id)
        .cte("kept")
    )
    marked = (
        update(intents)
        .where(intents.c.request == bindparam("of"), exists(select(kept.c.id)))
        .values(state=IssueState.ISSUED)
        .returning(intents.c.row)
        .cte("marked")
    )
    leaf = (
        postgres_insert(leaves)
        .from_select(
            [*hung, "added"], select(*_given(leaves, hung), func.current_timestamp()).where(exists(select(kept.c.id)))
        )
        .returning(leaves.c.row)
        .cte("hung")
    )
    return select(*(select(func.count()).select_from(one).scalar_subquery() for one in (kept, marked, leaf)))


_KEEP_ONE: Final = _keep_one()


class Issues(Tables):
    """The part of `ports.Transaction` that issuing rests on."""

    def before_issuing(
        self, request: str, *, organisation: str, learner: str, achievement: str, version: str
    ) -> BeforeIssuing | None:
        asked = {"organisation": organisation, "learner": learner, "achievement": achievement, "version": version}
        row = self._connection.execute(_BEFORE_ISSUING, {"request": request, **asked}).one_or_none()
        if row is None:
            return None
        *found, label, issued, endorsed, doubt = row
        if doubt or label is None:
            return None
        bodies, people = len(fields(Organisation)), len(fields(Organisation)) + len(fields(Learner))
        return BeforeIssuing(
            Organisation(*found[:bodies]),
            Learner(*found[bodies:people]),
            PublishedAchievement(*found[people:]),
            label,
            max(issued, endorsed),
        )

    def before_storing(self, multikey: str, *, organisation: str, learner: str) -> Accepts | None:
        asked = {"multikey": multikey, "organisation": organisation, "learner": learner}
        self._connection.execute(_HOLDING, {"learner": learner}).one_or_none()  # nobody is erased before this is kept
        row = self._connection.execute(_BEFORE_STORING, asked).one_or_none()
        if row is None:
            return None
        state, accepts, doubt = row
        return None if doubt or state not in SIGNING else accepts

    def learners_named(self, ids: Collection[str]) -> Mapping[str, Learner]:
        return {one.id: one for one in self._all(Learner, _NAMED, ids=sorted(set(ids)))}

    def doubtful_learners(self, ids: Collection[str]) -> frozenset[str]:
        return frozenset(self._connection.scalars(_DOUBTFUL, {"ids": sorted(set(ids))}))

    def add_intents(self, intended: Sequence[IssueIntent]) -> frozenset[str]:
        return self._insert_all(intents, [values(one) for one in intended], intents.c.request)

    def keep_issued(self, made: Sequence[Signed]) -> None:
        if len(made) == 1 and self._connection.dialect.name == "postgresql":
            self._keep_one(made[0])
        elif made:
            with self._atomically():
                self._keep_several(made)

    def _keep_one(self, made: Signed) -> None:
        given = {f"credentials_{name}": value for name, value in values(made.credential).items()}
        given |= {f"leaves_{name}": value for name, value in values(made.leaf).items()}
        kept = self._connection.execute(_KEEP_ONE, {"of": made.request, **given}).one()
        if tuple(kept) == (1, 1, 1):
            return
        own = and_(intents.c.request == made.request, intents.c.credential == made.credential.id)
        if self._connection.execute(select(intents.c.row).where(own)).one_or_none() is None:  # or erased just now
            unknown(f"intent {made.request} for {made.credential.id}")
        assert tuple(kept) == (0, 0, 0), "all of it or nothing"
        raise _standing(made)

    def _keep_several(self, made: Sequence[Signed]) -> None:
        requests, ids = [one.request for one in made], [one.credential.id for one in made]
        own = update(intents).where(intents.c.request.in_(requests), intents.c.credential.in_(ids))
        if self._connection.execute(own.values(state=IssueState.ISSUED)).rowcount != len(made):
            unknown(f"intent {requests[0]} for {ids[0]}" + f", or one of {len(made)} like it" * (len(made) > 1))
        kept = self._insert_all(credentials, [values(one.credential) for one in made], credentials.c.id)
        added = func.current_timestamp()
        hung = self._insert_all(leaves, [values(one.leaf) for one in made], leaves.c.credential, added=added)
        for one in made:
            if one.credential.id not in kept or one.leaf.credential not in hung:
                raise _standing(one)


def _standing(made: Signed) -> AlreadyRecorded:
    return AlreadyRecorded(f"Credential {made.credential.id} is recorded already.", next_step="Read what stands there.")
