"""A credential that was signed as a JWT, standing inside a JSON document (VC Data Model 2.0, 4.13.4)."""

import re
from typing import Final

from creditbank.canonical import Json, JsonObject
from creditbank.signing import VC2_CONTEXT

ENVELOPED_TYPE: Final = "EnvelopedVerifiableCredential"
_JWS: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_DATA: Final = re.compile(r"data:application/(?:vc\+|vc\+ld\+)?jwt(?:;[a-z0-9=;-]{1,40})?,(.+)", re.ASCII | re.DOTALL)


def enveloped(token: str) -> JsonObject:
    """A compact JWS as the object that may stand where a credential is expected."""
    return {"@context": VC2_CONTEXT, "id": f"data:application/vc+jwt,{token}", "type": ENVELOPED_TYPE}


def compact_jws(value: Json) -> str | None:
    """The compact JWS that stands here, as a text or enveloped; None for anything else."""
    if isinstance(value, dict) and ENVELOPED_TYPE in _as_list(value.get("type")):
        name = value.get("id")
        found = _DATA.fullmatch(name) if isinstance(name, str) else None
        value = found[1] if found else None
    return value if isinstance(value, str) and _JWS.fullmatch(value) is not None else None


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


__all__ = ["ENVELOPED_TYPE", "compact_jws", "enveloped"]
