// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Redemptions} from "../src/Redemptions.sol";
import {IAdmissions} from "../src/interfaces/IAdmissions.sol";
import {IRedemptions} from "../src/interfaces/IRedemptions.sol";
import {Rules} from "./Rules.sol";

contract RedemptionsRulesTest is Rules {
    Redemptions internal redemptions;
    address internal constant NORTH = address(0xd1);
    address internal constant NORTH_TOO = address(0xd2);
    address internal constant SOUTH = address(0xd3);
    bytes32 internal constant NORTHERN = "north";
    bytes32 internal constant SOUTHERN = "south";
    bytes32 internal constant LOT = "lot";
    bytes32 internal constant AWARD = "award";

    function setUp() public {
        begin();
        redemptions = makeRedemptions(issuers, address(0));
        vm.prank(AGENCY);
        redemptions.admit(NORTH, NORTHERN);
        vm.prank(AGENCY);
        redemptions.admit(NORTH_TOO, NORTHERN);
        vm.prank(AGENCY);
        redemptions.admit(SOUTH, SOUTHERN);
    }

    function spend(address who, uint64 amount, uint64 total, bytes32 award) private {
        vm.prank(who);
        redemptions.spend(LOT, amount, total, award);
    }

    function lotIs(uint64 spent, uint64 total) private view {
        (uint64 found, uint64 whole) = redemptions.lotOf(LOT);
        same(found, spent, "as much is spent");
        same(whole, total, "of as much");
    }

    function bundle(bytes32 award, uint64 first, uint64 second) private pure returns (IRedemptions.Bundle memory made) {
        made.award = award;
        made.uses = new IRedemptions.Use[](second == 0 ? 1 : 2);
        made.uses[0] = IRedemptions.Use(LOT, first, 10);
        if (second != 0) made.uses[1] = IRedemptions.Use("another lot", second, 10);
    }

    function one(IRedemptions.Bundle memory made) private pure returns (IRedemptions.Bundle[] memory list) {
        list = new IRedemptions.Bundle[](1);
        list[0] = made;
    }

    function test_onlyWhoIsAdmittedCounts() external {
        spend(NORTH, 1, 10, AWARD);
        bytes memory reason = abi.encodeWithSelector(IAdmissions.NotAdmitted.selector, STRANGER);
        refuses(STRANGER, reason);
        redemptions.spend(LOT, 1, 10, AWARD);
        refuses(STRANGER, reason);
        redemptions.spendBundles(one(bundle(AWARD, 1, 0)));
        refuses(STRANGER, reason);
        redemptions.move(LOT, 1, AWARD, "other");
        refuses(STRANGER, reason);
        redemptions.release(LOT, 1, AWARD);
        refuses(STRANGER, reason);
        redemptions.spendBundle(NORTH, bundle(AWARD, 1, 0));
    }

    function test_nothingEmptyIsSpentMovedOrReleased() external {
        spend(NORTH, 3, 10, AWARD);
        bytes memory reason = abi.encodeWithSelector(IRedemptions.EmptyUse.selector);
        refuses(NORTH, reason);
        redemptions.spend(0, 1, 10, AWARD);
        refuses(NORTH, reason);
        redemptions.spend(LOT, 0, 10, AWARD);
        refuses(NORTH, reason);
        redemptions.spend(LOT, 1, 10, 0);
        refuses(NORTH, reason);
        redemptions.move(LOT, 0, AWARD, "other");
        refuses(NORTH, reason);
        redemptions.move(LOT, 1, AWARD, 0);
        refuses(NORTH, reason);
        redemptions.release(LOT, 0, AWARD);
        refuses(address(redemptions), reason);
        redemptions.spendBundle(NORTH, IRedemptions.Bundle(AWARD, new IRedemptions.Use[](0)));
    }

    function test_aSpendIsToldAndKept() external {
        tells(NORTH, address(redemptions));
        emit IRedemptions.Spent(LOT, NORTHERN, AWARD, 4, 10, NORTH);
        redemptions.spend(LOT, 4, 10, AWARD);
        lotIs(4, 10);
        same(redemptions.spentFor(LOT, NORTHERN, AWARD), 4, "the use is kept");
        same(redemptions.spentFor(LOT, SOUTHERN, AWARD), 0, "of nobody else");
        same(redemptions.spentFor("another lot", NORTHERN, AWARD), 0, "of no other lot");
        same(redemptions.spentFor(LOT, NORTHERN, "other"), 0, "for no other award");
    }

    function test_theSameSpendAgainChangesNothing() external {
        spend(NORTH, 4, 10, AWARD);
        strict.recordLogs();
        spend(NORTH, 4, 10, AWARD);
        spend(NORTH_TOO, 4, 10, AWARD);
        silent();
        lotIs(4, 10);
    }

    function test_anAwardUsesALotOnce() external {
        spend(NORTH, 4, 10, AWARD);
        refuses(NORTH, abi.encodeWithSelector(IRedemptions.AlreadySpent.selector, AWARD, uint64(4)));
        redemptions.spend(LOT, 5, 10, AWARD);
        refuses(NORTH, abi.encodeWithSelector(IRedemptions.AlreadySpent.selector, AWARD, uint64(4)));
        redemptions.spend(LOT, 3, 10, AWARD);
    }

    function test_theFirstUseFixesTheTotal() external {
        spend(NORTH, 4, 10, AWARD);
        refuses(SOUTH, abi.encodeWithSelector(IRedemptions.TotalDiffers.selector, uint64(11), uint64(10)));
        redemptions.spend(LOT, 1, 11, AWARD);
        refuses(NORTH, abi.encodeWithSelector(IRedemptions.TotalDiffers.selector, uint64(9), uint64(10)));
        redemptions.spend(LOT, 4, 9, AWARD);
    }

    function test_noMoreThanTheTotalIsSpent() external {
        refuses(NORTH, abi.encodeWithSelector(IRedemptions.SpentBeyondTotal.selector, uint64(11), uint64(10)));
        redemptions.spend(LOT, 11, 10, AWARD);
        lotIs(0, 0);
        spend(NORTH, 4, 10, AWARD);
        refuses(SOUTH, abi.encodeWithSelector(IRedemptions.SpentBeyondTotal.selector, uint64(7), uint64(6)));
        redemptions.spend(LOT, 7, 10, AWARD);
        spend(SOUTH, 6, 10, AWARD);
        lotIs(10, 10);
    }

    function test_amountsMoveBetweenAwardsOfOneBody() external {
        spend(NORTH, 4, 10, AWARD);
        spend(NORTH, 2, 10, "other");
        tells(NORTH_TOO, address(redemptions));
        emit IRedemptions.Moved(LOT, NORTHERN, "other", AWARD, 3, NORTH_TOO);
        redemptions.move(LOT, 3, AWARD, "other");
        same(redemptions.spentFor(LOT, NORTHERN, AWARD), 1, "it was taken");
        same(redemptions.spentFor(LOT, NORTHERN, "other"), 5, "and added");
        lotIs(6, 10);
        refuses(NORTH, abi.encodeWithSelector(IRedemptions.NotSpentThere.selector, AWARD, uint64(1)));
        redemptions.move(LOT, 2, AWARD, "other");
        refuses(NORTH, abi.encodeWithSelector(IRedemptions.SameAward.selector, AWARD));
        redemptions.move(LOT, 1, AWARD, AWARD);
        refuses(SOUTH, abi.encodeWithSelector(IRedemptions.NotSpentThere.selector, AWARD, uint64(0)));
        redemptions.move(LOT, 1, AWARD, "other");
    }

    function test_aReleaseGivesBackAndTheLastOneTakesTheTotalAlong() external {
        spend(NORTH, 4, 10, AWARD);
        refuses(SOUTH, abi.encodeWithSelector(IRedemptions.NotSpentThere.selector, AWARD, uint64(0)));
        redemptions.release(LOT, 4, AWARD);
        refuses(NORTH, abi.encodeWithSelector(IRedemptions.NotSpentThere.selector, AWARD, uint64(4)));
        redemptions.release(LOT, 5, AWARD);
        tells(NORTH_TOO, address(redemptions));
        emit IRedemptions.Released(LOT, NORTHERN, AWARD, 1, NORTH_TOO);
        redemptions.release(LOT, 1, AWARD);
        lotIs(3, 10);
        same(redemptions.spentFor(LOT, NORTHERN, AWARD), 3, "the rest stays");
        vm.prank(NORTH);
        redemptions.release(LOT, 3, AWARD);
        lotIs(0, 0);
        spend(SOUTH, 5, 20, AWARD);
        lotIs(5, 20);
    }

    function test_aBundleThatIsRefusedIsToldWithItsReasonAndHoldsUpNoOther() external {
        IRedemptions.Bundle[] memory three = new IRedemptions.Bundle[](3);
        three[0] = bundle("first", 4, 1);
        three[1] = bundle("second", 7, 2);
        three[2] = bundle("third", 6, 0);
        tells(NORTH, address(redemptions));
        bytes memory reason = abi.encodeWithSelector(IRedemptions.SpentBeyondTotal.selector, uint64(7), uint64(6));
        emit IRedemptions.Refused(NORTHERN, "second", NORTH, reason);
        redemptions.spendBundles(three);
        lotIs(10, 10);
        (uint64 beside, ) = redemptions.lotOf("another lot");
        same(beside, 1, "nothing of the refused one counts");
        bool[] memory told = redemptions.bundlesSpent(NORTHERN, three);
        holds(told.length == 3 && told[0] && !told[1] && told[2], "another bundle counts");
    }

    function test_aSpendInABundleIsToldUnderTheAccountThatAsked() external {
        tells(NORTH, address(redemptions));
        emit IRedemptions.Spent(LOT, NORTHERN, AWARD, 4, 10, NORTH);
        redemptions.spendBundles(one(bundle(AWARD, 4, 0)));
    }

    function test_anEmptyBundleIsRefused() external {
        IRedemptions.Bundle[] memory empty = one(IRedemptions.Bundle(AWARD, new IRedemptions.Use[](0)));
        tells(NORTH, address(redemptions));
        emit IRedemptions.Refused(NORTHERN, AWARD, NORTH, abi.encodeWithSelector(IRedemptions.EmptyUse.selector));
        redemptions.spendBundles(empty);
        holds(!redemptions.bundlesSpent(NORTHERN, empty)[0], "an empty bundle counts");
    }

    function test_aBundleCountsWhereEachOfItsUsesStandsExactly() external {
        vm.prank(NORTH);
        redemptions.spendBundles(one(bundle(AWARD, 4, 1)));
        holds(redemptions.bundlesSpent(NORTHERN, one(bundle(AWARD, 4, 1)))[0], "it counts");
        holds(!redemptions.bundlesSpent(NORTHERN, one(bundle(AWARD, 3, 1)))[0], "not with another first");
        holds(!redemptions.bundlesSpent(NORTHERN, one(bundle(AWARD, 4, 2)))[0], "nor with another second");
        holds(!redemptions.bundlesSpent(SOUTHERN, one(bundle(AWARD, 4, 1)))[0], "nor for somebody else");
        holds(!redemptions.bundlesSpent(NORTHERN, one(bundle("other", 4, 1)))[0], "nor for another award");
        holds(!redemptions.bundlesSpent(NORTHERN, one(bundle("other", 0, 0)))[0], "nothing is no use");
    }

    function test_aBundleThatRanOutOfGasIsNoRefusal() external {
        // enough for the frame, and not for what the bundle writes
        vm.prank(NORTH);
        strict.expectRevert(abi.encodeWithSelector(IRedemptions.UnfinishedBundle.selector, AWARD));
        redemptions.spendBundles{gas: 60_000}(one(bundle(AWARD, 4, 1)));
        lotIs(0, 0);
    }

    function test_whoWasWithdrawnReleasesNothingAndTheBodysNextAccountDoes() external {
        spend(NORTH, 4, 10, AWARD);
        vm.prank(AGENCY);
        redemptions.withdraw(NORTH);
        refuses(NORTH, abi.encodeWithSelector(IAdmissions.NotAdmitted.selector, NORTH));
        redemptions.release(LOT, 4, AWARD);
        holds(redemptions.overseerOf(NORTHERN) == AGENCY, "the body is with somebody else");
        vm.prank(NORTH_TOO);
        redemptions.release(LOT, 4, AWARD);
        lotIs(0, 0);
    }
}
