// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRedemptions} from "../../src/interfaces/IRedemptions.sol";
import {Issuers} from "../../src/Issuers.sol";
import {Redemptions} from "../../src/Redemptions.sol";
import {Symbolic} from "./Symbolic.sol";

/// @title No lot is spent beyond its total, and what is spent is the sum of its uses
/// @notice Written against the interface. That `spent` is the sum of all uses follows by induction: each call changes
/// `spent` of a lot by exactly what it changes uses of that lot, and touches no other use.
contract RedemptionsProof is Symbolic {
    IRedemptions internal redemptions;

    function setUp() public {
        Issuers issuers = new Issuers(address(0));
        redemptions = new Redemptions(issuers, address(0));
        svm.enableSymbolicStorage(address(issuers));
        svm.enableSymbolicStorage(address(redemptions));
    }

    /// @notice Sum <= total, whoever calls whatever.
    function check_spentStaysWithinTheTotal(bytes32 lot, address caller, uint64 time) external {
        (uint64 spent, uint64 total) = redemptions.lotOf(lot);
        vm.assume(spent <= total);
        anyCall(address(redemptions), "Redemptions", caller, time);
        (spent, total) = redemptions.lotOf(lot);
        assert(spent <= total);
    }

    /// @notice While a lot is in use its total stays; a lot that comes out of use has none.
    function check_theTotalOfALotInUseStays(bytes32 lot, address caller, uint64 time) external {
        (uint64 spent, uint64 total) = redemptions.lotOf(lot);
        vm.assume(spent != 0);
        anyCall(address(redemptions), "Redemptions", caller, time);
        (uint64 spentLater, uint64 totalLater) = redemptions.lotOf(lot);
        assert(spentLater == 0 ? totalLater == 0 : totalLater == total);
    }

    /// @notice One call never touches the uses of two awarding bodies.
    function check_nobodyTouchesAnothersUses(
        bytes32[2] calldata lots,
        bytes32[2] calldata awarders,
        bytes32[2] calldata awards,
        address caller,
        uint64 time
    ) external {
        vm.assume(awarders[0] != awarders[1]);
        uint64 one = redemptions.spentFor(lots[0], awarders[0], awards[0]);
        uint64 other = redemptions.spentFor(lots[1], awarders[1], awards[1]);
        anyCall(address(redemptions), "Redemptions", caller, time);
        assert(
            redemptions.spentFor(lots[0], awarders[0], awards[0]) == one ||
                redemptions.spentFor(lots[1], awarders[1], awards[1]) == other
        );
    }

    /// @notice A spend adds to the lot what it adds to its one use, and changes no other.
    function check_aSpendAddsWhatItUses(
        bytes32 lot,
        uint64 amount,
        uint64 total,
        bytes32 award,
        bytes32[3] calldata other,
        address caller
    ) external {
        bytes memory data = abi.encodeCall(IRedemptions.spend, (lot, amount, total, award));
        _addsUp(data, lot, award, award, other, caller);
    }

    /// @notice A release takes from the lot what it takes from its one use, and changes no other.
    function check_aReleaseTakesWhatItFrees(
        bytes32 lot,
        uint64 amount,
        bytes32 award,
        bytes32[3] calldata other,
        address caller
    ) external {
        _addsUp(abi.encodeCall(IRedemptions.release, (lot, amount, award)), lot, award, award, other, caller);
    }

    /// @notice A move takes from one use what it adds to the other, and changes no third.
    function check_aMoveKeepsTheSum(
        bytes32 lot,
        uint64 amount,
        bytes32 fromAward,
        bytes32 toAward,
        bytes32[3] calldata other,
        address caller
    ) external {
        bytes memory data = abi.encodeCall(IRedemptions.move, (lot, amount, fromAward, toAward));
        _addsUp(data, lot, fromAward, toAward, other, caller);
    }

    /// @notice A bundle counts wholly or not at all, whatever went before it in the same call; so does the one before.
    function check_aBundleCountsWhollyOrNotAtAll(
        bytes32[3] calldata lots,
        uint64[3] calldata amounts,
        uint64[3] calldata totals,
        bytes32[2] calldata awards,
        bytes32 awarder,
        address caller
    ) external {
        uint64[3] memory before = _usesOf(lots, awarder, awards);
        vm.prank(caller);
        try redemptions.spendBundles(_bundles(lots, amounts, totals, awards)) {} catch {
            _same(before, _usesOf(lots, awarder, awards));
            return;
        }
        uint64[3] memory later = _usesOf(lots, awarder, awards);
        // the first bundle has the first two uses, and the second bundle the third
        bool first = later[0] == amounts[0] && later[1] == amounts[1];
        bool second = later[2] == amounts[2];
        bool touchesFirst = lots[2] != 0 && awards[0] == awards[1] && (lots[2] == lots[0] || lots[2] == lots[1]);
        if (!first && !touchesFirst) assert(later[0] == before[0] && later[1] == before[1]);
        if (!second && !touchesFirst) assert(later[2] == before[2]);
    }

    /// @notice What bundles add to their uses they add to the sums of the lots: nothing is counted twice.
    function check_bundlesAddWhatTheyUse(
        bytes32 lot,
        bytes32 another,
        uint64[3] calldata amounts,
        uint64[3] calldata totals,
        bytes32[2] calldata awards,
        bytes32[3] calldata other,
        address caller
    ) external {
        bytes32[3] memory lots = [lot, another, lot];
        bool named = (other[0] == lot && (other[2] == awards[0] || other[2] == awards[1])) ||
            (other[0] == another && other[2] == awards[0]);
        uint64 aside = redemptions.spentFor(other[0], other[1], other[2]);
        uint256 before = _uses(lot, other[1], awards[0], awards[1]);
        (uint256 spent, ) = redemptions.lotOf(lot);
        vm.assume(another != lot);
        vm.prank(caller);
        try redemptions.spendBundles(_bundles(lots, amounts, totals, awards)) {} catch {}
        if (!named) assert(redemptions.spentFor(other[0], other[1], other[2]) == aside);
        (uint256 spentLater, ) = redemptions.lotOf(lot);
        uint256 later = _uses(lot, other[1], awards[0], awards[1]);
        if (later != before) assert(spentLater + before == spent + later);
    }

    /// @dev Two bundles: two uses for the first award, one for the second.
    function _bundles(
        bytes32[3] memory lots,
        uint64[3] memory amounts,
        uint64[3] memory totals,
        bytes32[2] memory awards
    ) private pure returns (IRedemptions.Bundle[] memory bundles) {
        bundles = new IRedemptions.Bundle[](2);
        bundles[0].award = awards[0];
        bundles[0].uses = new IRedemptions.Use[](2);
        bundles[1].award = awards[1];
        bundles[1].uses = new IRedemptions.Use[](1);
        for (uint256 place = 0; place < 2; ++place) {
            bundles[0].uses[place] = IRedemptions.Use(lots[place], amounts[place], totals[place]);
        }
        bundles[1].uses[0] = IRedemptions.Use(lots[2], amounts[2], totals[2]);
    }

    function _usesOf(
        bytes32[3] memory lots,
        bytes32 awarder,
        bytes32[2] memory awards
    ) private view returns (uint64[3] memory found) {
        found[0] = redemptions.spentFor(lots[0], awarder, awards[0]);
        found[1] = redemptions.spentFor(lots[1], awarder, awards[0]);
        found[2] = redemptions.spentFor(lots[2], awarder, awards[1]);
    }

    function _same(uint64[3] memory one, uint64[3] memory other) private pure {
        assert(one[0] == other[0] && one[1] == other[1] && one[2] == other[2]);
    }

    /// @dev `other` is any use (lot, awarder, award) that the call does not name; `other[1]` is also any awarder whose two
    /// named uses are looked at.
    function _addsUp(
        bytes memory data,
        bytes32 lot,
        bytes32 first,
        bytes32 second,
        bytes32[3] calldata other,
        address caller
    ) private {
        bool named = other[0] == lot && (other[2] == first || other[2] == second);
        uint64 aside = redemptions.spentFor(other[0], other[1], other[2]);
        uint256 before = _uses(lot, other[1], first, second);
        (uint256 spent, ) = redemptions.lotOf(lot);
        vm.prank(caller);
        (bool done, ) = address(redemptions).call(data);
        if (!named) assert(redemptions.spentFor(other[0], other[1], other[2]) == aside);
        (uint256 spentLater, ) = redemptions.lotOf(lot);
        uint256 later = _uses(lot, other[1], first, second);
        // where this awarder's uses changed, the lot's sum changed by as much
        if (later != before) assert(done && spentLater + before == spent + later);
    }

    function _uses(bytes32 lot, bytes32 awarder, bytes32 first, bytes32 second) private view returns (uint256 sum) {
        sum = redemptions.spentFor(lot, awarder, first);
        if (second != first) sum += redemptions.spentFor(lot, awarder, second);
    }
}
