"""What a shared link shows: each credential with its report as it is now, an award with the units it was built from."""

from dataclasses import dataclass

from creditbank.bootstrap import Bank
from creditbank.services.shares import Opened
from creditbank_api.examining import Examination, File, examine
from creditbank_api.reading import zipped


@dataclass(frozen=True, slots=True)
class Showing:
    """An opened share with the reports on what it holds. `lacking` counts what the bank does not hold any more."""

    opened: Opened
    examined: Examination | None
    lacking: int


def show(bank: Bank, opened: Opened) -> Showing:
    """Verify what was shared, by the very parser and checks that anybody's own files go through."""
    files = []
    for number, issued in enumerate(opened.credentials, start=1):
        with bank.store.transaction() as tx:
            award = tx.find_award(issued.id)
        if award is not None and award.proof is not None:
            files.append(File(f"award-{number}.zip", zipped(bank.kits.of_award(award))))
        else:
            files.append(File(f"credential-{number}.{'jwt' if issued.token else 'json'}", issued.signed))
    lacking = len(opened.share.credentials) - len(files)
    return Showing(opened, examine(bank, files, "live") if files else None, lacking)
