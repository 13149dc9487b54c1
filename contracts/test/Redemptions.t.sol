// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Issuers} from "../src/Issuers.sol";
import {Redemptions} from "../src/Redemptions.sol";
import {Cheats} from "./Cheats.sol";

/// @notice Three awarders who try anything on two lots; refusals are counted as such and the books kept beside.
contract Awarders is Cheats {
    Redemptions public immutable redemptions;
    bytes32[2] public lots = [bytes32("lot one"), bytes32("lot two")];
    bytes32[3] public awards = [bytes32("award one"), bytes32("award two"), bytes32("award three")];
    address[3] public accounts = [address(0xa1), address(0xa2), address(0xa3)];

    constructor(Redemptions redemptions_) {
        redemptions = redemptions_;
    }

    function identity(uint256 who) public pure returns (bytes32) {
        return keccak256(abi.encode("awarder", who % 3));
    }

    function spend(uint256 who, uint256 lot, uint64 amount, uint64 total, uint256 award) external {
        vm.prank(accounts[who % 3]);
        redemptions.spend(lots[lot % 2], amount % 12, total % 3 == 0 ? 20 : 10, awards[award % 3]);
    }

    function move(uint256 who, uint256 lot, uint64 amount, uint256 from, uint256 to) external {
        vm.prank(accounts[who % 3]);
        redemptions.move(lots[lot % 2], amount % 12, awards[from % 3], awards[to % 3]);
    }

    function release(uint256 who, uint256 lot, uint64 amount, uint256 award) external {
        vm.prank(accounts[who % 3]);
        redemptions.release(lots[lot % 2], amount % 12, awards[award % 3]);
    }

    function spendUnbounded(uint256 who, uint256 lot, uint64 amount, uint64 total, uint256 award) external {
        vm.prank(accounts[who % 3]);
        redemptions.spend(lots[lot % 2], amount, total, awards[award % 3]);
    }
}

contract RedemptionsTest is Cheats {
    Redemptions internal redemptions;
    Awarders internal awarders;
    address[] private targets;

    function setUp() public {
        Issuers issuers = new Issuers(address(0));
        issuers.appointRegistrar(address(this));
        redemptions = new Redemptions(issuers, address(0));
        awarders = new Awarders(redemptions);
        for (uint256 who = 0; who < 3; ++who) redemptions.admit(awarders.accounts(who), awarders.identity(who));
        targets.push(address(awarders));
    }

    function targetContracts() external view returns (address[] memory) {
        return targets;
    }

    function invariant_whatIsSpentIsTheSumOfTheUsesAndNeverMoreThanTheTotal() external view {
        for (uint256 lot = 0; lot < 2; ++lot) {
            uint256 sum = 0;
            for (uint256 who = 0; who < 3; ++who) {
                for (uint256 award = 0; award < 3; ++award) {
                    sum += redemptions.spentFor(
                        awarders.lots(lot),
                        awarders.identity(who),
                        awarders.awards(award)
                    );
                }
            }
            (uint64 spent, uint64 total) = redemptions.lotOf(awarders.lots(lot));
            same(spent, sum, "spent is the sum of the uses");
            holds(spent <= total, "spent stays within the total");
            holds(spent != 0 || total == 0, "a lot that nobody uses has no total");
        }
    }

    function testFuzz_twoSpendsNeverExceedTheTotal(uint64 first, uint64 second, uint64 total) external {
        vm.assume(first != 0 && first <= total && second != 0);
        vm.prank(awarders.accounts(0));
        redemptions.spend("lot", first, total, "award");
        vm.prank(awarders.accounts(1));
        if (second > total - first) vm.expectRevert();
        redemptions.spend("lot", second, total, "award");
    }

    function testFuzz_strangersSpendNothing(address stranger, uint64 amount, uint64 total) external {
        for (uint256 who = 0; who < 3; ++who) vm.assume(stranger != awarders.accounts(who));
        vm.prank(stranger);
        vm.expectRevert();
        redemptions.spend("lot", amount, total, "award");
    }
}
