"""The JSON-LD contexts that come with the product, read from the package and checked against their pins."""

from functools import cache
from importlib.resources import files
from typing import Final

from creditbank.signing import ContextLibrary

_FILES: Final = {
    "https://www.w3.org/ns/credentials/v2": "credentials-v2.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": "open-badges-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json": "open-badges-3.0.2.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json": "open-badges-extensions.json",
    "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json": "clr-2.0.1.json",
    "https://purl.imsglobal.org/spec/clr/v2p0/context.json": "clr-2.0.json",
    "https://w3id.org/security/data-integrity/v2": "data-integrity-v2.json",
    "https://w3id.org/security/multikey/v1": "multikey-v1.json",
    "https://www.w3.org/ns/did/v1": "did-v1.json",
}


@cache
def bundled_contexts() -> ContextLibrary:
    """The library of every bundled context; raises `ContextRefused` when a file is not the one that was
    pinned.
    """
    folder = files("creditbank.adapters.documents") / "contexts"
    return ContextLibrary({url: (folder / name).read_bytes() for url, name in _FILES.items()})
