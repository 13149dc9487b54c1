"""Frameworks, credit systems and rules as data: what does a document say, and is it one of ours?

Documents enter through `load_document`, which reads YAML or JSON strictly and names every fault of a file at
once. What comes out cannot be changed, and `document_digest` is the same however it was spelled.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from creditbank.framework.changed_register import Change, OtherRegister, register_changes
    from creditbank.framework.codes import CodeList, CodeLists
    from creditbank.framework.coherence import (
        ITEMS,
        PARTS,
        AssessmentTypes,
        CoherenceItem,
        CoherenceLists,
        CoherenceReport,
        OutcomeVerbs,
        State,
        check_coherence,
        check_verbs,
    )
    from creditbank.framework.common import (
        Confidence,
        CreditText,
        DateText,
        Document,
        DurationText,
        Id,
        LevelCode,
        Problems,
        ShareText,
        Source,
        day_after,
        day_before,
        document_digest,
    )
    from creditbank.framework.decision import Acceptance, AcceptedDocument, check_acceptance
    from creditbank.framework.editions import (
        FOREVER,
        check_editions,
        check_framework,
        edition_in_force,
        last_day,
        newest_edition,
    )
    from creditbank.framework.excepting import ContradictingExceptions, check_exception
    from creditbank.framework.exception import RuleException, RulesText
    from creditbank.framework.faults import Address, DocumentFaults, Fault, path_text
    from creditbank.framework.framework import (
        ConversionPolicy,
        CreditSystem,
        Framework,
        LevelDef,
        LevelPair,
        PartExceedsWhole,
        QualificationType,
        Recognition,
        Relation,
        Remark,
        Size,
        UnknownLevel,
        conversion_interval,
        year_ratio,
    )
    from creditbank.framework.inheriting import ResolvedTemplate, TemplateBook, check_template, resolve
    from creditbank.framework.lint import check_qualification, check_recognition
    from creditbank.framework.located import Located, read_json, read_yaml
    from creditbank.framework.qualification import (
        Admission,
        AnyNode,
        Calendar,
        Group,
        Limit,
        Node,
        Qualification,
        Requirement,
        Where,
        credits_of,
    )
    from creditbank.framework.reading import (
        DOCUMENT_KINDS,
        AnyDocument,
        ReadDocument,
        load_document,
        read_document,
    )
    from creditbank.framework.register import (
        Accreditation,
        Body,
        Entitlement,
        Provision,
        Reason,
        Refusal,
        Register,
        kind_of,
        newest,
    )
    from creditbank.framework.relating import LevelStatement, check_relation, stated_counterparts
    from creditbank.framework.reviewing import CoherenceReview, ReviewedItem, ReviewedReport, combine, review_form
    from creditbank.framework.statement import (
        Comparison,
        ConversionStatement,
        SameCreditSystem,
        check_conversion,
        compare,
    )
    from creditbank.framework.template import FieldRule, Template
    from creditbank.framework.templating import (
        check_template_named,
        draft_yaml,
        faults_against,
        rules_in_words,
        start,
        template_faults,
    )
    from creditbank.framework.unit import LearningOutcome, Prerequisite, TemplateRef, UnitDocument, hours_of

__all__ = [
    "DOCUMENT_KINDS",
    "FOREVER",
    "ITEMS",
    "PARTS",
    "Acceptance",
    "AcceptedDocument",
    "Accreditation",
    "Address",
    "Admission",
    "AnyDocument",
    "AnyNode",
    "AssessmentTypes",
    "Body",
    "Calendar",
    "Change",
    "CodeList",
    "CodeLists",
    "CoherenceItem",
    "CoherenceLists",
    "CoherenceReport",
    "CoherenceReview",
    "Comparison",
    "Confidence",
    "ContradictingExceptions",
    "ConversionPolicy",
    "ConversionStatement",
    "CreditSystem",
    "CreditText",
    "DateText",
    "Document",
    "DocumentFaults",
    "DurationText",
    "Entitlement",
    "Fault",
    "FieldRule",
    "Framework",
    "Group",
    "Id",
    "LearningOutcome",
    "LevelCode",
    "LevelDef",
    "LevelPair",
    "LevelStatement",
    "Limit",
    "Located",
    "Node",
    "OtherRegister",
    "OutcomeVerbs",
    "PartExceedsWhole",
    "Prerequisite",
    "Problems",
    "Provision",
    "Qualification",
    "QualificationType",
    "ReadDocument",
    "Reason",
    "Recognition",
    "Refusal",
    "Register",
    "Relation",
    "Remark",
    "Requirement",
    "ResolvedTemplate",
    "ReviewedItem",
    "ReviewedReport",
    "RuleException",
    "RulesText",
    "SameCreditSystem",
    "ShareText",
    "Size",
    "Source",
    "State",
    "Template",
    "TemplateBook",
    "TemplateRef",
    "UnitDocument",
    "UnknownLevel",
    "Where",
    "check_acceptance",
    "check_coherence",
    "check_conversion",
    "check_editions",
    "check_exception",
    "check_framework",
    "check_qualification",
    "check_recognition",
    "check_relation",
    "check_template",
    "check_template_named",
    "check_verbs",
    "combine",
    "compare",
    "conversion_interval",
    "credits_of",
    "day_after",
    "day_before",
    "document_digest",
    "draft_yaml",
    "edition_in_force",
    "faults_against",
    "hours_of",
    "kind_of",
    "last_day",
    "load_document",
    "newest",
    "newest_edition",
    "path_text",
    "read_document",
    "read_json",
    "read_yaml",
    "register_changes",
    "resolve",
    "review_form",
    "rules_in_words",
    "start",
    "stated_counterparts",
    "template_faults",
    "year_ratio",
]

_FROM: Final = {
    "codes": (
        "CodeList",
        "CodeLists",
    ),
    "coherence": (
        "ITEMS",
        "PARTS",
        "AssessmentTypes",
        "CoherenceItem",
        "CoherenceLists",
        "CoherenceReport",
        "OutcomeVerbs",
        "State",
        "check_coherence",
        "check_verbs",
    ),
    "common": (
        "Confidence",
        "CreditText",
        "DateText",
        "Document",
        "DurationText",
        "Id",
        "LevelCode",
        "Problems",
        "ShareText",
        "Source",
        "day_after",
        "day_before",
        "document_digest",
    ),
    "decision": (
        "Acceptance",
        "AcceptedDocument",
        "check_acceptance",
    ),
    "editions": (
        "FOREVER",
        "check_editions",
        "check_framework",
        "edition_in_force",
        "last_day",
        "newest_edition",
    ),
    "excepting": (
        "ContradictingExceptions",
        "check_exception",
    ),
    "exception": (
        "RuleException",
        "RulesText",
    ),
    "faults": (
        "Address",
        "DocumentFaults",
        "Fault",
        "path_text",
    ),
    "framework": (
        "ConversionPolicy",
        "CreditSystem",
        "Framework",
        "LevelDef",
        "LevelPair",
        "PartExceedsWhole",
        "QualificationType",
        "Recognition",
        "Relation",
        "Remark",
        "Size",
        "UnknownLevel",
        "conversion_interval",
        "year_ratio",
    ),
    "inheriting": (
        "ResolvedTemplate",
        "TemplateBook",
        "check_template",
        "resolve",
    ),
    "lint": (
        "check_qualification",
        "check_recognition",
    ),
    "located": (
        "Located",
        "read_json",
        "read_yaml",
    ),
    "qualification": (
        "Admission",
        "AnyNode",
        "Calendar",
        "Group",
        "Limit",
        "Node",
        "Qualification",
        "Requirement",
        "Where",
        "credits_of",
    ),
    "reading": (
        "DOCUMENT_KINDS",
        "AnyDocument",
        "ReadDocument",
        "load_document",
        "read_document",
    ),
    "register": (
        "Accreditation",
        "Body",
        "Entitlement",
        "Provision",
        "Reason",
        "Refusal",
        "Register",
        "kind_of",
        "newest",
    ),
    "changed_register": (
        "Change",
        "OtherRegister",
        "register_changes",
    ),
    "relating": (
        "LevelStatement",
        "check_relation",
        "stated_counterparts",
    ),
    "reviewing": (
        "CoherenceReview",
        "ReviewedItem",
        "ReviewedReport",
        "combine",
        "review_form",
    ),
    "statement": (
        "Comparison",
        "ConversionStatement",
        "SameCreditSystem",
        "check_conversion",
        "compare",
    ),
    "template": (
        "FieldRule",
        "Template",
    ),
    "templating": (
        "check_template_named",
        "draft_yaml",
        "faults_against",
        "rules_in_words",
        "start",
        "template_faults",
    ),
    "unit": (
        "LearningOutcome",
        "Prerequisite",
        "TemplateRef",
        "UnitDocument",
        "hours_of",
    ),
}
"""What each name is imported from, once it is asked for: whoever weighs credits reads no templates and no YAML."""

_MODULES: Final = {name: module for module, names in _FROM.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
