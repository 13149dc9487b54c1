// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Admissions} from "./Admissions.sol";
import {IIssuers} from "./interfaces/IIssuers.sol";
import {IRedemptions} from "./interfaces/IRedemptions.sol";
import {ISuccession} from "./interfaces/ISuccession.sol";
import {contractOrNone} from "./Succession.sol";

/// @title Spent credits, lot by lot
contract Redemptions is IRedemptions, ISuccession, Admissions {
    struct Lot {
        uint64 spent;
        uint64 total;
    }

    mapping(bytes32 lot => Lot) private _lots;
    mapping(bytes32 lot => mapping(bytes32 awarder => mapping(bytes32 award => uint64))) private _uses;
    /// @inheritdoc ISuccession
    address public predecessor;
    mapping(bytes32 identity => address registrar) private _bodies;

    constructor(IIssuers registry_, address predecessor_) Admissions(registry_) {
        predecessor = contractOrNone(predecessor_);
    }

    /// @inheritdoc IRedemptions
    function spend(bytes32 lot, uint64 amount, uint64 total, bytes32 award) external onlyAdmitted {
        _spend(lot, amount, total, award, msg.sender);
    }

    /// @inheritdoc IRedemptions
    function spendBundles(Bundle[] calldata bundles) external onlyAdmitted {
        for (uint256 number = 0; number < bundles.length; ++number) {
            // a call to ourselves, since a call is what the machine undoes as a whole
            try this.spendBundle(msg.sender, bundles[number]) {} catch (bytes memory reason) {
                // no reason: it ran out of gas, and whoever estimates the gas must not take that for an answer
                if (reason.length == 0) revert UnfinishedBundle(bundles[number].award);
                bytes32 awarder = _admissions[msg.sender].identity;
                emit Refused(awarder, bundles[number].award, msg.sender, reason);
            }
        }
    }

    /// @inheritdoc IRedemptions
    function spendBundle(address account, Bundle calldata bundle) external {
        if (msg.sender != address(this)) revert NotAdmitted(msg.sender);
        if (bundle.uses.length == 0) revert EmptyUse();
        for (uint256 number = 0; number < bundle.uses.length; ++number) {
            Use calldata one = bundle.uses[number];
            _spend(one.lot, one.amount, one.total, bundle.award, account);
        }
    }

    /// @inheritdoc IRedemptions
    function move(bytes32 lot, uint64 amount, bytes32 fromAward, bytes32 toAward) external onlyAdmitted {
        if (amount == 0 || toAward == 0) revert EmptyUse();
        if (fromAward == toAward) revert SameAward(fromAward);
        bytes32 awarder = _admissions[msg.sender].identity;
        _take(lot, amount, awarder, fromAward);
        _uses[lot][awarder][toAward] += amount;
        emit Moved(lot, awarder, toAward, fromAward, amount, msg.sender);
    }

    /// @inheritdoc IRedemptions
    function release(bytes32 lot, uint64 amount, bytes32 award) external onlyAdmitted {
        if (amount == 0) revert EmptyUse();
        bytes32 awarder = _admissions[msg.sender].identity;
        _take(lot, amount, awarder, award);
        Lot storage state = _lots[lot];
        state.spent -= amount;
        // a total that the first spender got wrong dies with its last use, or it would block the lot for ever
        if (state.spent == 0) state.total = 0;
        emit Released(lot, awarder, award, amount, msg.sender);
    }

    /// @inheritdoc IRedemptions
    function lotOf(bytes32 lot) external view returns (uint64 spent, uint64 total) {
        Lot storage state = _lots[lot];
        return (state.spent, state.total);
    }

    /// @inheritdoc IRedemptions
    function spentFor(bytes32 lot, bytes32 awarder, bytes32 award) external view returns (uint64) {
        return _uses[lot][awarder][award];
    }

    /// @inheritdoc IRedemptions
    function bundlesSpent(bytes32 awarder, Bundle[] calldata bundles) external view returns (bool[] memory spent) {
        spent = new bool[](bundles.length);
        for (uint256 number = 0; number < bundles.length; ++number) {
            Bundle calldata bundle = bundles[number];
            bool whole = bundle.uses.length != 0;
            for (uint256 place = 0; place < bundle.uses.length && whole; ++place) {
                Use calldata one = bundle.uses[place];
                whole = one.amount != 0 && _uses[one.lot][awarder][bundle.award] == one.amount;
            }
            spent[number] = whole;
        }
    }

    function _spend(bytes32 lot, uint64 amount, uint64 total, bytes32 award, address account) private {
        if (lot == 0 || amount == 0 || award == 0) revert EmptyUse();
        Lot storage state = _lots[lot];
        uint64 spent = state.spent;
        if (spent == 0) state.total = total;
        else if (state.total != total) revert TotalDiffers(total, state.total);
        bytes32 awarder = _admissions[account].identity;
        uint64 known = _uses[lot][awarder][award];
        if (known == amount) return;
        if (known != 0) revert AlreadySpent(award, known);
        // `spent <= total` always holds here, so the subtraction cannot wrap and the sum below cannot overflow
        if (amount > total - spent) revert SpentBeyondTotal(amount, total - spent);
        state.spent = spent + amount;
        _uses[lot][awarder][award] = amount;
        emit Spent(lot, awarder, award, amount, total, account);
    }

    function _take(bytes32 lot, uint64 amount, bytes32 awarder, bytes32 award) private {
        uint64 known = _uses[lot][awarder][award];
        if (amount > known) revert NotSpentThere(award, known);
        _uses[lot][awarder][award] = known - amount;
    }

    function _overseers() internal view override returns (mapping(bytes32 identity => address registrar) storage) {
        return _bodies;
    }
}
