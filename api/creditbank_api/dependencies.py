"""What a doorway needs at hand: the bank, and the limits of this server."""

from typing import Annotated, cast

from fastapi import Depends, Request

from creditbank.bootstrap import Bank
from creditbank_api.limits import Counter


async def bank_of(request: Request) -> Bank:
    """The bank that this server is the door of."""
    return cast(Bank, request.app.state.bank)


async def gentle(request: Request) -> None:
    """Count this request against its address; raises `TooManyRequests`."""
    cast(Counter, request.app.state.requests).add(address(request))


async def gentle_verification(request: Request) -> None:
    """Count this verification against its address; raises `TooManyRequests`."""
    cast(Counter, request.app.state.verifications).add(address(request))


def address(request: Request) -> str:
    """The address of the connection; headers that claim another are not believed."""
    return request.client.host if request.client else "unknown"


BankDep = Annotated[Bank, Depends(bank_of)]
