"""The parts that this bank runs with, and is built and tested with, as a CycloneDX 1.6 document: `make sbom`.

They are read from requirements.txt, which pins each by version and by the digests of its files; installing with
`--require-hashes` takes nothing else. The document is the same whenever it is made from the same pins.
"""

import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any

PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[a-z0-9,_-]+\])?==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+?))?\s*\\?$"
)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
ROOT = Path(__file__).resolve().parents[1]


def pins(text: str) -> list[dict[str, Any]]:
    """Every pinned requirement with its version, marker and digests; raises ValueError for one that is not pinned."""
    found: list[dict[str, Any]] = []
    for line in text.splitlines():
        if digests := HASH.findall(line):
            found[-1]["hashes"] += digests
        elif line.strip() and not line.lstrip().startswith("#"):
            pin = PIN.match(line.strip())
            if pin is None:
                raise ValueError(f"not pinned: {line!r}")
            found.append({**pin.groupdict(), "hashes": []})
    for one in found:
        if not one["hashes"]:
            raise ValueError(f"no digest: {one['name']}")
    return found


def document(requirements: str, version: str) -> dict[str, Any]:
    """The bill of materials."""
    parts = pins(requirements)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, requirements + version)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": f"creditbank@{version}",
                "name": "creditbank",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [_component(one) for one in parts],
        "dependencies": [{"ref": f"creditbank@{version}", "dependsOn": [_ref(one) for one in parts]}],
    }


def _component(pin: dict[str, Any]) -> dict[str, Any]:
    marker = [{"name": "creditbank:marker", "value": pin["marker"].strip()}] if pin["marker"] else []
    return {
        "type": "library",
        "bom-ref": _ref(pin),
        "name": pin["name"],
        "version": pin["version"],
        "purl": _ref(pin),
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in sorted(pin["hashes"])],
        **({"properties": marker} if marker else {}),
    }


def _ref(pin: dict[str, Any]) -> str:
    return f"pkg:pypi/{re.sub(r'[-_.]+', '-', pin['name']).lower()}@{pin['version']}"


def main() -> None:
    """Print the document, or write it where the first argument says."""
    found = re.search(r'__version__ = "([^"]+)"', (ROOT / "src" / "creditbank" / "__init__.py").read_text())
    assert found is not None, "the package says its version"
    text = json.dumps(document((ROOT / "requirements.txt").read_text(), found[1]), indent=2, sort_keys=True) + "\n"
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
