"""What each custom error of the contracts means, in a sentence. The names are those of the Solidity
interfaces.
"""

from collections.abc import Mapping
from typing import Final

from creditbank.services.ports import ChainRefused

SENTENCES: Final[Mapping[str, str]] = {
    # ownership
    "NotOwner": "Only the owner of the registry may do this, and {caller} is not the owner.",
    "NotOfferedOwnership": "Ownership was not offered to {caller}.",
    # successors of contracts
    "NoContract": "At {account}, which should be the contract's predecessor, stands no contract.",
    # registrars and issuers
    "NotRegistrar": "{caller} is not an appointed registrar.",
    "NotIssuersRegistrar": "{caller} is not the registrar that oversees this issuer.",
    "NotController": "{caller} does not speak for this issuer.",
    "SameParty": "{account} would be both controller and registrar of one issuer.",
    "EmptyValue": "A digest, an account or a key was left empty.",
    "UnknownIssuer": "This issuer was never admitted.",
    "AlreadyAdmitted": "This issuer is admitted already.",
    "IssuerNotAdmitted": "This issuer is not admitted now.",
    "RegistrarServes": "The issuer's registrar {registrar} still serves, so nobody can take over.",
    "NothingOffered": "Control of this issuer was not offered to {caller}, or its recovery is not confirmed.",
    "StillOnNotice": "A recovery takes effect only after its notice has run.",
    "SuccessorKnown": "This issuer has named its successor before.",
    "UnfitSuccessor": "The successor is not admitted, is the issuer itself, or has itself been succeeded.",
    # keys
    "UnknownKey": "This issuer never had this key.",
    "KeyKnown": "This issuer has or had this key; a key is registered once.",
    "EmptyWindow": "A key must stop to count after it begins to count.",
    "WindowClosed": "A key's end can only be brought forward, and only before it has come.",
    "AlreadyRevoked": "This key is revoked already, and a revocation never moves.",
    "NotRevoked": "Only a revoked key can be under suspicion.",
    "SuspicionOutOfRange": "Suspicion must lie between the key's start and its revocation.",
    "AlreadySuspected": "The suspicion about this key is settled and never moves.",
    # banks of an issuer
    "BankAlreadyNamed": "The issuer already issues through the bank {bank}.",
    "BankNotNamed": "The issuer does not issue through the bank {bank}.",
    # admissions
    "NotOverseer": "{caller} is not a registrar that may decide about {account}.",
    "NotBodysOverseer": "Another registrar oversees the body {identity}, so {caller} admits no account for it.",
    "NotAdmitted": "{account} is not admitted now.",
    "AccountAlreadyAdmitted": "{account} is admitted already.",
    "IdentityDiffers": "This account was admitted for another body, and an account never changes hands.",
    "EmptyAdmission": "An account or an identity was left empty.",
    # anchors
    "EmptyTree": "A zero root, a size of zero or a sequence of zero is never written.",
    "SequenceNotRising": "The sequence {given} is not higher than the newest one, {newest}.",
    # redemptions; amounts are thousandths of a credit
    "EmptyUse": "A lot, an award or an amount was left empty.",
    "TotalDiffers": "The lot is in use with a total of {known} thousandths of a credit, not {given}.",
    "SpentBeyondTotal": "{amount} thousandths of a credit were asked, but the lot has only {available} left.",
    "AlreadySpent": "This award already uses {amount} thousandths of a credit of this lot.",
    "NotSpentThere": "The award uses only {amount} thousandths of a credit of this lot.",
    "UnfinishedBundle": "There was not enough gas to try all of what was asked.",
    "SameAward": "An amount cannot be moved to the award where it is.",
    # said by the chain, not by a contract of ours
    "Reverted": "The contract refused without giving a reason.",
    "Panic": "The contract stopped over a fault of its own.",
    "OutOfGas": "The call needs more gas than a block offers.",
    "InsufficientFunds": "The sending account cannot pay the fees of this chain.",
    "NonceUsed": "Another transaction of this account has this nonce.",
    "NonceGap": "An earlier transaction of this account is missing.",
    "Underpriced": "The node takes this transaction only for a higher fee.",
    "UnreadableTransaction": "These bytes are not a transaction that this chain takes.",
}


def refusal(reason: str, values: Mapping[str, object]) -> ChainRefused:
    """The refusal for a named reason, with what the contract said about it."""
    template = SENTENCES.get(reason, "The contract refused: " + reason + ".")
    try:
        return ChainRefused(reason, template.format_map(values))
    except KeyError:
        return ChainRefused(reason, f"The contract refused: {reason}.")
