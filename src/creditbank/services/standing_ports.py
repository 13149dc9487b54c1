"""What the store keeps around awards; `ports.Transaction` has it among the rest."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from creditbank.services.standing_records import (
    Application,
    ApplicationState,
    ApplicationStep,
    AwardFlag,
    FlagCount,
    FlagPolicy,
    FlagState,
    Reversal,
)


class StandingTables(Protocol):
    """Applications, flags and reversals; guarded changes say whether they were made."""

    def add_application(self, application: Application, step: ApplicationStep) -> None:
        """Keep an application; `AlreadyRecorded` for its request, or while one of its kind is open."""
        ...

    def get_application(self, id: str) -> Application: ...
    def find_application(self, request: str) -> Application | None: ...
    def applications_of(self, subject: str) -> list[Application]:
        """Those of a learner or to an organisation, newest first."""
        ...

    def count_applications(self, organisation: str, states: Collection[ApplicationState]) -> int:
        """How many of those to an organisation are in one of these states; none is loaded."""
        ...

    def applications_for(self, learner: str, organisation: str, qualification: str) -> list[Application]:
        """Those of one kind, newest first."""
        ...

    def application_steps(self, id: str) -> list[ApplicationStep]: ...
    def move_application(
        self, step: ApplicationStep, *, since: tuple[ApplicationState, ...], award: str | None = None
    ) -> bool:
        """Take a step from one of these states; False, and nothing written, when it stands elsewhere."""
        ...

    def policy_of(self, organisation: str) -> FlagPolicy | None: ...
    def put_policy(self, organisation: str, policy: FlagPolicy, when: datetime) -> None: ...
    def add_flag(self, flag: AwardFlag) -> bool:
        """Flag a body's award; False when it is flagged for this credential already."""
        ...

    def get_flag(self, id: str) -> AwardFlag: ...
    def flags_of(self, subject: str) -> list[AwardFlag]:
        """Those of a learner's or a university's awards, newest first."""
        ...

    def count_flags(self, subject: str) -> FlagCount:
        """How many there are on a learner's or a university's awards, none of which is loaded."""
        ...

    def flags_on(self, award: str) -> list[AwardFlag]: ...
    def state_flag(self, id: str, statement: str, when: datetime) -> bool:
        """Keep the learner's statement once, while nothing is decided."""
        ...

    def decide_flag(self, id: str, state: FlagState, decision: str, when: datetime) -> bool:
        """Close a flag that is open."""
        ...

    def add_reversal(self, reversal: Reversal) -> None:
        """Write a reversal down; `AlreadyRecorded` for its request, or while one of the body's award is under way."""
        ...

    def find_reversal(self, request: str) -> Reversal | None: ...
    def reversals_of(self, organisation: str, award: str) -> list[Reversal]:
        """Every reversal of a body's award of this name, oldest first."""
        ...

    def open_reversals(self) -> list[Reversal]: ...
    def end_reversal(self, request: str) -> bool:
        """Note that it is done; False when it was."""
        ...

    def take_award_back(self, id: str) -> None:
        """Note that an award that stood is no more."""
        ...
