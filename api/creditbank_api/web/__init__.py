"""The pages, rendered on the server; each shows what a service answers, in the same words as the JSON.

Everything works without JavaScript. The one script hands dropped files to the file field of the Verify page; htmx is
not used, because no page here changes in place yet.
"""

from typing import Final

from fastapi import APIRouter

from creditbank_api.web import (
    allowing,
    applications,
    closing,
    deciding,
    flags,
    holdings,
    issuer,
    keys,
    leaving,
    members,
    notices,
    office,
    organisations,
    pages,
    passkeys,
    policies,
    settings,
    shares,
    signing,
    transparency,
    uploads,
    wallet,
    webhooks,
)

ROOMS: Final = (
    pages,
    holdings,
    signing,
    passkeys,
    organisations,
    settings,
    shares,
    applications,
    flags,
    notices,
    deciding,
    policies,
    office,
    leaving,
    wallet,
    uploads,
    members,
    issuer,
    allowing,
    closing,
    transparency,
    keys,
    webhooks,
)
router = APIRouter()
for room in ROOMS:
    router.include_router(room.router)

__all__ = ["router"]
