"""The chain as the operator sees it: node, account, fees, queue, and what needs a hand."""

from fastapi import APIRouter
from pydantic import Field

from creditbank.services.surveying_records import ChainStatus
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.problem_docs import GUARDED, declared
from creditbank_api.security import Admin, Scope, needs
from creditbank_api.v1.batches import BatchView
from creditbank_api.v1.shapes import Shape

router = APIRouter(tags=["chain"])


class FlightView(Shape):
    """A transaction on its way."""

    hash: str
    purpose: str
    sender: str
    nonce: int
    state: str
    recorded: str
    chain_id: int | None


class NeedView(Shape):
    """Something that needs a hand."""

    name: str
    sentence: str


class ChainView(Shape):
    """How the chain, the sending account and the queue stand. Amounts of wei are texts."""

    at: str
    chain_id: int
    chain: str
    test_chain: bool
    client: str
    head_number: int
    head_hash: str
    head_time: str
    final_block: int
    contracts: dict[str, str]
    code_matches: dict[str, bool]
    account: str
    admitted: bool
    balance_wei: str
    anchors_left: int | None = Field(description="At the most that may be paid; null where gas costs nothing")
    nonce_mined: int
    nonce_pending: int
    nonce_own: int = Field(description="The next one by the bank's own records")
    fee_needed_wei: str
    fee_most_wei: str
    fee_cap_wei: str | None
    anchor_gas: int | None
    leaves_waiting: int
    oldest_unanchored: str | None
    batches: list[BatchView]
    in_flight: list[FlightView]
    fee_waits: int
    needs: list[NeedView]

    @classmethod
    def of(cls, found: ChainStatus) -> "ChainView":
        """Shape what was found."""
        node, (number, hash, time) = found.node, found.head
        return cls(
            at=instant_text(found.at),
            chain_id=found.chain_id,
            chain=found.name,
            test_chain=found.test,
            client=node.client,
            head_number=number,
            head_hash=hash,
            head_time=instant_text(time),
            final_block=found.final,
            contracts=dict(found.contracts),
            code_matches=dict(node.contracts),
            account=found.account,
            admitted=found.admitted,
            balance_wei=str(node.balance),
            anchors_left=found.anchors_left,
            nonce_mined=node.nonce,
            nonce_pending=node.pending,
            nonce_own=found.own_nonce,
            fee_needed_wei=str(node.needed),
            fee_most_wei=str(node.most),
            fee_cap_wei=None if node.cap is None else str(node.cap),
            anchor_gas=found.gas,
            leaves_waiting=found.leaves_waiting,
            oldest_unanchored=None if found.oldest_unanchored is None else instant_text(found.oldest_unanchored),
            batches=[BatchView.of(one, found.name, found.test) for one in found.batches],
            in_flight=[
                FlightView(
                    hash=one.hash,
                    purpose=one.purpose,
                    sender=one.sender,
                    nonce=one.nonce,
                    state=str(one.state),
                    recorded=instant_text(one.recorded),
                    chain_id=one.chain_id,
                )
                for one in found.flights
            ],
            fee_waits=found.fee_waits,
            needs=[NeedView(name=one.name, sentence=one.sentence) for one in found.needs],
        )


@router.get(
    "/chain",
    dependencies=[needs(Scope.BANK_MANAGE)],
    responses=declared(*GUARDED, "chain-unavailable"),
)
def chain(bank: BankDep, caller: Admin) -> ChainView:
    """How the chain, the sending account and the queue stand, and what needs a hand."""
    return ChainView.of(bank.surveying.status())
