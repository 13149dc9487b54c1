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

    constructor(IIssuers registry_, address predecessor_) Admissions(registry_) {
        predecessor = contractOrNone(predecessor_);
    }

    /// @inheritdoc IRedemptions
    function spend(bytes32 lot, uint64 amount, uint64 total, bytes32 award) external onlyAdmitted {
        if (lot == 0 || amount == 0 || award == 0) revert EmptyUse();
        Lot storage state = _lots[lot];
        uint64 spent = state.spent;
        if (spent == 0) state.total = total;
        else if (state.total != total) revert TotalDiffers(total, state.total);
        bytes32 awarder = _admissions[msg.sender].identity;
        uint64 known = _uses[lot][awarder][award];
        if (known == amount) return;
        if (known != 0) revert AlreadySpent(award, known);
        // `spent <= total` always holds here, so the subtraction cannot wrap and the sum below cannot overflow
        if (amount > total - spent) revert SpentBeyondTotal(amount, total - spent);
        state.spent = spent + amount;
        _uses[lot][awarder][award] = amount;
        emit Spent(lot, awarder, award, amount, total, msg.sender);
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

    function _take(bytes32 lot, uint64 amount, bytes32 awarder, bytes32 award) private {
        uint64 known = _uses[lot][awarder][award];
        if (amount > known) revert NotSpentThere(award, known);
        _uses[lot][awarder][award] = known - amount;
    }
}
