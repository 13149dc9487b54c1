"""What a program does that has one question: read the rules and the facts, ask, and print the verdict."""

import datetime
import gc
import json
from pathlib import Path

from creditbank.credential import Level, UnitFacts
from creditbank.framework import CreditSystem, Framework, Qualification
from creditbank.stacking import Candidate, Setting, evaluate
from creditbank.units import CreditAmount, Credits


def answer(path: str) -> None:
    """Print the verdict on the instance stored in this file."""
    gc.freeze()  # what was imported is no garbage, and is looked through once more otherwise
    given = json.loads(Path(path).read_bytes())
    rules = Qualification.model_validate(given["rules"])
    framework = Framework.model_validate(given["framework"])
    system = CreditSystem.model_validate(given["system"])
    where = Setting(
        date=datetime.date(2026, 6, 1),
        awarding="did:web:awarding.synthetic.example",
        frameworks={framework.id: framework},
        systems={system.id: system},
    )
    candidates = []
    for unit in given["units"]:
        credits_ = Credits.parse(unit["credits"])
        facts = UnitFacts(
            credential=unit["credential"],
            first_issue=unit["credential"],
            issuer=unit["issuer"],
            subject="did:key:z6MkSyntheticLearner",
            achievement=unit["achievement"],
            achievement_version="1",
            title=unit["title"],
            credits=CreditAmount(rules.credit_system, credits_),
            level=Level(rules.framework, unit["level"]),
            earned=datetime.date.fromisoformat(unit["earned"]),
            categories=frozenset(unit["categories"]),
            source_type=unit["source"],
            mode="on-site",
            content="",
        )
        candidates.append(Candidate(facts, bytes.fromhex(unit["digest"]), credits_))
    print(evaluate(rules, candidates, where).verdict.value)
