"""The demonstration's folder: files as a person would receive them, and an index that says what each one is."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from creditbank.canonical import JsonObject, pretty_json
from creditbank.errors import BadInput

MARKER: Final = ".creditbank-demo"
KINDS: Final = ("credentials", "presentations", "receipts", "awards", "proofs", "decisions", "rejected")


class NotOurFolder(BadInput):
    """The demonstration only ever replaces a folder that it made itself."""

    slug = "not-our-folder"


@dataclass(slots=True)
class DemoFolder:
    """Writes the demonstration's files and remembers them for `index.json`."""

    root: Path
    entries: dict[str, list[JsonObject]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    @classmethod
    def fresh(cls, root: Path) -> "DemoFolder":
        """Start anew at `root`; raises `NotOurFolder` when something else stands there."""
        if root.exists() and not root.is_dir():
            raise NotOurFolder(f"{root} is a file.", next_step="Choose another folder with --output.")
        if root.exists() and any(root.iterdir()) and not (root / MARKER).exists():
            raise NotOurFolder(
                f"{root} holds files that the demonstration did not make.",
                next_step="Choose another folder with --output, or empty this one.",
            )
        if root.exists():
            for item in root.iterdir():
                if item.name != MARKER:  # the marker goes last, so that an interrupted clean-up can be repeated
                    shutil.rmtree(item) if item.is_dir() else item.unlink()
        root.mkdir(parents=True, exist_ok=True)
        (root / MARKER).write_text("Made by `creditbank demo`, which replaces this folder when it runs again.\n")
        return cls(root)

    def write(self, path: str, content: bytes) -> str:
        """Write one file under the folder; return its path relative to the folder."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        return path

    def add(self, kind: str, name: str, content: bytes, **facts: object) -> str:
        """Write a file of one of the `KINDS` and note it in the index with its facts."""
        path = self.write(f"{kind}/{name}", content)
        entry: JsonObject = {"file": path}
        entry.update({key: value for key, value in facts.items() if value is not None})  # type: ignore[misc]
        self.entries[kind].append(entry)
        return path

    def write_index(self, **more: object) -> None:
        """Write `index.json`: every file by kind, then the folders that a verifier needs."""
        index: JsonObject = {"document": "creditbank/demo-index/v1", "sample": True}
        index.update(self.entries)  # type: ignore[arg-type]
        index.update(more)  # type: ignore[arg-type]
        self.write("index.json", pretty_json(index))
