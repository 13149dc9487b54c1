"""A credential that was signed as a token, standing inside a JSON document (VC Data Model 2.0, 4.12)."""

from creditbank.canonical import JsonObject
from creditbank.signing import VC2_CONTEXT


def enveloped(token: str) -> JsonObject:
    """A compact JWS as the object that may stand where a credential is expected."""
    return {"@context": VC2_CONTEXT, "id": f"data:application/vc+jwt,{token}", "type": "EnvelopedVerifiableCredential"}


__all__ = ["enveloped"]
