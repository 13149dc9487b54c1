"""The JSON resources, version 1. Each route reads the request, calls one service and shapes the answer."""

from fastapi import APIRouter

from creditbank_api.v1 import (
    accounts,
    achievements,
    applications,
    audit,
    awards,
    batches,
    bulk,
    catalogue,
    chain,
    credentials,
    deposits,
    drafts,
    endorsements,
    enrolments,
    evaluations,
    flags,
    halts,
    identifiers,
    jobs,
    keys,
    leaving,
    members,
    offers,
    organisations,
    plans,
    redemptions,
    reservations,
    shares,
    transcripts,
    transparency,
    verifications,
    webhooks,
)

router = APIRouter(prefix="/v1")
ROOMS = (
    credentials,  # the first three are asked most, and a request is compared with one room after the other
    verifications,
    redemptions,
    shares,
    leaving,
    bulk,
    offers,
    enrolments,
    deposits,
    identifiers,
    transcripts,
    endorsements,
    evaluations,
    plans,
    applications,
    awards,
    flags,
    reservations,
    batches,
    transparency,
    chain,
    catalogue,
    jobs,
    keys,
    halts,
    members,
    accounts,
    drafts,
    achievements,
    organisations,
    audit,
    webhooks,
)
for room in ROOMS:
    router.include_router(room.router)

__all__ = ["router"]
