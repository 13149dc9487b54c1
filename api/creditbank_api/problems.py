"""Errors as people and programs read them: one table from slug to status, title and page, in the form of RFC 9457.

The table is keyed by slug and not by class, so that it can be read without importing every adapter; a test walks every
subclass of `CreditBankError` and finds its row. An error without a row is a fault of ours: 500, and no detail.
"""

import logging
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from creditbank.errors import CreditBankError
from creditbank.ledger import CreditsAlreadyRedeemed
from creditbank_api.beneath import outward_of
from creditbank_api.errors import (
    FieldFault,
    InvalidRequest,
    MethodNotAllowed,
    NoSuchResource,
    NotSignedIn,
)

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 5
log = logging.getLogger("creditbank.api")


@dataclass(frozen=True, slots=True)
class Problem:
    """How one error is answered: HTTP status, a title that never changes, and its page: the meaning and what helps."""

    status: int
    title: str
    meaning: str
    remedy: str


def _is(status: int, title: str, meaning: str, remedy: str) -> Problem:
    return Problem(status, title, meaning, remedy)


def _ours(title: str, meaning: str) -> Problem:
    """A fault on this side: the page explains it, the answer itself stays without detail."""
    return Problem(500, title, meaning, _OPERATOR)


_READ_AGAIN = "The problem names the place. Correct it there, or ask whoever gave you the document for a good copy."
_OURS = "Nothing you sent is to blame. Tell the bank's operator, and quote the time and the address of the request."
_OPERATOR = "This is for the operator of the bank to mend; trying again does not help until then."
_LATER = "Nothing was done by halves. Send the same request again in a moment, under the same key."
_NEW_KEY = "Use a new id for a new request, and the same id only to repeat the same request."

PROBLEMS: Final[dict[str, Problem]] = {
    # kinds: what an error of no more precise name would say
    "error": _is(500, "Something went wrong", "An error without a name of its own was raised.", _OURS),
    "bad-input": _is(400, "Unusable input", "What was sent cannot be read or breaks a rule of form.", _READ_AGAIN),
    "not-found": _is(404, "Not found", "What was named does not exist, or not for you.", "Check the id."),
    "conflict": _is(
        409, "Conflict", "The request collides with what already happened.", "Look at the present state first."
    ),
    "refused": _is(
        403, "Refused", "A rule of the bank, a framework or a policy says no.", "The sentence names the rule."
    ),
    "unavailable": _is(503, "Not available now", "Something the bank depends on did not answer.", _LATER),
    # the request itself
    "body-too-large": _is(
        413,
        "Request too large",
        "A request may carry one mebibyte at most, and files to verify 24.",
        "Send fewer or smaller files at a time.",
    ),
    "encoded-body": _is(
        415, "Encoded request", "Compressed bodies are not inflated here.", "Send the body without Content-Encoding."
    ),
    "not-json": _is(415, "Not JSON", "This resource takes application/json only.", "Set the Content-Type header."),
    "unreadable-json": _is(
        400,
        "Unreadable JSON",
        "The bytes are not one JSON document that every reader reads alike: a key stands twice, a number does not fit, "
        "the nesting is too deep, or it is not JSON at all.",
        _READ_AGAIN,
    ),
    "unreadable-base64url": _is(
        400, "Unreadable base64url", "The text is not base64url in its one spelling.", _READ_AGAIN
    ),
    "unreadable-token": _is(
        400,
        "Unreadable token",
        "The text is not a compact JSON Web Signature in its one spelling, or its header says something that nothing "
        "here may be decided by.",
        _READ_AGAIN,
    ),
    "claims-disagree": _is(
        400,
        "Token contradicts itself",
        "The registered claims of the token say something else than the credential it carries.",
        _READ_AGAIN,
    ),
    "invalid-request": _is(
        422,
        "Invalid request",
        "The request is readable, but does not have the form this resource asks for. Fields that are not known are "
        "refused, so that nothing is silently ignored.",
        "Each fault comes with a JSON pointer. The API description at /openapi.json shows the expected form.",
    ),
    "unreadable-cursor": _is(
        400, "Unreadable cursor", "The cursor was not given out for this list.", "Start again without a cursor."
    ),
    "method-not-allowed": _is(
        405,
        "Method not allowed",
        "The address exists, but not for this method.",
        "See /openapi.json for what it takes.",
    ),
    "idempotency-key-missing": _is(
        400,
        "Idempotency-Key missing",
        "A request that does something once brings a key of its own, so that repeating it after a lost answer does "
        "nothing twice.",
        "Make a random UUID, send it as Idempotency-Key, and send the same one when you repeat the request.",
    ),
    "idempotency-key-reused": _is(
        422,
        "Idempotency-Key reused",
        "You used this key before, with another request.",
        "Use a new key for a new request.",
    ),
    "request-still-running": _is(
        409, "Still running", "The first request under this key is still being answered.", "Ask again in a moment."
    ),
    "not-signed-in": _is(
        401, "Not signed in", "This needs a valid token, and none came.", "Send a token as Authorization: Bearer."
    ),
    "not-for-this-role": _is(
        403,
        "Not for this role",
        "The token is good, but its role does not do this.",
        "Use the token of the right role.",
    ),
    "scope-missing": _is(
        403,
        "Scope missing",
        "The token is good, but it was made without the scope that this needs.",
        "Use a token with the scope that is named.",
    ),
    "not-a-member": _is(404, "Not a member", "The organisation has no such member.", "Read the list of its members."),
    "beyond-own-rights": _is(
        403, "Beyond own rights", "Nobody gives or takes more than they hold themselves.", "Ask an owner."
    ),
    "last-owner": _is(
        409, "Last owner", "An organisation never loses its last owner.", "Make somebody else an owner first."
    ),
    "role-does-not-fit": _is(
        422, "Role does not fit", "The organisation has no use for this role.", "Choose a role that fits what it is."
    ),
    "invitation-not-open": _is(
        404,
        "No open invitation",
        "The code was used, was withdrawn, has expired, or never was an invitation.",
        "Ask the organisation for a new one.",
    ),
    "too-many-invitations": _is(
        403, "Too many invitations", "The organisation has as many open invitations as it may.", "Withdraw some."
    ),
    "no-such-key": _is(404, "No such key", "The organisation has no such token or client.", "Read the list of them."),
    "nobody-acted-so": _is(
        404, "Nobody acted so", "No key and no member of the organisation has this name.", "Read the list of them."
    ),
    "unusable-key-request": _is(422, "Key not made", "A key cannot be made like this.", _READ_AGAIN),
    "grant-refused": _is(
        403, "Not granted", "The client is not given what it asks for.", "Read what RFC 6749 says of the error."
    ),
    "unknown-client": _is(
        403,
        "Unknown program",
        "A program sent you here that is not known to this bank, or that gave another address than it registered. "
        "Nobody is led back there.",
        "Close this page; if you meant to let a program read your account, begin again in that program.",
    ),
    "sent-back": _is(
        403, "Question not understood", "What the program asks for cannot be given.", "Begin again in that program."
    ),
    "client-refused": _is(422, "Client not registered", "A client cannot be registered like this.", _READ_AGAIN),
    "trail-text": _is(
        422, "Reason unreadable", "What is told to the audit trail is one readable line.", "Write one shorter line."
    ),
    "not-agreed": _is(
        422,
        "Something is missing",
        "The form asks for your agreement, or for a few words, before anything is done; one of them is empty.",
        "Fill in what is marked, and send the form again.",
    ),
    "forged-form": _is(
        403,
        "Form not accepted",
        "The form did not come from a page of this site that was open in this browser.",
        "Open the page again and send the form from there. Cookies of this site must be allowed.",
    ),
    "no-such-resource": _is(
        404,
        "Not found",
        "Nothing stands under this address that you may see. What belongs to somebody else looks the same as what "
        "does not exist.",
        "Check the address, and whether you are signed in as the right person.",
    ),
    "receipt-not-ready": _is(
        404,
        "No receipt yet",
        "The credential exists, but its batch is not final on the chain, so there is no receipt to hand out.",
        "Ask again later. The credential itself can be used and verified in the meantime.",
    ),
    "too-many-requests": _is(
        429,
        "Too many requests",
        "This address asked more often than one address may.",
        "Wait as long as Retry-After says.",
    ),
    # what cannot be read
    "unreadable-credits": _is(
        422, "Unreadable amount", "Credits are decimals in text with at most three places.", 'Write for example "2.5".'
    ),
    "unreadable-instant": _is(
        422, "Unreadable time", "A time is given with its zone.", "Write it like 2026-11-23T14:02:00Z."
    ),
    "negative-credits": _is(422, "Negative credits", "An amount of credit never falls below zero.", "Ask for less."),
    "unreadable-digest": _is(
        422, "Unreadable digest", "The text is no SHA-256 digest in its one spelling.", _READ_AGAIN
    ),
    "unreadable-multibase": _is(
        422, "Unreadable key text", "The text is not base58btc in its one spelling.", _READ_AGAIN
    ),
    "unreadable-did": _is(
        422, "Unreadable DID", "The identifier is not a did:web or did:key that can be used.", _READ_AGAIN
    ),
    "unreadable-did-document": _is(422, "Unreadable DID document", "The document cannot be used as one.", _READ_AGAIN),
    "other-unit": _is(422, "Another unit", "Only versions of one unit can be compared.", _READ_AGAIN),
    "not-a-template": _is(
        422, "Not a template", "The file is neither a template nor a unit that names one.", _READ_AGAIN
    ),
    "not-a-coherence-review": _is(
        422, "Not a review", "A unit is published with a coherence review, or without one.", _READ_AGAIN
    ),
    "not-a-unit-document": _is(422, "Not a unit", "A draft is a unit document.", _READ_AGAIN),
    "unreadable-achievement": _is(
        422, "Incomplete achievement", "This does not describe completely what can be earned.", _READ_AGAIN
    ),
    "unreadable-status-list": _is(
        422, "Unreadable status list", "The list cannot be read, so what it says is unknown, never good.", _READ_AGAIN
    ),
    "unreadable-proof": _is(
        422, "Unreadable stacking proof", "This is no stacking proof as written here.", _READ_AGAIN
    ),
    "unreadable-refutation": _is(
        422, "Unreadable proof of a no", "This is no proof of a no as written here.", _READ_AGAIN
    ),
    "unreadable-receipt": _is(422, "Unreadable receipt", "This is no receipt as written here.", _READ_AGAIN),
    "unreadable-status-tree": _is(
        422, "Unreadable status tree", "This is no list of the leaves under a status root.", _READ_AGAIN
    ),
    "nothing-published": _is(400, "Nothing published", "This holds nothing that a bank publishes.", "Name another."),
    "not-published": _is(404, "Not published", "The bank publishes no such thing.", "Ask the bank for it."),
    "publisher-silent": _is(
        503, "No answer from the bank", "What the bank publishes could not be read now.", "Ask again later."
    ),
    "unreadable-publication": _is(
        422, "Unreadable publication", "What the bank publishes is not in the form that it promises.", _READ_AGAIN
    ),
    "broken-feed": _is(
        422, "Broken feed", "The entries of a feed do not hold together, or somebody else signed them.", _READ_AGAIN
    ),
    "unreadable-watch": _is(422, "Unreadable memory", "This is no memory of a watch.", "Name another file."),
    "unreadable-anchoring": _is(
        422, "Unreadable anchoring", "This does not say where the root of a batch stands.", _READ_AGAIN
    ),
    "no-status-lists": _is(
        422, "No status lists", "This bank has signed no status list yet.", "Issue a credential first."
    ),
    "unreadable-trust": _is(422, "Unreadable trust file", "This is no trust file as written here.", _READ_AGAIN),
    "unreadable-policy": _is(422, "Unreadable policy", "This is no verification policy as written here.", _READ_AGAIN),
    "not-a-credential": _is(
        422, "Not a credential", "The document is no verifiable credential that can be read.", _READ_AGAIN
    ),
    "not-a-unit": _is(
        422, "Not a unit of credit", "The credential does not state what a unit of credit must state.", _READ_AGAIN
    ),
    "not-an-award": _is(422, "Not an award", "The credential is no award that binds a stacking proof.", _READ_AGAIN),
    "not-an-earlier-badge": _is(
        422, "Not an earlier badge", "The document is no assertion of Open Badges 2.0 or before.", _READ_AGAIN
    ),
    "not-an-endorsement": _is(422, "Not an endorsement", "The credential does not say who endorses what.", _READ_AGAIN),
    "not-a-transcript": _is(422, "Not a transcript", "The credential is no transcript that can be read.", _READ_AGAIN),
    "not-for-a-transcript": _is(
        422,
        "Not for a transcript",
        "A document cannot stand in the transcript: unsigned, somebody else's, or there twice.",
        "Take the credentials as their issuers signed them.",
    ),
    "unusable-identity": _is(
        422, "Unusable identity", "This cannot stand in a credential as an identity of the learner.", _READ_AGAIN
    ),
    "not-a-presentation": _is(422, "Not a presentation", "The document is no verifiable presentation.", _READ_AGAIN),
    "document-faults": _is(
        422, "Faulty document", "A rule or framework document has faults; all are listed.", _READ_AGAIN
    ),
    "no-register": _is(
        422, "No register", "A question about accreditation needs a register.", "Name one, or take one into the bank."
    ),
    "not-a-register": _is(
        422, "Not a register", "The file is no register of accreditation.", "Give a creditbank/register/v1 document."
    ),
    "other-snapshot": _is(
        409,
        "Another text of this snapshot",
        "A snapshot of this register and day is held with another text.",
        "Give a snapshot of another day.",
    ),
    "future-snapshot": _is(
        422, "Snapshot of the future", "The snapshot is dated on a day that has not come.", "Date it when it was taken."
    ),
    "several-registers": _is(
        422, "Several registers", "One register says which units are accredited.", "Name one of the bank's registers."
    ),
    "unknown-register": _is(404, "Unknown register", "The bank holds no such register.", "See what it holds."),
    "not-entitled": _is(
        422,
        "Not entitled to award",
        "A register that the bank holds does not let this body award this qualification.",
        "Give a newer snapshot, if the register says otherwise now.",
    ),
    "not-accredited": _is(
        422,
        "Not accredited",
        "This bank demands that a register accredits the provider for this unit, and none does.",
        "Take a newer snapshot in, if the provider is accredited.",
    ),
    "other-register": _is(
        422, "Another register", "Only two snapshots of one register can be compared.", "Compare snapshots of one id."
    ),
    # signatures
    "undefined-term": _is(
        422,
        "Undefined term",
        "A word of the document has no meaning in its contexts, so no signature covers it.",
        _READ_AGAIN,
    ),
    "uncovered-content": _is(
        422, "Uncovered content", "A part of the document would fall out of the signature.", _READ_AGAIN
    ),
    "no-canonical-form": _is(
        422, "No canonical form", "The document cannot be written in one canonical way.", _READ_AGAIN
    ),
    "unreachable-host": _is(
        503, "Not reached", "A server that a document names has no address, or no certificate for its name.", _LATER
    ),
    "fetch-too-slow": _is(503, "Too slow", "A server that a document names took longer than five seconds.", _LATER),
    "fetch-failed": _is(503, "Not served", "A server that a document names answered without the document.", _LATER),
    "unusable-memory": _ours("Memory unusable", "The file that remembers status lists cannot be read or written."),
    "fetch-redirected": _is(
        422,
        "Sent elsewhere",
        "A server that a document names sends us elsewhere, and no redirect is followed.",
        "Send the document itself along instead of its address.",
    ),
    "fetch-too-large": _is(
        422,
        "Too much served",
        "A server that a document names sends more than a document of its kind may have.",
        "Send the document itself along instead of its address.",
    ),
    "fetch-encoded": _is(
        422,
        "Served compressed",
        "A server that a document names compresses it, though it was asked not to.",
        "Send the document itself along instead of its address.",
    ),
    "fetch-refused": _is(
        422,
        "Not fetched",
        "A document named an address that is not fetched from here: only https on port 443, to a domain name all of "
        "whose addresses are of the public internet, and no redirect is followed.",
        "Send the document itself along instead of its address.",
    ),
    "context-refused": _is(
        422, "Context refused", "The document takes its meaning from a context that is not on the list.", _READ_AGAIN
    ),
    "proof-missing": _is(422, "No proof", "The document carries no signature.", _READ_AGAIN),
    "proof-malformed": _is(
        422, "Malformed proof", "The signature is not shaped as its specification says.", _READ_AGAIN
    ),
    "proof-invalid": _is(
        422, "Signature does not fit", "Document, key and signature do not belong together.", _READ_AGAIN
    ),
    "unusable-key": _is(422, "Unusable key", "The key is of a kind that must not be trusted.", "Make a new key."),
    # trees and receipts
    "broken-inclusion-proof": _is(
        422, "Broken inclusion proof", "The hashes are no path of a tree of this size.", _READ_AGAIN
    ),
    "empty-tree": _is(422, "Empty tree", "A tree of nothing says nothing, so it is never anchored.", "Issue first."),
    "no-such-leaf": _is(422, "No such leaf", "The tree has no leaf at this place.", _READ_AGAIN),
    "not-included": _is(
        422, "Not included", "The receipt does not lead from this document to its root.", "Ask for the right receipt."
    ),
    "unusable-salt": _is(422, "Unusable salt", "A salt hides a document only at its full length.", _READ_AGAIN),
    "batch-damaged": _is(
        409, "Batch damaged", "What is stored no longer hashes to what was sealed, so nothing of it is sent.", _OURS
    ),
    "lease-lost": _is(
        503, "Taken over", "Another worker took this batch over; nothing is lost and nothing sent twice.", _LATER
    ),
    # rules
    "unknown-policy": _is(422, "Unknown policy", "No standing policy has this name.", "Use live or archival."),
    "unknown-level": _is(422, "Unknown level", "The framework has no level of this code.", _READ_AGAIN),
    "part-exceeds-whole": _is(422, "More than the whole", "More of a unit was asked for than it has.", "Ask for less."),
    "unclear-awards": _is(
        400,
        "Unclear which awards",
        "Awards are weighed together on one day: two of them at least, each once.",
        "Ask for two to eight qualifications, each of them once.",
    ),
    "unclear-sharing": _is(
        400,
        "Unclear what is shared",
        "A permission to share names two of the awards that are asked for, and one limit.",
        "Name two awards and one limit, in units or in credits of one system.",
    ),
    "two-learners": _is(
        422,
        "Two learners",
        "Credits of different learners cannot be stacked together.",
        "Choose one learner's credentials.",
    ),
    "impossible-pace": _is(
        422,
        "Impossible pace",
        "Terms follow one another, each ends on or after its first day, and a path is looked for in 1 to 24 of them.",
        "Give the terms in order, such as 2027-03-01 to 2027-06-30.",
    ),
    "rules-not-in-force": _is(
        422,
        "Rules not in force",
        "This version of the rules does not apply on this date.",
        "Choose the version in force.",
    ),
    "indicative-rules": _is(
        422,
        "Rules that are only indicative",
        "The rules, or a level that they compare with, are known from memory only. Nothing is stacked on them unasked.",
        "A body that takes it upon itself says so by an acceptance: by name, for this very text, for a time.",
    ),
    "rule-not-weighed": _is(
        422,
        "A rule that is not weighed",
        "The rules hold something that cannot be weighed exactly here, so nothing is weighed rather than ignore it.",
        "The problem names the rule. Leave it to a person under `checked_by_people`, or write it in another way.",
    ),
    "contradicting-exceptions": _is(
        422,
        "Exceptions that contradict",
        "Two exceptions for one learner say opposite things about one rule or one unit, so nothing is weighed by them.",
        "Revoke one of the two, then evaluate again.",
    ),
    "too-many-exceptions": _is(
        422,
        "Too many exceptions",
        "One learner has more exceptions to one text of rules than are weighed at once.",
        "Revoke those that are no longer needed.",
    ),
    "missing-framework": _is(
        422, "Framework missing", "The rules compare levels of a framework that is not at hand.", "Load its document."
    ),
    "does-not-add-up": _is(
        422,
        "Does not add up",
        "An award needs an evaluation that adds up, made by the university that awards.",
        "See the evaluation for what is missing, and evaluate again.",
    ),
    "follows-nothing": _is(
        404,
        "Nothing before it",
        "This evaluation was not run again from another one, so there is no earlier answer to compare it with.",
        "Name an evaluation to compare it with, or run it again.",
    ),
    "nothing-to-look-for": _is(
        422,
        "Nothing to look for",
        "No qualification was named, and none of this body's frameworks has rules that can be looked at today.",
        "Name a qualification that is in force.",
    ),
    "not-comparable": _is(
        422,
        "Not comparable",
        "Only two evaluations of one learner and one qualification differ in something.",
        "Name another evaluation of the same learner for the same qualification.",
    ),
    "evaluation-abandoned": _is(
        503,
        "Evaluation given up",
        "Weighing took longer than this bank allows. Nothing was stored, and no answer was made up.",
        "Ask again when the bank is less busy, or weigh fewer units at a time.",
    ),
    "evaluation-changed": _is(
        409,
        "Evaluation changed",
        "Running the evaluation again gave another answer than is on record.",
        "Evaluate again.",
    ),
    # who may do what
    "earned-when-not-offered": _is(
        400, "Earned when not offered", "The version was not offered on that day.", "Correct the day, or the version."
    ),
    "unknown-scale": _is(
        422, "Unknown scale", "The results of this achievement are not stated on this scale.", "Use one of its scales."
    ),
    "request-reserved": _is(
        422, "Request id reserved", "Request ids of this form are the bank's own.", "Choose another request id."
    ),
    "credits-in-use": _is(
        409,
        "Credits in use",
        "Credits of the credential are reserved or count towards an award, which rests on its text.",
        "Take the award back first, or leave the credential as it is.",
    ),
    "correction-changes-credits": _is(
        422,
        "Correction changes credits",
        "A correction keeps the amount of credits.",
        "Revoke the credential, and issue a new one.",
    ),
    "correction-of-suspended": _is(
        409,
        "Correction of a suspended credential",
        "The credential is suspended, and its correction would not be.",
        "Reinstate it first, or revoke it for good.",
    ),
    "correction-under-way": _is(
        409,
        "Correction under way",
        "A correction of this credential was begun and is not finished.",
        "Finish the correction, and revoke that.",
    ),
    "unknown-grade": _is(
        422, "Unknown grade", "This is no grade of the scale with which somebody earned the unit.", "Correct the grade."
    ),
    "earned-in-future": _is(400, "Earned in the future", "The day has not come yet.", "Correct the day."),
    "not-a-provider": _is(
        403, "Not a provider", "Only a provider issues, and only for achievements of its own.", "Ask the provider."
    ),
    "not-your-achievement": _is(
        403,
        "Not your achievement",
        "An achievement belongs to the organisation that published it first, and that signs for it.",
        "Ask that organisation.",
    ),
    "not-an-awarder": _is(
        403, "Not an awarder", "Only an admitted university evaluates, awards and redeems.", "Ask a university."
    ),
    "not-your-credential": _is(
        403, "Not your credential", "Only the issuer of a credential may revoke it.", "Ask the issuer."
    ),
    # what already happened
    "unknown-record": _is(404, "Not found", "Nothing is stored under this id.", "Check the id."),
    "not-in-this-account": _is(404, "Not in this account", "The account holds no such credential.", "Check the id."),
    "not-an-institution": _is(
        403,
        "Not an institution",
        "Only a body that teaches or awards issues transcripts.",
        "Register the body as a provider or a university.",
    ),
    "consent-missing": _is(
        403,
        "Consent missing",
        "What another body issued stands in a transcript only where the learner presents it.",
        "Let the learner present it for this request.",
    ),
    "consent-does-not-hold": _is(
        403,
        "Consent does not hold",
        "The presentation is not this learner's, or was signed for another institution or request.",
        "Let the learner present the credentials for this request.",
    ),
    "does-not-stand": _is(
        403,
        "Does not stand",
        "What is revoked, superseded or suspended does not go into a transcript.",
        "Leave it out, or take what took its place.",
    ),
    "nothing-to-list": _is(
        403,
        "Nothing to list",
        "The institution issued nothing to this learner that stands, and nothing was presented to it.",
        "Let the learner present credentials.",
    ),
    "endorses-itself": _is(
        403, "Endorses itself", "A body does not endorse itself or its own.", "Let somebody else speak for it."
    ),
    "withdrawn-thing": _is(
        409,
        "Withdrawn",
        "What was revoked, superseded or withdrawn is not endorsed any more.",
        "Endorse what took its place, if anything did.",
    ),
    "endorsement-does-not-fit": _is(
        403,
        "Endorsement does not fit",
        "The endorsement does not stand, or speaks for neither the achievement nor its issuer.",
        "Name an endorsement of the one or the other.",
    ),
    "already-recorded": _is(409, "Already recorded", "What is recorded is not overwritten.", _NEW_KEY),
    "already-suspended": _is(
        409, "Already suspended", "The credential is suspended already.", "Reinstate it, or revoke it for good."
    ),
    "not-suspended": _is(409, "Not suspended", "The credential is not suspended.", "There is nothing left to do."),
    "not-suspendable": _is(
        409,
        "Not suspendable",
        "The credential was issued without a place in a list of suspensions, so nobody would learn of it.",
        "Revoke it, or reissue it: the correction has such a place.",
    ),
    "credit-suspended": _is(
        409,
        "Credit suspended",
        "The issuer suspended the credential, so its credits cannot be used for now.",
        "Ask the provider why, wait until it is given back, or leave the unit out.",
    ),
    "withdrawn-credential": _is(
        403,
        "Credential withdrawn",
        "What was revoked or superseded is not signed again in another form.",
        "Hand out the credential that took its place, if one did.",
    ),
    "already-revoked": _is(
        409, "Already revoked", "The credential was revoked before.", "There is nothing left to do."
    ),
    "achievement-frozen": _is(
        409, "Achievement frozen", "A published version never changes.", "Publish the change as a new version."
    ),
    "achievement-withdrawn": _is(
        409, "Achievement withdrawn", "Nothing new is issued for a version that was withdrawn.", "Use another version."
    ),
    "version-unlinked": _is(
        409,
        "Version not linked",
        "A change is a new version that names the newest one it takes the place of.",
        "Name the newest version in supersedes, and say in changelog what changed.",
    ),
    "did-taken": _is(
        409, "DID taken", "Another organisation stands under this DID.", "Use the one that is registered."
    ),
    "request-reused": _is(409, "Request id reused", "The id stands for another request.", _NEW_KEY),
    "award-reused": _is(409, "Award id reused", "The id stands for another award.", _NEW_KEY),
    "redemption-reused": _is(409, "Redemption id reused", "The id stands for another redemption.", _NEW_KEY),
    "entry-reused": _is(409, "Entry id reused", "The id belongs to another entry of the ledger.", _NEW_KEY),
    # the ledger
    "credits-already-redeemed": _is(
        409,
        "Credits already redeemed",
        "A credit counts once. What you asked for already counts towards an award, or is held for one, in this bank or "
        "in another on the same chain. Nothing of your request remains reserved or spent.",
        "Evaluate again: only what is still free is counted. `lot` says whose credits were asked for, `free` how much "
        "was free at that moment, and `award` which award of your own has them; of another body's you are not told.",
    ),
    "lot-reserved": _is(
        409,
        "Lot reserved",
        "Credits of this lot are reserved for an award on its way, and until then it stays in its account.",
        "Ask again when the award is made or given back.",
    ),
    "no-application": _is(
        403,
        "No application",
        "An award spends a learner's credits, so it needs the learner's own application to this university for it.",
        "Ask the learner to apply: POST /v1/applications.",
    ),
    "application-open": _is(
        409,
        "Application open",
        "A learner has one open application to a university for an award.",
        "Wait for the answer, or withdraw the one that is open.",
    ),
    "application-closed": _is(
        409,
        "Application closed",
        "The application was answered or withdrawn, or is not in the state in which this can be done.",
        "Read how it stands; a new one can be made where it is over.",
    ),
    "application-reused": _is(409, "Application id reused", "The request id stands for another application.", _NEW_KEY),
    "application-not-signed": _is(
        403,
        "Application not signed",
        "The presentation is not signed by the account's own key for this application and this university.",
        "Sign it anew for the challenge and the domain that the sentence names.",
    ),
    "no-such-university": _is(
        403, "No university", "Applications go to a university of this bank.", "Choose a university."
    ),
    "stated-already": _is(
        409, "Stated already", "A learner states their case once, and it is read as it is.", "Wait for the decision."
    ),
    "flag-decided": _is(409, "Flag decided", "The flag was decided before.", "Read the decision."),
    "policy-keeps-award": _is(
        403,
        "Policy keeps the award",
        "The policy that the university had stated when the award was flagged lets the award stand.",
        "State another policy for what is flagged from now on.",
    ),
    "learner-not-heard": _is(
        403,
        "Learner not heard",
        "An award is not revoked over a flag while the learner has not spoken and still has time to.",
        "Wait for the statement, or for the day that the sentence names.",
    ),
    "statement-needed": _is(
        403,
        "Statement needed",
        "Under the policy revoke-after-review an award stands only for what the learner states.",
        "Wait for the statement, or revoke the award when its time is over.",
    ),
    "unusable-term": _is(
        400, "Unusable term", "A reservation ends in the future, and within 90 days.", "Choose an earlier or later end."
    ),
    "reservation-reused": _is(409, "Reservation id reused", "The request id stands for another reservation.", _NEW_KEY),
    "reservation-over": _is(
        409,
        "Reservation over",
        "The reservation lapsed, was given back, or was taken by its redemption.",
        "Read how it stands; reserve anew where the credits are free.",
    ),
    "reversal-reused": _is(
        409, "Reversal id reused", "The award was reversed by another request, or the id stands for another.", _NEW_KEY
    ),
    "award-given-up": _is(
        409,
        "Award given up",
        "The credits of this award count for a higher award that took it up, or are held for one on its way.",
        "Take back the higher award; or wait until it is made or refused.",
    ),
    "lot-moved": _is(
        409,
        "Lot moved",
        "Credits that the award needs were handed to another account since they were weighed.",
        "Evaluate again, for the account that has them.",
    ),
    "unusable-bundle": _is(
        400,
        "Unusable bundle",
        "A redemption names each lot once, at least one and at most 200, all of one learner.",
        "Add up what it uses of one lot, and redeem for each learner alone.",
    ),
    "award-name-taken": _is(
        400,
        "Award name taken",
        "Names that begin like this are kept for what counts in other banks, so no award of your own has one.",
        "Name the award by an id of your own, for example a UUID.",
    ),
    "lot-already-open": _is(
        409, "Lot already open", "One issue is one lot, in any format.", "Use the lot that stands."
    ),
    "lot-revoked": _is(409, "Lot revoked", "The issuer took the credential back.", "Ask the issuer why."),
    "lot-expired": _is(409, "Lot expired", "The shelf life of these credits has ended.", "Use other credits."),
    "not-yet-expired": _is(422, "Not yet expired", "Credits lapse when their shelf life ends.", "Wait until then."),
    "not-counted-there": _is(
        409, "Not counted there", "An award gives up only what counts for it.", "See what the award counts."
    ),
    "nothing-reserved": _is(409, "Nothing reserved", "This award holds no such reservation.", "Reserve first."),
    "lot-changed": _is(503, "Lot changed", "The lot moved while it was looked at.", _LATER),
    "empty-entry": _is(422, "Nothing to move", "An entry of the ledger moves more than nothing.", "Ask for an amount."),
    # files that are handed in, or that a bank reads
    "nothing-given": _is(
        400, "Nothing given", "There was no file and no text to verify.", "Choose a file, or paste a credential."
    ),
    "no-trusted-contracts": _is(
        422,
        "No trusted contracts",
        "A node can be asked only about contracts whose addresses the verifying party trusts.",
        "Name a trust file that holds the chain.",
    ),
    "too-few-nodes": _is(
        422, "Too few nodes", "More nodes must agree than are asked.", "Name more nodes, or let fewer agree."
    ),
    "nothing-to-verify": _is(
        422,
        "Nothing to verify",
        "None of the files is a credential, a presentation or an award.",
        "Give the credential.",
    ),
    "unrecognised-file": _is(
        422,
        "Unrecognised file",
        "The file can be read, but it is nothing that can be verified or that helps to verify.",
        "Give the credential itself, as you received it, with its receipt and its proof.",
    ),
    "unreadable-image": _is(
        400,
        "Unreadable image",
        "The PNG or SVG image is damaged, or holds what no badge needs (entities, a second end, a text without end).",
        "Give the image as you downloaded it from the issuer; many programs drop what is inside when they save one.",
    ),
    "several-credentials": _is(
        422,
        "Several credentials in one image",
        "The image holds more than one credential. Open Badges allows one, and readers could disagree which.",
        "Ask the issuer for an image with the one that is meant.",
    ),
    "not-one-credential": _is(
        422, "Not one credential", "Exactly one credential was expected here.", "Name the file of the one credential."
    ),
    "unreadable-pdf": _is(
        400,
        "Unreadable PDF",
        "The PDF is damaged, encrypted, or larger inside than is read, so its attachments are not known.",
        "Save the attached credential from a PDF reader, and give that.",
    ),
    "unreadable-state": _is(
        400,
        "Unreadable state",
        "The document is not a proof of what contracts held at a block.",
        _READ_AGAIN,
    ),
    "refused-archive": _is(
        400,
        "Refused archive",
        "The archive is damaged, encrypted, or has files, names or sizes that no honest one has. Nothing was unpacked.",
        "Give the documents themselves.",
    ),
    "too-much-given": _is(413, "Too much given", "More was given than is read in one go.", "Give fewer files."),
    "same-id-twice": _is(422, "Same id twice", "Two documents claim the same id.", "Keep the right one of the two."),
    "missing-file": _is(404, "Missing file", "There is no file or folder at this path.", "Check the path."),
    "unreadable-file": _is(
        503, "Unreadable file", "The system does not let the file be read.", "Check its permissions."
    ),
    "file-trouble": _is(
        422, "File trouble", "A file cannot be read or written.", "Check the path and its permissions."
    ),
    "not-a-trust-file": _is(422, "Not a trust file", "The file given as trusted facts is something else.", _READ_AGAIN),
    "not-a-policy-file": _is(422, "Not a policy", "The file given as a policy is something else.", _READ_AGAIN),
    "not-a-decision": _is(
        422,
        "Not a decision",
        "Only conversion policies, recognitions, acceptances and exceptions are decisions of a body.",
        _READ_AGAIN,
    ),
    "not-a-signed-decision": _is(
        422, "Not a signed decision", "The document is no decision as a body signs it, nor its revocation.", _READ_AGAIN
    ),
    "unreadable-day": _is(422, "Unreadable day", "The text is not a day.", "Write it as 2026-07-28."),
    "not-your-decision": _is(
        422, "Not your decision", "A body signs decisions in its own name only.", "Write the body's own DID into it."
    ),
    "decision-stands": _is(
        409, "Decision stands", "This version is adopted with another text.", "Give the changed text a new version."
    ),
    "decision-taken-back": _is(
        409, "Decision taken back", "A revoked decision is not adopted again.", "Adopt it in a new version."
    ),
    "unknown-decision": _is(404, "Unknown decision", "The body has adopted no such decision.", "See what it adopted."),
    "backdated-revocation": _is(
        422, "Backdated revocation", "What was decided until today stands.", "Name today or a later day."
    ),
    "not-adopted": _is(
        422,
        "Not adopted",
        "An award rests only on decisions that the awarding body has signed and has in force.",
        "Adopt the decision, evaluate again, and award that evaluation.",
    ),
    "same-credit-system": _is(422, "Same credit system", "There is nothing to compare.", "Name two credit systems."),
    "unknown-statement": _is(404, "Unknown statement", "No conversion statement has this id.", "See which there are."),
    "not-a-qualification": _is(422, "Not a qualification", "The document is of another kind.", _READ_AGAIN),
    "broken-evidence": _is(
        422, "Broken chain evidence", "Header, proof and key of a receipt do not lead to its transaction.", _READ_AGAIN
    ),
    "not-our-folder": _is(
        422, "Not the demo's folder", "The demonstration replaces only a folder that it made.", "Name another folder."
    ),
    "not-a-request": _is(
        400,
        "Not a request of the conformance protocol",
        "A line was no JSON object, or its operation or fields are not those of the protocol.",
        "See creditbank conformance --list.",
    ),
    "usage": _is(400, "Wrong call", "A command was not called the way its help says.", "See its --help."),
    # the catalogue
    "unknown-document": _is(
        404,
        "No such document",
        "No document of this kind has this id and version.",
        "See /v1/qualifications and /v1/frameworks.",
    ),
    "unknown-language": _is(
        400,
        "No such language",
        "The engine's sentences have not been translated into this language.",
        "Ask for one of the languages that it names, such as en.",
    ),
    "unknown-framework": _is(404, "No such framework", "The catalogue has no such framework.", "See /v1/frameworks."),
    "empty-catalogue": _ours("Catalogue empty", "The folder of documents holds none, or far too many."),
    "unreadable-catalogue": _ours("Catalogue unreadable", "The folder of documents cannot be read."),
    "missing-data": _ours("Data missing", "The data that ship with the bank are not where they should be."),
    "too-complex": _is(
        422,
        "Too complex",
        "A counted limit of the search was reached before an answer was certain. The limit is the same everywhere, so "
        "that the answer is too.",
        "Weigh fewer credentials, or split the rules.",
    ),
    "nothing-to-prove": _is(422, "Nothing to prove", "Only a sum that adds up has a proof.", "Evaluate again."),
    "lower-award-of-another": _is(
        422,
        "Another body's award",
        "The sum counts credits of a lower award, and only the body that made that award can give it up.",
        "Let that body make this award, or evaluate again once enough other credits are free.",
    ),
    "award-refused": _is(
        409,
        "Award refused",
        "This award was refused, because credits it needs count towards another one. That is final.",
        "Evaluate again, and ask for a new award under a new key.",
    ),
    "not-signed-yet": _is(503, "Not signed yet", "The award is under way, and nothing is signed yet.", _LATER),
    "no-unit-document": _is(
        404, "No unit document", "This version was published without a unit document.", "Read the achievement itself."
    ),
    "not-anchored-yet": _is(503, "Not anchored yet", "The credential waits for its batch to become final.", _LATER),
    # people and their sign-ins
    "unusable-name": _is(422, "Unusable name", "A name is one line that people can read.", _READ_AGAIN),
    "sign-in-taken": _is(
        409,
        "Sign-in taken",
        "An address, a passkey or an organisation's account signs in to one account only.",
        "Sign in with it, or choose another.",
    ),
    "password-changed-meanwhile": _is(
        409,
        "Password changed meanwhile",
        "Two changed the password of one address at the same moment, and the other one was first.",
        "Sign in with the password that stands now, or recover the account.",
    ),
    "last-sign-in": _is(
        403, "The last sign-in", "An account always keeps one way in.", "Add another sign-in, then remove this one."
    ),
    "too-many-sign-ins": _is(
        403, "Too many sign-ins", "One account has a limited number of sign-ins.", "Remove one that you no longer use."
    ),
    "unknown-sign-in": _is(404, "Unknown sign-in", "The account has no such sign-in.", "Open the list again."),
    "wrong-sign-in": _is(
        403,
        "Not signed in",
        "What was given signs nobody in. Which part of it is wrong is not said, and takes the same time to find out.",
        "Check it, sign in another way, or recover the account.",
    ),
    "too-many-tries": _is(429, "Too many tries", "This was tried too often.", _LATER),
    "unusable-password": _is(
        422,
        "Unusable password",
        "A password has at least 12 characters and is not among the first that anybody would guess.",
        "Join several words that have nothing to do with each other.",
    ),
    "unusable-address": _is(
        422, "Unusable address", "The text is no e-mail address.", "Write it like name@example.org."
    ),
    "dead-link": _is(422, "Dead link", "A link from a mail works once, and for 30 minutes.", "Ask for a new one."),
    "link-of-another": _is(
        403,
        "Another account's link",
        "The link was sent for another account.",
        "Sign in to the account it was asked for in.",
    ),
    "wrong-recovery-code": _is(
        403,
        "No recovery code",
        "The code was used before, was replaced, or is nobody's.",
        "Try another one of the list.",
    ),
    "unknown-session": _is(404, "Session over", "The session has ended.", "Sign in again."),
    "mail-unavailable": _is(
        503, "Mail not available", "The mail server does not take the letter; it is tried again.", _LATER
    ),
    "damaged-secret": _is(503, "Secret damaged", "A sealed secret cannot be opened with the bank's keys.", _OPERATOR),
    "wrong-passkey": _is(
        403,
        "Not this passkey",
        "The device's answer does not fit the question, the site or the account.",
        "Try again, or sign in another way.",
    ),
    "unusable-issuer": _is(
        422,
        "Unusable issuer",
        "The address is no issuer of OpenID Connect, or its description says otherwise.",
        "Give the issuer exactly as its own description names it.",
    ),
    "secret-missing": _is(
        422,
        "Secret missing",
        "The secret that is held belongs to another client or issuer, and is not told to this one.",
        "Give the secret of this client, or an empty one where it has none.",
    ),
    "no-identity-provider": _is(
        404, "No sign-in there", "Nobody signs in through this organisation.", "Sign in another way."
    ),
    "issuer-unavailable": _is(503, "Issuer not available", "The organisation's issuer does not answer.", _LATER),
    "wrong-identity": _is(
        403,
        "Not signed in there",
        "The issuer's answer does not fit the question, this browser, or what the organisation asks for.",
        "Begin again, or ask your organisation.",
    ),
    "no-passkeys-here": _is(
        422, "No passkeys here", "A passkey belongs to a site's name.", "Open the page under the bank's own name."
    ),
    "fresh-sign-in-needed": _is(
        403,
        "Show once more who you are",
        "What changes who gets into an account is done within ten minutes of signing in.",
        "Sign in once more, and go on.",
    ),
    "no-such-acting": _is(404, "Not yours to act for", "The account may not act for this one.", "Choose another."),
    "learner-taken": _is(
        409, "Account taken", "A learner's account belongs to one person.", "Ask the bank if it should be yours."
    ),
    # the machinery
    "chain-unavailable": _is(
        503, "Chain not available", "The chain did not answer. Issuing and verifying go on; anchoring waits.", _LATER
    ),
    "chain-refused": _is(
        409, "Refused by the contract", "A contract on the chain said no.", "The sentence names its reason."
    ),
    "not-mined-yet": _is(503, "Not on the chain yet", "The transaction is on its way.", _LATER),
    "chain-busy": _is(503, "Chain in use", "Another process owns the embedded chain.", _LATER),
    "read-only-chain": _is(503, "Chain read only", "This process only looks at the embedded chain.", _LATER),
    "not-elsewhere": _ours("On no other chain", "The batch is final on no other chain than the one in use."),
    "wrong-chain": _is(503, "Wrong chain", "The node speaks for another chain than the one configured.", _OPERATOR),
    "wrong-contracts": _is(
        503, "Wrong contracts", "Other code than expected stands at the contracts' addresses.", _OPERATOR
    ),
    "unknown-failpoint": _ours("Unknown failpoint", "The settings name a failpoint that there is not."),
    "failpoint-reached": _is(503, "Failpoint reached", "A test asked for this to fail here.", _LATER),
    "no-finality": _is(503, "No finality", "The node does not know the block that the settings call final.", _OPERATOR),
    "fee-above-cap": _is(
        503, "Fees too high", "The chain asks more than the bank is willing to pay; the queue waits.", _LATER
    ),
    "bad-chain-settings": _ours("Chain settings unusable", "The settings do not say which chain is meant."),
    "unreadable-artifacts": _ours("Contracts missing", "The compiled contracts are not where they should be."),
    "unspeakable-call": _ours("Contract call unknown", "A contract was called in a way that it does not have."),
    "no-bank-here": _ours("No bank here", "There is no bank at the place that the settings name."),
    "wrong-passphrase": _ours("Wrong passphrase", "The keys were sealed under another passphrase."),
    "passphrase-needed": _ours("Passphrase needed", "The keys are sealed under a passphrase, and none was given."),
    "damaged-key-file": _ours("Key file damaged", "A key file is not what the vault wrote."),
    "exposed-key-file": _ours("Key file exposed", "Other users of this machine can read the keys."),
    "unusable-keystore": _ours("Keystore unusable", "The keystore of the sending account cannot be opened."),
    "signer-unavailable": _is(503, "Signer not available", "The signer of the sending account did not sign.", _LATER),
    "signer-differs": _ours("Signer differs", "The signer gave back something else than it was asked to sign."),
    "unusable-vault": _is(503, "Keys not available", "The folder of the keys cannot be used.", _OPERATOR),
    "development-key": _ours("Development key", "The keys are sealed by a key that lies beside them."),
    "damaged-audit": _ours("Audit damaged", "A row of the audit of signatures was altered or taken out."),
    "unknown-key": _is(404, "No such key", "No key is kept under this name.", "List the keys of the organisation."),
    "key-of-another": _is(403, "Another body's key", "A key signs for its owner only.", "Sign with a key of your own."),
    "purpose-refused": _is(
        403, "Not this key's purpose", "A key signs only what it was made for.", "Sign with a key made for it."
    ),
    "no-signing-key": _is(
        403,
        "No key to sign with",
        "No key of this body may sign now: each is retired, revoked or not registered yet.",
        "The body's operator makes a new one: creditbank key rotate.",
    ),
    "key-fixed-by-did": _is(
        403, "One key for ever", "A did:key spells its one key out; it has no other.", "Register under a did:web."
    ),
    "foreign-did-key": _is(
        403,
        "A key that is not held here",
        "A did:key is its one key, and nothing shows who holds this one.",
        "Register with a did:web or without a DID; a key of one's own comes next: creditbank key register.",
    ),
    "wrong-key-state": _is(409, "Not at this point", "The key is not where it must be for this.", "List the keys."),
    "moment-outside-key": _is(
        422, "Not in its life", "The key did not exist at this moment.", "Give a moment of the key's life."
    ),
    "leaves-open": _is(
        409, "Not final yet", "What this key signed is not all anchored for good, and would fall with it.", _LATER
    ),
    "key-taken": _is(409, "Key taken", "This key is registered already.", "Make a key that was never used."),
    "possession-not-proven": _is(
        403, "Key not proven", "Nothing shows that you hold this key.", "Sign a fresh challenge with it."
    ),
    "key-no-longer-signs": _is(
        409, "Key no longer signs", "What this key signs is not taken in any more.", "Sign with the current key."
    ),
    "already-succeeded": _is(409, "Succeeded already", "A body names its successor once.", "Read who it is."),
    "unfit-successor": _is(403, "Unfit successor", "This body cannot answer for that one.", "Name another body."),
    "no-such-version": _is(404, "No such version", "The document never stood like this.", "List its versions."),
    "status-list-elsewhere": _is(
        403, "Status kept elsewhere", "The provider keeps this credential's status list itself.", "Deliver that list."
    ),
    "delivery-refused": _is(
        422, "Not taken in", "A check that every verifier makes does not pass; it is named.", "Correct and sign anew."
    ),
    "not-theirs-to-deliver": _is(
        403, "Another issuer's", "A provider delivers what it issued itself.", "Let its issuer deliver it."
    ),
    "not-as-published": _is(
        422, "Not as published", "The credential says something else than the published unit.", _READ_AGAIN
    ),
    "unusable-credential-id": _is(422, "Unusable id", "The id is no random UUID as a URN.", _READ_AGAIN),
    "credential-id-taken": _is(409, "Id taken", "The id stands for another credential.", "Use a fresh id."),
    "status-not-kept": _is(
        422, "Status unknown", "Nothing would tell whether this credential was revoked.", "Have it prepared first."
    ),
    "token-not-taken": _is(422, "A token", "Delivered credentials carry their proof inside.", "Sign it as JSON."),
    "offer-open": _is(
        409, "Offered already", "The learner was offered this credential.", "Accept the offer, or decline it."
    ),
    "offer-accepted": _is(
        409, "Accepted already", "The credit is in the learner's account.", "Look at the account's lots."
    ),
    "offer-declined": _is(
        409,
        "Declined",
        "The learner declined the offer, and that is final until the provider offers it anew.",
        "Ask the provider to offer it anew.",
    ),
    "offer-lapsed": _is(
        409,
        "Offer lapsed",
        "The issuer revoked or corrected the credential before the learner decided.",
        "Look at the offers: a correction is offered in its place.",
    ),
    "did-of-another": _is(
        409,
        "Another account's identifier",
        "The DID names the holder of another account here, and never of two.",
        "Sign in to that account; if both are yours, they can be merged.",
    ),
    "no-did-key": _is(422, "No did:key", "A learner's own identifier is a did:key.", "Use the did:key of your wallet."),
    "key-not-held": _is(
        403,
        "Key not kept here",
        "The bank does not keep the key of this identifier for the account.",
        "Look at the account's identifiers, and which of their keys the bank keeps.",
    ),
    "several-holders": _is(
        403,
        "Several holders",
        "The credentials name their holder by several identifiers, and one presentation has one holder.",
        "Present those of one identifier at a time.",
    ),
    "wallet-signs": _is(
        403, "The wallet signs", "The holder keeps this key, and signs with it themselves.", "Sign with the wallet."
    ),
    "too-many-keys": _is(
        403, "Too many keys", "The bank makes a limited number of keys for one account.", "Bring a key from a wallet."
    ),
    "short-passphrase": _is(
        422, "Passphrase too short", "A key leaves the bank only under a longer passphrase.", "Use several words."
    ),
    "account-merged": _is(
        409,
        "Account merged",
        "The account was merged into another one by the person whose both are, and takes nothing in any more.",
        "Use the account that the sentence names.",
    ),
    "unknown-merge-code": _is(
        404,
        "Unknown code",
        "No account waits to be merged by this code: it is mistyped, used, outworn, or was never given out.",
        "Ask for a new code in the account that ends.",
    ),
    "same-account": _is(
        422, "The same account", "An account is not merged into itself.", "Give the code in the other account."
    ),
    "holder-unconfirmed": _is(
        403,
        "Holder not confirmed",
        "The account goes by a new identifier for which its old key did not sign, and a provider that issued to it"
        " confirms that before it issues again.",
        "Ask the person by your own ways, and confirm the identifier.",
    ),
    "holding-not-proven": _is(
        403,
        "Holding not proven",
        "Nothing shows that whoever brings this credential is the one it was issued to.",
        "Ask for a challenge, and bring a presentation that the holder's key signed for it and for this bank.",
    ),
    "deposit-refused": _is(
        422,
        "Not accepted",
        "The bank's verifier does not accept the credential under its policy for deposits.",
        "Verify it by itself to see every check; bring its receipt along where it has one.",
    ),
    "unreadable-export": _is(
        422,
        "Unreadable export",
        "What an archive says of its account cannot be read, or its files are not as it lists them.",
        "Export it again, and bring the archive as it was made.",
    ),
    "no-such-font": _is(500, "Unreadable font", "A font for papers cannot be read.", "Mend the setting paper_fonts."),
    "unusable-number": _is(
        422, "Unusable number", "The number under which a provider knows somebody is one short line.", _READ_AGAIN
    ),
    "number-taken": _is(
        409, "Number taken", "The number stands for somebody of another name.", "Give everybody a number of their own."
    ),
    "enrolment-claimed": _is(
        409, "Claimed already", "An account is bound to this number.", "Free it first, if it is the wrong one."
    ),
    "unknown-claim": _is(
        404,
        "Unknown code",
        "No enrolment waits for this code: it is mistyped, used, outworn, or was never given out.",
        "Type it as the provider gave it out, or ask the provider for a new one.",
    ),
    "too-many-claims": _is(
        503, "Too many codes tried", "One account tries only so many codes within an hour.", "Wait an hour."
    ),
    "signing-cap-reached": _is(
        503,
        "Signing cap reached",
        "The body's signatures for this purpose are used up for today, so nothing was signed.",
        "Try again after midnight UTC, or have the operator raise the cap.",
    ),
    "precondition-missing": _is(
        428,
        "Say what you read",
        "Others may have changed it since.",
        "Send If-Match with its ETag, or If-None-Match: *.",
    ),
    "precondition-failed": _is(412, "Changed meanwhile", "It is not what you read.", "Read it again, and change that."),
    "draft-changed": _is(412, "Changed meanwhile", "Somebody changed the draft since you read it.", "Read it again."),
    "too-many-webhooks": _is(409, "Enough webhooks", "A body has only so many webhooks.", "Remove one first."),
    "unknown-events": _is(422, "No such events", "There are no events of this kind.", "See the list of events."),
    "unfit-profile": _is(422, "Unfit profile", "The profile cannot be changed into this.", _READ_AGAIN),
    "job-ended": _is(
        409, "Ended already", "The job has come to its end, and nothing stops it now.", "Read its result."
    ),
    "unusable-share": _is(
        422, "Unusable share", "A share names credentials, for whom, why, and an end within a year.", _READ_AGAIN
    ),
    "no-such-share": _is(
        404,
        "Nothing under this link",
        "The share has ended, was taken back by the learner, or never was; a link does not tell which.",
        "Ask whoever gave it to you for another one.",
    ),
    "pin-needed": _is(403, "PIN needed", "This share opens with a PIN.", "Send the PIN beside the link."),
    "pin-wrong": _is(
        403, "Wrong PIN", "This is not the PIN of the share; after ten wrong ones it stays closed.", "Type it again."
    ),
    "consent-needed": _is(
        404,
        "Consent needed",
        "Whoever looks into a learner's account needs that learner's consent, or application.",
        "Ask the learner to consent, or to apply.",
    ),
    "erasure-not-confirmed": _is(
        422, "Not confirmed", "Who erases an account repeats its DID, because nothing brings it back.", _READ_AGAIN
    ),
    "closing-not-confirmed": _is(
        422, "Not confirmed", "Who closes an account repeats its name, because nothing brings it back.", _READ_AGAIN
    ),
    "other-accounts": _is(
        409,
        "Other accounts",
        "Closing would erase another learner's account of the same person, for which this key does not speak.",
        "Merge the accounts, or close all of it on the page of the account.",
    ),
    "erasure-not-yet": _is(
        409, "Not now", "An award is being made from this account; it is erased after that.", "Ask again later."
    ),
    "not-a-table": _is(
        415, "Not a table", "This resource takes a table: CSV, NDJSON or a JSON array.", "Set the Content-Type header."
    ),
    "unreadable-table": _is(
        400,
        "Table unreadable",
        "The table cannot be read to its end: its encoding, its columns, or a quote or bracket that does not close.",
        _READ_AGAIN,
    ),
    "upload-too-large": _is(413, "Table too large", "A table has at most 64 MiB.", "Send it in several parts."),
    "not-rehearsed": _is(
        409, "Nothing to confirm", "The table is not rehearsed yet, or could not be read.", "Look at the upload."
    ),
    "other-rehearsal": _is(
        409, "Another rehearsal", "The digest is not that of what the rehearsal found.", "Read the review again."
    ),
    "nothing-to-issue": _is(
        409, "Nothing to issue", "Every row failed, or was issued before.", "Mend the rows that failed; send them anew."
    ),
    "job-stopped": _is(409, "Stopped", "The job was stopped before its end.", "Ask for the work again."),
    "job-taken-over": _is(409, "Taken over", "Another worker has this job now.", "Look at the job."),
    "job-abandoned": _is(503, "Abandoned", "Several workers fell silent over this job.", _OPERATOR),
    "halted": _is(
        503,
        "Halted",
        "The operator has stopped issuing, awarding and redeeming, of the whole bank or of one body. Nothing was done. "
        "Reading, verifying, revoking and exporting go on.",
        "Send the same request again later, under the same key; Retry-After says when to look next.",
    ),
    "fence-stands": _is(
        409,
        "Fenced since a restore",
        "A backup was restored, so credits that were redeemed since then might look free. Redemption opens when ledger "
        "and chain agree.",
        "The operator runs `creditbank bank reconcile`.",
    ),
    "not-halted": _is(409, "Not halted", "There is no halt that could be lifted.", "GET /v1/halts lists the halts."),
    "reason-missing": _is(
        422, "Reason missing", "A halt needs a reason, and so does its end.", "Say in a line why; the audit keeps it."
    ),
    "unstated-purpose": _ours("Purpose missing", "Nothing is signed without saying what for."),
    "internal-error": _ours("Something went wrong", "The product broke a promise of its own."),
    "bad-settings": _is(500, "Settings unusable", "A setting of this bank cannot be used.", _OURS),
    "port-taken": _is(503, "Port taken", "Another program listens on the server's port.", _OURS),
    "not-loopback": _is(500, "Not this machine alone", "The chain is shown to this machine alone.", _OURS),
    "not-the-former-chain": _is(
        400, "Not the former chain", "The chain in use was named as the former one.", _OPERATOR
    ),
    "no-embedded-chain": _is(500, "No embedded chain", "The chain of this bank has a node of its own.", _OURS),
    "unusable-backup": _is(500, "Backup unusable", "The file is no whole backup of a bank.", _OPERATOR),
    "second-host": _is(503, "Another machine writes", "Another machine works with this SQLite file.", _OPERATOR),
    "not-an-empty-bank": _is(
        409, "Not an empty bank", "A bank is rebuilt into a database that knows nobody.", _OPERATOR
    ),
    "not-empty": _is(409, "Not empty", "A backup is restored into an empty place.", _OPERATOR),
    "unusable-database": _is(500, "Database unusable", "The database of this bank cannot be used.", _OURS),
    "schema-out-of-date": _is(503, "Database out of date", "The tables are not the expected ones.", _OURS),
    "database-unavailable": _is(503, "Database not available", "The database did not answer.", _LATER),
    "store-busy": _is(503, "Busy", "Others held the same rows for too long; nothing was written.", _LATER),
    "constraint-broken": _is(409, "Rule of the store broken", "The database refused a row that breaks a rule.", _OURS),
    "unstorable-value": _is(422, "Unstorable value", "A value cannot be stored, such as text with a NUL.", _READ_AGAIN),
}

UNNAMED: Final = Problem(500, "Something went wrong", "This is a fault of ours.", _OURS)


def problem_of(error: CreditBankError) -> Problem | None:
    """The row of an error; None when it has none of its own."""
    return PROBLEMS.get(type(error).slug) if "slug" in vars(type(error)) else None


def document(error: CreditBankError, instance: str) -> tuple[int, dict[str, Any]]:
    """The problem document of an error, with its status. An unmapped one says nothing but that we failed."""
    row = problem_of(error)
    if row is None or row.status == 500:
        return 500, _bare(UNNAMED, "error", instance)
    body = _bare(row, type(error).slug, instance)
    body["detail"] = error.sentence
    if error.place:
        body["place"] = error.place
    if error.next_step:
        body["nextStep"] = error.next_step
    if isinstance(error, CreditsAlreadyRedeemed):
        body |= _who_has_them(error)
    if isinstance(error, InvalidRequest):
        body["errors"] = [
            {"parameter" if fault.parameter else "pointer": fault.where, "detail": fault.sentence}
            for fault in error.faults
        ]
    return row.status, body


def _who_has_them(error: CreditsAlreadyRedeemed) -> dict[str, str]:
    """What a machine needs to go on: whose credits, how much is free, and the award, where that is known."""
    free = None if error.free is None else str(error.free)
    told = {"lot": error.lot or None, "free": free, "award": error.award or None}
    return {name: value for name, value in told.items() if value is not None}


def headers_of(error: CreditBankError, status: int) -> dict[str, str]:
    """The headers that belong to an error: how to sign in, when to come back."""
    if isinstance(error, NotSignedIn):
        return {"WWW-Authenticate": 'Bearer realm="creditbank"'}
    if (seconds := getattr(error, "retry_after", None)) is not None:
        return {"Retry-After": str(seconds)}
    return {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}


def _bare(row: Problem, slug: str, instance: str) -> dict[str, Any]:
    # `type` is a full path, not an absolute address: it leads to the page on the very server that answered
    return {"type": f"/problems/{slug}", "title": row.title, "status": row.status, "instance": instance}


def answer(error: CreditBankError, request: Request) -> JSONResponse:
    """The error as `application/problem+json`."""
    status, body = document(error, request.url.path)
    beneath = outward_of(request)
    body |= {name: beneath + body[name] for name in ("type", "instance")}
    if status == 500:
        log.error("unanswerable error %s of a %s", type(error).__name__, request.method)
    return JSONResponse(body, status, headers_of(error, status), MEDIA_TYPE)


def invalid(error: RequestValidationError) -> InvalidRequest:
    """The faults that validation found, with JSON pointers; what was sent is never repeated."""
    return InvalidRequest(tuple(_fault(found) for found in error.errors()))


def _fault(found: dict[str, Any]) -> FieldFault:
    source, *path = found["loc"] or ("body",)
    sentence = str(found["msg"])
    if found["type"] == "extra_forbidden":
        sentence = "This field is not known here"
    if source != "body":
        return FieldFault("/".join(str(step) for step in path), sentence, parameter=True)
    return FieldFault("".join(f"/{_escaped(step)}" for step in path), sentence)


def _escaped(step: object) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


def of_http(error: HTTPException) -> CreditBankError | None:
    """The error of ours that says what a router's own refusal says; None for one that has no counterpart."""
    if error.status_code == 404:
        return NoSuchResource()
    if error.status_code == 405:
        return MethodNotAllowed("This address does not take that method.")
    if error.status_code in (400, 422):
        return InvalidRequest((FieldFault("", "The request cannot be read."),))
    return None
