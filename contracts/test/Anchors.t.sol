// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Anchors} from "../src/Anchors.sol";
import {Issuers} from "../src/Issuers.sol";
import {Cheats} from "./Cheats.sol";

contract AnchorsTest is Cheats {
    Anchors internal anchors;
    address internal constant BANK = address(0xb1);
    address internal constant OTHER = address(0xb2);

    function setUp() public {
        Issuers issuers = new Issuers(address(0));
        issuers.appointRegistrar(address(this));
        anchors = new Anchors(issuers, address(0));
        anchors.admit(BANK, "bank");
        anchors.admit(OTHER, "other bank");
        vm.warp(1_800_000_000);
    }

    function testFuzz_anAnchorIsWrittenOnce(bytes32 root, uint64 size, uint32 later) external {
        vm.assume(root != 0 && size != 0);
        vm.prank(BANK);
        same(anchors.anchor(root, size), 1_800_000_000, "the block time is given");
        vm.warp(1_800_000_000 + uint256(later));
        vm.prank(BANK);
        same(anchors.anchor(root, size), 1_800_000_000, "the first answer is given again");
        (uint64 time, ) = anchors.anchoredAt(BANK, root, size);
        same(time, 1_800_000_000, "and it is what is written");
    }

    function testFuzz_nobodyOccupiesAnothersRoot(bytes32 root, uint64 size) external {
        vm.assume(root != 0 && size != 0);
        vm.prank(OTHER);
        anchors.anchor(root, size);
        (uint64 time, ) = anchors.anchoredAt(BANK, root, size);
        same(time, 0, "the bank itself anchored nothing");
    }

    function testFuzz_strangersAnchorNothing(address stranger, bytes32 root, uint64 size) external {
        vm.assume(stranger != BANK && stranger != OTHER);
        vm.prank(stranger);
        vm.expectRevert();
        anchors.anchor(root, size);
    }

    function testFuzz_statusSequencesRise(uint64 first, uint64 second, bytes32 root, bytes32 next) external {
        vm.assume(first != 0 && root != 0 && next != 0 && root != next);
        vm.prank(BANK);
        anchors.publishStatus(root, first);
        vm.prank(BANK);
        if (second <= first) vm.expectRevert();
        anchors.publishStatus(next, second);
    }
}
