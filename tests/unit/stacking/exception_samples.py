"""Sample exceptions for the tests of the stacking room. No real person or institution is meant."""

import dataclasses
from typing import Any

from stacking_samples import AWARDING, LEARNER, setting_of

from creditbank.canonical import digest_text
from creditbank.framework import Qualification, RuleException, document_digest
from creditbank.stacking import Setting


def exception(qualification: Qualification, kind: str, node: str, **more: Any) -> RuleException:
    """An exception of the awarding body for the sample learner, in force since 2026."""
    return RuleException.model_validate(
        {
            "document": "creditbank/exception/v1",
            "id": f"sample-{kind}",
            "by": AWARDING,
            "learner": LEARNER,
            "rules": {
                "id": qualification.id,
                "version": qualification.version,
                "digest": digest_text(document_digest(qualification)),
            },
            "node": node,
            "kind": kind,
            "decided": "2026-01-15",
            "decided_by": "examination board",
            "reason": "A sample, made for tests.",
            "sample": True,
            **more,
        }
    )


def with_exceptions(*exceptions: RuleException, setting: Setting | None = None) -> Setting:
    return dataclasses.replace(setting or setting_of(), exceptions=tuple(exceptions))
