"""The routes of the pages. Each reads the request, asks a service, and renders."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from creditbank.bootstrap import Bank
from creditbank.canonical import pretty_json
from creditbank.errors import BadInput
from creditbank.services.records import EvaluationRecord
from creditbank_api.dependencies import BankDep, gentle_verification
from creditbank_api.errors import NoSuchResource, NotSignedIn, ReceiptNotReady
from creditbank_api.examining import File, examine
from creditbank_api.problems import PROBLEMS
from creditbank_api.reading import award_for, check_command, held_credential, receipt_of, zipped
from creditbank_api.requests import StrictRoute, UploadRoute, upload_form, uploaded
from creditbank_api.security import Caller, hidden
from creditbank_api.v1.credentials import CREDENTIAL_TYPE
from creditbank_api.v1.shapes import urn
from creditbank_api.web import session
from creditbank_api.web.account import account_page
from creditbank_api.web.flags import flags_on
from creditbank_api.web.holdings import offer_rows
from creditbank_api.web.owners import learner_rooms
from creditbank_api.web.rendering import page
from creditbank_api.web.reports import report_view
from creditbank_api.web.samples import sample_index
from creditbank_api.web.session import Visitor, VisitorDep
from creditbank_api.web.weighing import award_page, not_weighed_page, qualification_page, what_if_page

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
uploads = APIRouter(route_class=UploadRoute, include_in_schema=False)


def _own(visitor: Visitor | None) -> Caller:
    """The caller behind a private page; raises `NotSignedIn`, alike for addresses that exist and that do not."""
    if visitor is None:
        raise NotSignedIn(
            "This page opens with the token of the person it is about.", next_step="Sign in, then open it again."
        )
    return visitor.caller


# -- verify


@router.get("/")
def verify_form(request: Request, visitor: VisitorDep) -> HTMLResponse:
    """One box that takes what somebody received."""
    return page(request, "verify.html", {"problem": None}, here="verify", visitor=visitor)


@uploads.post("/verify", dependencies=[Depends(gentle_verification)])
async def verify(request: Request, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """The report on what was given; nothing of it is kept."""
    async with upload_form(request) as form:
        files = [File(name, data) for name, data in await uploaded(form)]
        policy = "archival" if form.get("policy") == "archival" else "live"
    return await run_in_threadpool(_verified, request, bank, visitor, files, policy)


def _verified(request: Request, bank: Bank, visitor: Visitor | None, files: list[File], policy: str) -> HTMLResponse:
    try:
        found = examine(bank, files, policy)
    except BadInput as problem:
        return page(request, "verify.html", {"problem": problem}, here="verify", visitor=visitor, status=400)
    values = {
        "reports": [report_view(report, found.documents) for report in found.reports],
        "recognised": found.recognised,
        "checked_at": bank.clock.now(),
    }
    return page(request, "report.html", values, here="verify", visitor=visitor)


# -- a learner's own pages


@router.get("/learners/{id}")
def account(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """A learner's account, for that learner."""
    learner = _of_learner(id, visitor)
    with hidden():
        values = account_page(bank, learner)
        offers = offer_rows(bank, learner)
    own = visitor is not None and visitor.caller.is_learner
    shown = {"page": values, "offers": offers, "own": own, "form_token": visitor.form_token if visitor else ""}
    shown["rooms"] = learner_rooms(bank, learner, "") if own else ()
    return page(request, "account.html", shown, here="account", visitor=visitor)


@router.get("/learners/{id}/qualifications/{qualification}")
def qualification(
    request: Request,
    id: str,
    qualification: str,
    bank: BankDep,
    visitor: VisitorDep,
    evaluation: Annotated[str, Query(max_length=60)] = "",
) -> HTMLResponse:
    """A qualification with its stacking tree, by the newest evaluation or the one that is named."""
    learner = _of_learner(id, visitor)
    with hidden(), bank.store.transaction() as tx:
        tx.get_learner(learner)
        records = [record for record in tx.evaluations_of(learner) if record.qualification == qualification]
    records.sort(key=lambda record: (record.evaluated, record.id), reverse=True)
    with hidden():
        if not records:
            return page(
                request,
                "not_weighed.html",
                {"page": not_weighed_page(bank, learner, qualification)},
                here="account",
                visitor=visitor,
            )
        values = qualification_page(bank, _chosen(records, evaluation), records)
    return page(request, "qualification.html", {"page": values}, here="account", visitor=visitor)


@router.get("/learners/{id}/qualifications/{qualification}/what-if")
def what_if(
    request: Request,
    id: str,
    qualification: str,
    bank: BankDep,
    visitor: VisitorDep,
    evaluation: Annotated[str, Query(max_length=60)] = "",
    planned: Annotated[list[str], Query(max_length=50)] = [],  # noqa: B006 -- FastAPI copies it
) -> HTMLResponse:
    """What would be if further achievements were earned, asked as an evaluation asked; nothing of it is kept."""
    learner = _of_learner(id, visitor)
    with hidden():
        with bank.store.transaction() as tx:
            tx.get_learner(learner)
            records = [record for record in tx.evaluations_of(learner) if record.qualification == qualification]
        records.sort(key=lambda record: (record.evaluated, record.id), reverse=True)
        if not records:
            raise NoSuchResource
        values = what_if_page(bank, _chosen(records, evaluation), planned)
    return page(request, "what_if.html", {"page": values}, here="account", visitor=visitor)


def _chosen(records: Sequence[EvaluationRecord], evaluation: str) -> EvaluationRecord:
    if not evaluation:
        return records[0]
    for record in records:
        if record.id == urn(evaluation):
            return record
    raise NoSuchResource


def _of_learner(id: str, visitor: Visitor | None) -> str:
    caller = _own(visitor)
    learner = str(urn(id))
    if not caller.is_admin and not (caller.is_learner and caller.subject == learner):
        raise NoSuchResource
    return learner


# -- files


@router.get("/credentials/{id}.json")
def credential_file(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """A credential as a file, exact bytes."""
    issued = held_credential(bank, str(urn(id)), _own(visitor))
    return _file(issued.signed, f"credential-{session.short(issued.id)}.json", CREDENTIAL_TYPE)


@router.get("/credentials/{id}/receipt.json")
def receipt_file(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """The receipt of a credential as a file."""
    issued = held_credential(bank, str(urn(id)), _own(visitor))
    found = receipt_of(bank, issued.id)
    if found is None:
        raise ReceiptNotReady(
            "The credential is not anchored for good yet.", next_step="Come back after the next batch."
        )
    name = f"credential-{session.short(issued.id)}.receipt.json"
    return _file(pretty_json(found.document), name, "application/json")


@router.get("/credentials/{id}/kit.zip")
def credential_kit(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """A credential with everything that it takes to check it offline."""
    issued = held_credential(bank, str(urn(id)), _own(visitor))
    return _file(
        zipped(bank.kits.of_credential(issued.id)), f"credential-{session.short(issued.id)}.zip", "application/zip"
    )


# -- awards


@router.get("/awards/{id}")
def award(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """An award with its proof, for the learner who has it and the university that made it."""
    caller = _own(visitor)
    record = award_for(bank, str(urn(id)), caller)
    own = caller.is_any_of(record.learner)
    values = {
        "page": award_page(bank, record, for_learner=own),
        "check": check_command("award-kit.zip"),
        "flags": flags_on(bank, record, caller),
    }
    return page(request, "award.html", values, visitor=visitor)


@router.get("/awards/{id}/{name}")
def award_file(request: Request, id: str, name: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """The award, its proof, or the whole verification kit, as a file."""
    record = award_for(bank, str(urn(id)), _own(visitor))
    if record.signed is None or record.proof is None:
        raise NoSuchResource
    if name == "award.json":
        return _file(record.signed, name, CREDENTIAL_TYPE)
    if name == "stacking-proof.json":
        return _file(record.proof, name, "application/json")
    if name == "kit.zip":
        return _file(zipped(bank.kits.of_award(record)), "award-kit.zip", "application/zip")
    raise NoSuchResource


def _file(content: bytes, name: str, media_type: str) -> Response:
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})


# -- samples and explanations


@router.get("/demo")
def demo(request: Request, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """Where to find the pages of the samples; only where the bank holds some."""
    index = sample_index(bank, visitor.caller if visitor else None)
    if not index.learners:
        raise NoSuchResource
    return page(
        request, "demo.html", {"learners": index.learners, "bodies": index.bodies}, here="demo", visitor=visitor
    )


@router.get("/problems")
def problem_list(request: Request, visitor: VisitorDep) -> HTMLResponse:
    """Every error by name."""
    return page(request, "problems.html", {"problems": sorted(PROBLEMS.items())}, visitor=visitor)


@router.get("/problems/{slug}")
def problem(request: Request, slug: str, visitor: VisitorDep) -> HTMLResponse:
    """What one error means and what helps."""
    if slug not in PROBLEMS:
        raise NoSuchResource
    return page(request, "problem.html", {"problem": PROBLEMS[slug], "slug": slug}, visitor=visitor)


router.include_router(uploads)
