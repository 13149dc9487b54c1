"""The pages, rendered on the server; each shows what a service answers, in the same words as the JSON.

Everything works without JavaScript. The one script hands dropped files to the file field of the Verify page; htmx is
not used, because no page here changes in place yet.
"""

from fastapi import APIRouter

from creditbank_api.web import holdings, pages, passkeys, settings, shares, signing

router = APIRouter()
for part in (pages.router, holdings.router, signing.router, passkeys.router, settings.router, shares.router):
    router.include_router(part)

__all__ = ["router"]
