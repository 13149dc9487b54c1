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

    /// @notice A spend that is not refused counts: its award then uses exactly so much of the lot.
    function check_aSpendThatPassesCounts(
        bytes32 lot,
        uint64 amount,
        uint64 total,
        bytes32 award,
        address caller
    ) external {
        bytes32 awarder = bodyOf(address(redemptions), caller);
        vm.prank(caller);
        (bool done, ) = address(redemptions).call(abi.encodeCall(IRedemptions.spend, (lot, amount, total, award)));
        if (done) assert(redemptions.spentFor(lot, awarder, award) == amount);
    }

    /// @notice No spend changes a use that stands, its own included. With the law before it: a row of spends that all pass
    /// leaves all of them counted, however long it is.
    function check_aSpendChangesNoUseThatStands(
        bytes32 lot,
        uint64 amount,
        uint64 total,
        bytes32 award,
        bytes32[3] calldata any,
        address caller
    ) external {
        uint64 before = redemptions.spentFor(any[0], any[1], any[2]);
        vm.assume(before != 0);
        vm.prank(caller);
        (bool done, ) = address(redemptions).call(abi.encodeCall(IRedemptions.spend, (lot, amount, total, award)));
        done;
        assert(redemptions.spentFor(any[0], any[1], any[2]) == before);
    }

    /// @notice A bundle of two uses, as the contract calls it on itself, counts wholly or not at all.
    function check_aBundleOfTwoCountsWhollyOrNotAtAll(
        bytes32[2] calldata lots,
        uint64[2] calldata amounts,
        uint64[2] calldata totals,
        bytes32 award,
        address account
    ) external {
        bytes32 awarder = bodyOf(address(redemptions), account);
        uint64 first = redemptions.spentFor(lots[0], awarder, award);
        uint64 second = redemptions.spentFor(lots[1], awarder, award);
        IRedemptions.Bundle memory bundle = IRedemptions.Bundle(award, new IRedemptions.Use[](2));
        for (uint256 place = 0; place < 2; ++place) {
            bundle.uses[place] = IRedemptions.Use(lots[place], amounts[place], totals[place]);
        }
        vm.prank(address(redemptions));
        (bool done, ) = address(redemptions).call(abi.encodeCall(IRedemptions.spendBundle, (account, bundle)));
        uint64 firstLater = redemptions.spentFor(lots[0], awarder, award);
        uint64 secondLater = redemptions.spentFor(lots[1], awarder, award);
        if (done) assert(firstLater == amounts[0] && secondLater == amounts[1]);
        else assert(firstLater == first && secondLater == second);
    }

    /// @notice Nobody but the contract itself spends for an account.
    function check_nobodySpendsForAnAccount(bytes32 lot, bytes32 award, address account, address caller) external {
        vm.assume(caller != address(redemptions));
        IRedemptions.Bundle memory bundle = IRedemptions.Bundle(award, new IRedemptions.Use[](1));
        bundle.uses[0] = IRedemptions.Use(lot, 1, 1);
        vm.prank(caller);
        (bool done, ) = address(redemptions).call(abi.encodeCall(IRedemptions.spendBundle, (account, bundle)));
        assert(!done);
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
