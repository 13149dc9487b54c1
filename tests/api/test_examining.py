"""What is handed in at the pages and the API is judged as it is on the command line."""

from creditbank.canonical import canonical_json, load_object
from creditbank_api.examining import File, examine


def test_an_altered_copy_of_a_stacked_credential_gets_a_report_of_its_own(house):
    award, evaluation = house.made, house.evaluations[-1]
    used = [row["credential"] for row in evaluation.document["result"]["uses"]]
    with house.bank.store.transaction() as tx:
        stacked = [tx.get_credential(id).signed for id in used]
    altered = load_object(stacked[0])
    altered["name"] = "Another name"
    files = [
        File("award.json", award.signed),
        File("proof.json", award.proof),
        *[File(f"{number}.json", signed) for number, signed in enumerate(stacked)],
        File("altered.json", canonical_json(altered)),
    ]
    reports = examine(house.bank, files, "live").reports
    (copy,) = [report for report in reports if report.title == "Another name"]
    assert copy.verdict == "rejected"
    assert copy.check("proof.signature").outcome == "failed"
