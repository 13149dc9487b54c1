// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Anchors} from "../src/Anchors.sol";
import {Issuers} from "../src/Issuers.sol";
import {Window} from "../src/Windows.sol";
import {Cheats} from "./Cheats.sol";

/// @notice Two banks and a stranger who anchor and publish anything, and a registrar who admits and withdraws them, while
/// time passes. What the contract said first is written down beside it.
contract Banks is Cheats {
    Anchors public immutable anchors;
    address public immutable registrar;
    address[3] public accounts = [address(0xb1), address(0xb2), address(0xb3)];

    struct First {
        address bank;
        bytes32 root;
        uint64 size;
        uint64 time;
    }

    First[] public firsts;
    mapping(address bank => mapping(bytes32 root => mapping(uint64 size => bool))) public known;
    mapping(address bank => uint64) public newest;

    /// @dev What `isAdmitted` said of each account about each moment that had passed when it was asked.
    mapping(address account => mapping(uint64 moment => bool)) public said;
    uint64[] public moments;

    constructor(Anchors anchors_, address registrar_) {
        (anchors, registrar) = (anchors_, registrar_);
    }

    function count() external view returns (uint256) {
        return firsts.length;
    }

    function passed() external view returns (uint256) {
        return moments.length;
    }

    function pass(uint16 time) external {
        uint64 moment = uint64(block.timestamp);
        vm.warp(block.timestamp + 1 + time);
        for (uint256 who = 0; who < 3; ++who) {
            said[accounts[who]][moment] = anchors.isAdmitted(accounts[who], moment);
        }
        moments.push(moment);
    }

    function anchor(uint256 who, uint256 root, uint64 size) external {
        address bank = accounts[who % 3];
        (bytes32 tree, uint64 leaves) = (bytes32(root % 5), size % 5);
        vm.prank(bank);
        anchors.anchor(tree, leaves);
        if (known[bank][tree][leaves]) return;
        known[bank][tree][leaves] = true;
        firsts.push(First(bank, tree, leaves, uint64(block.timestamp)));
    }

    function publishStatus(uint256 who, uint256 root, uint64 sequence) external {
        address bank = accounts[who % 3];
        vm.prank(bank);
        anchors.publishStatus(bytes32(root % 3), sequence % 8);
        note(sequence % 8 >= newest[bank], "a status sequence fell");
        newest[bank] = sequence % 8;
    }

    function admit(uint256 who) external {
        vm.prank(registrar);
        anchors.admit(accounts[who % 3], keccak256(abi.encode(who % 3)));
    }

    function withdraw(uint256 who) external {
        vm.prank(registrar);
        anchors.withdraw(accounts[who % 3]);
    }
}

contract AnchorsTest is Cheats {
    Anchors internal anchors;
    Banks internal banks;
    address internal constant BANK = address(0xb1);
    address internal constant OTHER = address(0xb2);
    address[] private targets;

    function setUp() public {
        Issuers issuers = new Issuers(address(0));
        issuers.appointRegistrar(address(this));
        anchors = new Anchors(issuers, address(0));
        anchors.admit(BANK, keccak256(abi.encode(0)));
        anchors.admit(OTHER, keccak256(abi.encode(1)));
        vm.warp(1_800_000_000);
        banks = new Banks(anchors, address(this));
        targets.push(address(banks));
    }

    function targetContracts() external view returns (address[] memory) {
        return targets;
    }

    /// @notice Every anchor keeps the time of the block that first wrote it, whatever happened since.
    function invariant_anAnchorKeepsItsFirstTime() external view {
        for (uint256 index = 0; index < banks.count(); ++index) {
            (address bank, bytes32 root, uint64 size, uint64 first) = banks.firsts(index);
            (uint64 time, ) = anchors.anchoredAt(bank, root, size);
            same(time, first, "an anchor moved");
        }
    }

    function invariant_nothingBrokeWhileItWasTried() external view {
        holds(bytes(banks.broken()).length == 0, banks.broken());
    }

    /// @notice The empty tree is never anchored.
    function invariant_theEmptyTreeIsNeverAnchored() external view {
        for (uint256 who = 0; who < 3; ++who) {
            for (uint64 number = 0; number < 3; ++number) {
                (uint64 noRoot, ) = anchors.anchoredAt(banks.accounts(who), 0, number);
                (uint64 noLeaf, ) = anchors.anchoredAt(banks.accounts(who), bytes32(uint256(number)), 0);
                holds(noRoot == 0 && noLeaf == 0, "an empty tree was anchored");
            }
        }
    }

    function invariant_theNewestStatusIsTheHighestThatWasPublished() external view {
        for (uint256 who = 0; who < 3; ++who) {
            (, uint64 sequence, ) = anchors.statusOf(banks.accounts(who));
            same(sequence, banks.newest(banks.accounts(who)), "the newest status is another");
        }
    }

    /// @notice Whoever was admitted at a moment that has passed stays so for that moment, and whoever was not, not.
    function invariant_pastAdmissionsStay() external view {
        for (uint256 index = 0; index < banks.passed(); ++index) {
            uint64 moment = banks.moments(index);
            for (uint256 who = 0; who < 3; ++who) {
                address account = banks.accounts(who);
                holds(anchors.isAdmitted(account, moment) == banks.said(account, moment), "the past changed");
            }
        }
    }

    /// @notice Periods follow each other, and at most the last is open.
    function invariant_periodsAreInOrder() external view {
        for (uint256 who = 0; who < 3; ++who) {
            (, , Window[] memory windows) = anchors.admissionOf(banks.accounts(who));
            for (uint256 index = 0; index < windows.length; ++index) {
                bool last = index + 1 == windows.length;
                holds(last || windows[index].until != 0, "an earlier period is open");
                holds(windows[index].until == 0 || windows[index].from <= windows[index].until, "a period runs backwards");
                holds(last || windows[index].until <= windows[index + 1].from, "periods overlap");
            }
        }
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

    function testFuzz_whatIsNoContractIsNobodysPredecessor(address account) external {
        vm.assume(account != address(0) && account.code.length == 0);
        vm.expectRevert();
        new Issuers(account);
    }
}
