"""Small types that requests and answers share."""

import datetime
import re
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

URN = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})")


class Shape(BaseModel):
    """A JSON object of ours: camelCase outside, unknown fields refused (threat 43)."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True, strict=True, frozen=True)


def _day(value: Any) -> datetime.date:
    if not isinstance(value, str) or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII) is None:
        raise ValueError("a date is written like 2026-11-23")
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        raise ValueError("this day does not exist") from None


def urn(value: Any) -> Any:
    """An id in full, whether it was given as `urn:uuid:…` or as the bare UUID; anything else is left for the type."""
    match = URN.fullmatch(value) if isinstance(value, str) else None
    return f"urn:uuid:{match[1]}" if match else value


Day = Annotated[datetime.date, BeforeValidator(_day), Field(strict=False, examples=["2026-06-30"])]
CreditsText = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{1,6}(\.[0-9]{1,3})?$"),
    Field(examples=["2.5"], description="Decimal in text"),
]
Id = Annotated[
    str,
    BeforeValidator(urn),
    StringConstraints(pattern=r"^urn:uuid:[0-9a-f-]{36}$"),
    Field(examples=["urn:uuid:4f0e2a6c-9b1d-4f6a-8b55-0d7a3c1e9f20"], description="urn:uuid:…, or the bare UUID"),
]
Line = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Version = Annotated[str, StringConstraints(min_length=1, max_length=64), Field(examples=["2026.1"])]
IdInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]
"""An id as a step of an address: `urn:uuid:…`, or the bare UUID."""
LotId = Annotated[
    str, StringConstraints(pattern=r"^0x[0-9a-f]{64}$"), Field(description="keccak of issuer and first issue, 0x-hex")
]
