"""Around awards: who applied for one, which are flagged, and which are no more."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, func, or_, select, update

from creditbank.adapters.store.session import Tables, known, values
from creditbank.adapters.store.tables import awards
from creditbank.adapters.store.tables_standing import (
    application_steps,
    applications,
    award_flags,
    award_policies,
    reversals,
)
from creditbank.services.records import AwardState
from creditbank.services.standing_records import (
    Application,
    ApplicationState,
    ApplicationStep,
    AwardFlag,
    FlagCount,
    FlagPolicy,
    FlagState,
    Reversal,
    ReversalState,
)


class StandingRows(Tables):
    """The part of `ports.Transaction` that keeps what is around awards."""

    def add_application(self, application: Application, step: ApplicationStep) -> None:
        with self._atomically():
            self._add(applications, values(application), f"An application like {application.request}")
            self._add(application_steps, values(step), f"Step {step.number} of {step.application}")

    def get_application(self, id: str) -> Application:
        found = self._one(Application, select(applications).where(applications.c.id == id))
        return known(found, f"application {id}")

    def find_application(self, request: str) -> Application | None:
        return self._one(Application, select(applications).where(applications.c.request == request))

    def applications_of(self, subject: str) -> list[Application]:
        own = or_(applications.c.learner == subject, applications.c.organisation == subject)
        return self._all(Application, select(applications).where(own).order_by(applications.c.row.desc()))

    def count_applications(self, organisation: str, states: Collection[ApplicationState]) -> int:
        own = (applications.c.organisation == organisation) & applications.c.state.in_(states)
        return int(self._connection.scalar(select(func.count()).select_from(applications).where(own)) or 0)

    def applications_for(self, learner: str, organisation: str, qualification: str) -> list[Application]:
        table = applications.c
        kind = and_(table.learner == learner, table.organisation == organisation, table.qualification == qualification)
        return self._all(Application, select(applications).where(kind).order_by(table.row.desc()))

    def application_steps(self, id: str) -> list[ApplicationStep]:
        query = select(application_steps).where(application_steps.c.application == id)
        return self._all(ApplicationStep, query.order_by(application_steps.c.number))

    def move_application(
        self, step: ApplicationStep, *, since: tuple[ApplicationState, ...], award: str | None = None
    ) -> bool:
        here = and_(applications.c.id == step.application, applications.c.state.in_(since))
        if award is not None:  # of two awards at once one binds it; a refused one has let it go
            refused = select(awards.c.id).where(awards.c.state == AwardState.REFUSED)
            here = and_(here, or_(applications.c.award.is_(None), applications.c.award.in_(refused)))
        changed = {"state": step.state} | ({} if award is None else {"award": award})
        if self._connection.execute(update(applications).where(here).values(**changed)).rowcount != 1:
            return False
        own = application_steps.c.application == step.application
        last = self._connection.scalar(select(func.max(application_steps.c.number)).where(own)) or 0
        self._add(application_steps, values(step) | {"number": last + 1}, f"Step {last + 1} of {step.application}")
        return True

    def policy_of(self, organisation: str) -> FlagPolicy | None:
        query = select(award_policies.c.policy).where(award_policies.c.organisation == organisation)
        return self._connection.scalar(query)

    def put_policy(self, organisation: str, policy: FlagPolicy, when: datetime) -> None:
        self._put(award_policies, {"organisation": organisation, "policy": policy, "since": when})

    def add_flag(self, flag: AwardFlag) -> bool:
        return self._insert_new(award_flags, values(flag))

    def get_flag(self, id: str) -> AwardFlag:
        return known(self._one(AwardFlag, select(award_flags).where(award_flags.c.id == id)), f"flag {id}")

    def flags_of(self, subject: str) -> list[AwardFlag]:
        own = or_(award_flags.c.learner == subject, award_flags.c.organisation == subject)
        return self._all(AwardFlag, select(award_flags).where(own).order_by(award_flags.c.row.desc()))

    def count_flags(self, subject: str) -> FlagCount:
        still = award_flags.c.state == FlagState.OPEN
        silent = still & award_flags.c.stated.is_(None)
        counts = func.count(), func.count().filter(still), func.count().filter(silent)
        own = or_(award_flags.c.learner == subject, award_flags.c.organisation == subject)
        return FlagCount(*map(int, self._connection.execute(select(*counts).select_from(award_flags).where(own)).one()))

    def flags_on(self, award: str) -> list[AwardFlag]:
        return self._all(AwardFlag, select(award_flags).where(award_flags.c.award == award))

    def state_flag(self, id: str, statement: str, when: datetime) -> bool:
        silent = and_(award_flags.c.id == id, award_flags.c.state == FlagState.OPEN, award_flags.c.stated.is_(None))
        said = update(award_flags).where(silent).values(statement=statement, stated=when)
        return self._connection.execute(said).rowcount == 1

    def decide_flag(self, id: str, state: FlagState, decision: str, when: datetime) -> bool:
        still = and_(award_flags.c.id == id, award_flags.c.state == FlagState.OPEN)
        closed = update(award_flags).where(still).values(state=state, decision=decision, decided=when)
        return self._connection.execute(closed).rowcount == 1

    def add_reversal(self, reversal: Reversal) -> None:
        self._add(reversals, values(reversal), f"Reversal {reversal.request} of award {reversal.award}")

    def find_reversal(self, request: str) -> Reversal | None:
        return self._one(Reversal, select(reversals).where(reversals.c.request == request))

    def reversals_of(self, organisation: str, award: str) -> list[Reversal]:
        own = and_(reversals.c.organisation == organisation, reversals.c.award == award)
        return self._all(Reversal, select(reversals).where(own).order_by(reversals.c.row))

    def open_reversals(self) -> list[Reversal]:
        begun = reversals.c.state == ReversalState.BEGUN
        return self._all(Reversal, select(reversals).where(begun).order_by(reversals.c.row))

    def end_reversal(self, request: str) -> bool:
        begun = and_(reversals.c.request == request, reversals.c.state == ReversalState.BEGUN)
        return self._connection.execute(update(reversals).where(begun).values(state=ReversalState.DONE)).rowcount == 1
