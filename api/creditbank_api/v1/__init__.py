"""The JSON resources, version 1. Each route reads the request, calls one service and shapes the answer."""

from fastapi import APIRouter

from creditbank_api.v1 import awards, batches, catalogue, credentials, evaluations, plans, redemptions, verifications

router = APIRouter(prefix="/v1")
for room in (credentials, verifications, evaluations, plans, awards, redemptions, batches, catalogue):
    router.include_router(room.router)

__all__ = ["router"]
