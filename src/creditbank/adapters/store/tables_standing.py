"""Tables around awards: applications, flags and reversals."""

from typing import Final

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from creditbank.adapters.store.tables import (
    instant_column,
    metadata,
    reference,
    row_number,
    text_column,
    word_column,
)
from creditbank.adapters.store.types import Blob
from creditbank.services.standing_records import ApplicationState, FlagPolicy, FlagState, ReversalState

applications: Final = Table(
    "applications",
    metadata,
    row_number(),
    text_column("id"),
    text_column("request"),
    reference("learner", "learners.id"),
    reference("organisation", "organisations.id"),
    text_column("qualification"),
    Column("evaluation", Text, ForeignKey("evaluations.id"), nullable=True),
    Column("sample", Boolean, nullable=False),
    word_column("state", ApplicationState),
    Column("signed", Blob, nullable=True),
    Column("award", Text, nullable=True),
    instant_column("created"),
    UniqueConstraint("id"),
    UniqueConstraint("request"),
    UniqueConstraint("award"),
    Index(None, "learner"),
    Index(None, "organisation"),
)

# A learner asks a university for one award at a time, until it is answered or taken back.
_open: Final = applications.c.state.in_([ApplicationState.SUBMITTED, ApplicationState.MORE_WANTED])
Index(
    "ux_applications_open",
    applications.c.learner,
    applications.c.organisation,
    applications.c.qualification,
    unique=True,
    sqlite_where=_open,
    postgresql_where=_open,
)

application_steps: Final = Table(
    "application_steps",
    metadata,
    Column("application", Text, ForeignKey("applications.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    word_column("state", ApplicationState),
    text_column("actor"),
    text_column("reason"),
    instant_column("at"),
    CheckConstraint("number > 0", name="number"),
)

award_policies: Final = Table(
    "award_policies",
    metadata,
    Column("organisation", Text, ForeignKey("organisations.id"), primary_key=True),
    word_column("policy", FlagPolicy),
    instant_column("since"),
)

award_flags: Final = Table(
    "award_flags",
    metadata,
    row_number(),
    text_column("id"),
    text_column("award"),
    reference("organisation", "organisations.id"),
    text_column("learner"),
    reference("lot", "lots.id"),
    text_column("credential"),
    word_column("policy", FlagPolicy),
    text_column("reason"),
    word_column("state", FlagState),
    instant_column("at"),
    text_column("statement"),
    instant_column("stated", nullable=True),
    text_column("decision"),
    instant_column("decided", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("organisation", "award", "credential"),
    CheckConstraint("(state = 'open') = (decided IS NULL)", name="decided"),
    Index(None, "organisation"),
    Index(None, "learner"),
)

reversals: Final = Table(
    "reversals",
    metadata,
    row_number(),
    text_column("request"),
    text_column("award"),
    reference("organisation", "organisations.id"),
    text_column("reason"),
    word_column("state", ReversalState),
    instant_column("at"),
    Column("salt", Blob, nullable=True),
    UniqueConstraint("request"),
    Index(None, "state"),
)

# An award is taken back by one request at a time; what was counted for it anew can be taken back anew.
_begun: Final = reversals.c.state == ReversalState.BEGUN
Index(
    "ux_reversals_begun",
    reversals.c.organisation,
    reversals.c.award,
    unique=True,
    sqlite_where=_begun,
    postgresql_where=_begun,
)
