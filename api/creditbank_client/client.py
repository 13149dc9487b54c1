"""The client: every group of operations behind one connection."""

from collections.abc import Mapping
from typing import Any

import requests

from creditbank_client import operations
from creditbank_client.transport import Transport


class Client:
    """One bank, asked with one token."""

    def __init__(self, address: str, token: str = "", *, session: requests.Session | None = None) -> None:
        self.transport = Transport(address, token, session=session or requests.Session())
        self.accounts = operations.AccountsGroup(self.transport)
        self.achievements = operations.AchievementsGroup(self.transport)
        self.applications = operations.ApplicationsGroup(self.transport)
        self.audit = operations.AuditGroup(self.transport)
        self.awards = operations.AwardsGroup(self.transport)
        self.batches = operations.BatchesGroup(self.transport)
        self.bulk = operations.BulkGroup(self.transport)
        self.catalogue = operations.CatalogueGroup(self.transport)
        self.chain = operations.ChainGroup(self.transport)
        self.credentials = operations.CredentialsGroup(self.transport)
        self.deposits = operations.DepositsGroup(self.transport)
        self.drafts = operations.DraftsGroup(self.transport)
        self.endorsements = operations.EndorsementsGroup(self.transport)
        self.enrolments = operations.EnrolmentsGroup(self.transport)
        self.evaluations = operations.EvaluationsGroup(self.transport)
        self.flags = operations.FlagsGroup(self.transport)
        self.halts = operations.HaltsGroup(self.transport)
        self.identifiers = operations.IdentifiersGroup(self.transport)
        self.issuers = operations.IssuersGroup(self.transport)
        self.jobs = operations.JobsGroup(self.transport)
        self.keys = operations.KeysGroup(self.transport)
        self.leaving = operations.LeavingGroup(self.transport)
        self.members = operations.MembersGroup(self.transport)
        self.offers = operations.OffersGroup(self.transport)
        self.organisations = operations.OrganisationsGroup(self.transport)
        self.plans = operations.PlansGroup(self.transport)
        self.presentations = operations.PresentationsGroup(self.transport)
        self.redemptions = operations.RedemptionsGroup(self.transport)
        self.reservations = operations.ReservationsGroup(self.transport)
        self.shares = operations.SharesGroup(self.transport)
        self.transcripts = operations.TranscriptsGroup(self.transport)
        self.transparency = operations.TransparencyGroup(self.transport)
        self.undoing = operations.UndoingGroup(self.transport)
        self.verifications = operations.VerificationsGroup(self.transport)
        self.webhooks = operations.WebhooksGroup(self.transport)

    def wait(self, job: Mapping[str, Any], *, seconds: float = 600.0) -> Mapping[str, Any]:
        """Watch a job until it is done; raises `JobFailed` at another end, and `TimeoutError` when it takes longer."""
        return self.transport.wait(job, seconds=seconds)
