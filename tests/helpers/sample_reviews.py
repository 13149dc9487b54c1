"""Coherence reviews for tests."""

import json
from typing import Any

from sample_templates import shipped

from creditbank.canonical import digest_text
from creditbank.framework import CoherenceReview, State, UnitDocument, check_coherence


def review_of(unit: UnitDocument, /, **changes: Any) -> CoherenceReview:
    """A review of this unit that leaves no point open and concludes that it is coherent, or says what `changes` say."""
    return CoherenceReview.model_validate_json(review_bytes(unit, **changes), strict=True)


def review_bytes(unit: UnitDocument, /, **changes: Any) -> bytes:
    """The same as a JSON file."""
    report = check_coherence(unit, shipped().coherence_lists())
    plain = {
        "document": "creditbank/coherence-review/v1",
        "id": "sample-review",
        "unit": {"id": report.unit, "version": report.version, "digest": digest_text(report.digest)},
        "reviewer": "programme reviewer",
        "date": "2026-02-01",
        "findings": [
            {"item": item.id, "finding": "disagrees", "text": "It is meant so."}
            for item in report.items
            if item.state is not State.HOLDS
        ],
        "conclusion": "coherent",
        **changes,
    }
    return json.dumps(plain).encode()
