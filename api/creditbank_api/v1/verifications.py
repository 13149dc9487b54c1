"""Verification: no token, nothing stored, the same answer as the page and the command line."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ConfigDict, Field, JsonValue

from creditbank.bootstrap import Bank
from creditbank.canonical import canonical_json
from creditbank_api.dependencies import BankDep, gentle_verification
from creditbank_api.examining import File, examine
from creditbank_api.problem_docs import READING, declared
from creditbank_api.requests import JsonRoute, UploadRoute, upload_form, uploaded
from creditbank_api.threads import THREADS
from creditbank_api.v1.shapes import Line, Shape

router = APIRouter(tags=["verification"], route_class=JsonRoute)
uploads = APIRouter(tags=["verification"], route_class=UploadRoute)
PolicyName = Literal["live", "archival", "live+register", "archival+register"]
OPENING = ("nothing-given", "unrecognised-file", "unreadable-image", "several-credentials", "unreadable-pdf")
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "contentMediaType": "*/*"}},
                        "text": {"type": "string", "description": "A pasted credential, token or link"},
                    },
                }
            }
        },
    }
}
EXAMPLE: JsonValue = {
    "files": [{"name": "credential.json", "content": {"@context": ["…"], "type": ["VerifiableCredential"]}}]
}


class GivenFile(Shape):
    """One file: its JSON, or its exact text where every byte counts (a stacking proof, for instance)."""

    name: Line
    content: dict[str, Any] | Annotated[str, Field(max_length=1_048_576)]

    def as_file(self) -> File:
        """The bytes that are verified; an object is spelt canonically."""
        data = self.content.encode() if isinstance(self.content, str) else canonical_json(self.content)
        return File(self.name, data)


class VerificationRequest(Shape):
    """Files that belong together: credentials, presentations, an award with its proof, receipts."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    files: Annotated[tuple[GivenFile, ...], Field(min_length=1, max_length=200, strict=False)]
    policy: PolicyName = "live"


class VerificationView(Shape):
    """A report for each signed document, and what each file was taken for."""

    recognised: dict[str, str]
    reports: list[dict[str, Any]]


@router.post(
    "/verifications",
    response_model=VerificationView,
    dependencies=[Depends(gentle_verification)],
    responses=declared(*READING, *OPENING, "too-much-given", "not-a-credential"),
)
def verify(wanted: VerificationRequest, bank: BankDep) -> Response:
    """Verify documents. It does nothing, so it needs no key and no token, and keeps nothing."""
    return _verified(bank, [file.as_file() for file in wanted.files], wanted.policy)


@uploads.post(
    "/verifications/files",
    response_model=VerificationView,
    dependencies=[Depends(gentle_verification)],
    responses=declared(*READING, *OPENING, "refused-archive", "too-much-given", "not-a-credential"),
    openapi_extra=FORM,
)
async def verify_files(request: Request, bank: BankDep, policy: Annotated[PolicyName, Query()] = "live") -> Response:
    """Verify files as people have them: JSON, tokens, baked images, PDFs with attachments, verification kits."""
    async with upload_form(request) as form:
        files = [File(name, data) for name, data in await uploaded(form)]
    return await THREADS.do(_verified, bank, files, policy)


def _verified(bank: Bank, files: list[File], policy: str) -> Response:
    """The answer, spelt in the thread that verified: nobody else's waits for that."""
    found = examine(bank, files, policy)
    view = VerificationView(
        recognised={item.name: item.words for item in found.recognised},
        reports=[dict(report.to_json()) for report in found.reports],
    )
    return Response(view.model_dump_json(), media_type="application/json")


router.include_router(uploads)
