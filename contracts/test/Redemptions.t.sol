// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Issuers} from "../src/Issuers.sol";
import {Redemptions} from "../src/Redemptions.sol";
import {IRedemptions} from "../src/interfaces/IRedemptions.sol";
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

    /// @notice Up to four bundles of up to three uses drawn from one number; lots may come twice in a bundle.
    function bundles(uint256 seed) public view returns (IRedemptions.Bundle[] memory drawn) {
        drawn = new IRedemptions.Bundle[](seed % 5);
        for (uint256 number = 0; number < drawn.length; ++number) {
            uint256 chance = uint256(keccak256(abi.encode(seed, number)));
            drawn[number].award = awards[chance % 3];
            drawn[number].uses = new IRedemptions.Use[]((chance >> 8) % 4);
            for (uint256 place = 0; place < drawn[number].uses.length; ++place) {
                uint256 part = uint256(keccak256(abi.encode(chance, place)));
                drawn[number].uses[place] = IRedemptions.Use(
                    lots[part % 2],
                    uint64((part >> 8) % 8),
                    (part >> 16) % 5 == 0 ? 20 : 10
                );
            }
        }
    }

    function spendBundles(uint256 who, uint256 seed) external {
        IRedemptions.Bundle[] memory drawn = bundles(seed);
        vm.prank(accounts[who % 3]);
        redemptions.spendBundles(drawn);
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

    /// @dev Another contract with the same awarders, to compare with.
    function another() private returns (Redemptions other) {
        other = new Redemptions(redemptions.registry(), address(0));
        for (uint256 who = 0; who < 3; ++who) other.admit(awarders.accounts(who), awarders.identity(who));
    }

    function alike(Redemptions one, Redemptions other) private view {
        for (uint256 lot = 0; lot < 2; ++lot) {
            (uint64 spent, uint64 total) = one.lotOf(awarders.lots(lot));
            (uint64 spentThere, uint64 totalThere) = other.lotOf(awarders.lots(lot));
            same(spent, spentThere, "as much is spent");
            same(total, totalThere, "of as much");
            holds(spent <= total, "never more than the total");
            for (uint256 award = 0; award < 3; ++award) {
                same(
                    one.spentFor(awarders.lots(lot), awarders.identity(0), awarders.awards(award)),
                    other.spentFor(awarders.lots(lot), awarders.identity(0), awarders.awards(award)),
                    "for the same award"
                );
            }
        }
    }

    function testFuzz_aBatchCountsWhatItsBundlesCountOneByOne(uint256 seed) external {
        Redemptions other = another();
        IRedemptions.Bundle[] memory drawn = awarders.bundles(seed);
        vm.prank(awarders.accounts(0));
        redemptions.spendBundles(drawn);
        for (uint256 number = 0; number < drawn.length; ++number) {
            IRedemptions.Bundle[] memory alone = new IRedemptions.Bundle[](1);
            alone[0] = drawn[number];
            vm.prank(awarders.accounts(0));
            other.spendBundles(alone);
        }
        alike(redemptions, other);
    }

    function testFuzz_bundlesOfOneUseAreSpendsOneByOne(uint256 seed) external {
        Redemptions other = another();
        IRedemptions.Bundle[] memory drawn = awarders.bundles(seed);
        IRedemptions.Bundle[] memory single = new IRedemptions.Bundle[](drawn.length);
        for (uint256 number = 0; number < drawn.length; ++number) {
            single[number].award = drawn[number].award;
            single[number].uses = new IRedemptions.Use[](1);
            IRedemptions.Use memory use = drawn[number].uses.length == 0
                ? IRedemptions.Use(awarders.lots(0), uint64(number), 10)
                : drawn[number].uses[0];
            single[number].uses[0] = use;
            vm.prank(awarders.accounts(0));
            try other.spend(use.lot, use.amount, use.total, drawn[number].award) {} catch {}
        }
        vm.prank(awarders.accounts(0));
        redemptions.spendBundles(single);
        alike(redemptions, other);
    }

    function testFuzz_ofABundleAllCountOrNoneDoes(uint64 first, uint64 second, uint64 taken) external {
        first = 1 + first % 9;
        second = 1 + second % 9;
        taken = taken % 11;
        bytes32 shared = awarders.lots(1);
        if (taken != 0) {
            vm.prank(awarders.accounts(1));
            redemptions.spend(shared, taken, 10, "other");
        }
        IRedemptions.Bundle[] memory both = new IRedemptions.Bundle[](1);
        both[0].award = "award";
        both[0].uses = new IRedemptions.Use[](2);
        both[0].uses[0] = IRedemptions.Use(awarders.lots(0), first, 10);
        both[0].uses[1] = IRedemptions.Use(awarders.lots(1), second, 10);
        vm.prank(awarders.accounts(0));
        redemptions.spendBundles(both);
        bool fits = second <= 10 - taken;
        (uint64 spent, ) = redemptions.lotOf(awarders.lots(0));
        (uint64 beside, ) = redemptions.lotOf(awarders.lots(1));
        same(spent, fits ? first : 0, "the first use counts with the second or not at all");
        same(beside, fits ? taken + second : taken, "the second use counts where it fits");
        holds(redemptions.bundlesSpent(awarders.identity(0), both)[0] == fits, "and the contract says so");
        holds(!redemptions.bundlesSpent(awarders.identity(1), both)[0], "of nobody else");
    }

    function testFuzz_tooLittleGasRefusesNoBundle(uint256 seed, uint256 gas) external {
        Redemptions other = another();
        IRedemptions.Bundle[] memory drawn = awarders.bundles(seed);
        vm.prank(awarders.accounts(0));
        redemptions.spendBundles(drawn);
        gas = 20_000 + gas % 700_000;
        vm.prank(awarders.accounts(0));
        try other.spendBundles{gas: gas}(drawn) {
            alike(redemptions, other);
        } catch {
            for (uint256 lot = 0; lot < 2; ++lot) {
                (uint64 spent, ) = other.lotOf(awarders.lots(lot));
                same(spent, 0, "nothing was counted");
            }
        }
    }

    function testFuzz_nobodySpendsForAnAccountButTheContractItself(address caller, uint256 seed) external {
        vm.assume(caller != address(redemptions));
        IRedemptions.Bundle[] memory drawn = awarders.bundles(seed);
        vm.assume(drawn.length != 0);
        address account = awarders.accounts(0);
        vm.prank(caller);
        vm.expectRevert();
        redemptions.spendBundle(account, drawn[0]);
    }
}
