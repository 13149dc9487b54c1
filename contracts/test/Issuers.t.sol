// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Issuers} from "../src/Issuers.sol";
import {Cheats} from "./Cheats.sol";

/// @notice A controller and a registrar who do anything to three keys while time passes, apart from agreeing on a suspicion.
contract Parties is Cheats {
    Issuers public immutable issuers;
    address public immutable registrar;
    address public constant CONTROLLER = address(0xc1);
    bytes32 public constant ISSUER = "issuer";

    /// @dev What `keyGood` said of each key about each moment that had passed when it was asked.
    mapping(bytes32 key => mapping(uint64 moment => bool)) public said;
    uint64[] public moments;

    constructor(Issuers issuers_, address registrar_) {
        (issuers, registrar) = (issuers_, registrar_);
    }

    function key(uint256 number) public pure returns (bytes32) {
        return keccak256(abi.encode("key", number % 3));
    }

    function count() external view returns (uint256) {
        return moments.length;
    }

    /// @dev Time passes, and a moment that lies in the past is written down.
    function pass(uint16 time) external {
        uint64 moment = uint64(block.timestamp);
        vm.warp(block.timestamp + 1 + time);
        for (uint256 number = 0; number < 3; ++number) {
            said[key(number)][moment] = issuers.keyGood(ISSUER, key(number), moment);
        }
        moments.push(moment);
    }

    function addKey(uint256 number, uint64 from, uint64 until) external {
        vm.prank(CONTROLLER);
        issuers.addKey(ISSUER, key(number), from % 2_000_000_000, until % 2_000_000_000);
    }

    function retireKey(uint256 number, uint64 until) external {
        vm.prank(CONTROLLER);
        issuers.retireKey(ISSUER, key(number), until % 2_000_000_000);
    }

    function revokeKey(uint256 number, bool byRegistrar) external {
        vm.prank(byRegistrar ? registrar : CONTROLLER);
        issuers.revokeKey(ISSUER, key(number));
    }

    function suspectAlone(uint256 number, uint64 since) external {
        vm.prank(CONTROLLER);
        issuers.suspect(ISSUER, key(number), since);
    }
}

contract IssuersTest is Cheats {
    Issuers internal issuers;
    Parties internal parties;
    address[] private targets;

    function setUp() public {
        vm.warp(1_000_000_000);
        issuers = new Issuers(address(0));
        issuers.appointRegistrar(address(this));
        parties = new Parties(issuers, address(this));
        issuers.admit("issuer", parties.CONTROLLER(), "scope", "document");
        targets.push(address(parties));
    }

    function targetContracts() external view returns (address[] memory) {
        return targets;
    }

    /// @notice Nobody alone changes what was true of a moment that has passed.
    function invariant_thePastStaysAsItWas() external view {
        for (uint256 index = 0; index < parties.count(); ++index) {
            uint64 moment = parties.moments(index);
            for (uint256 number = 0; number < 3; ++number) {
                bytes32 key = parties.key(number);
                bool now_ = issuers.keyGood("issuer", key, moment);
                holds(now_ == parties.said(key, moment), "the past changed");
            }
        }
    }

    function testFuzz_aKeyIsNeverGoodBeforeItWasRegistered(uint64 from, uint64 until, uint64 moment) external {
        vm.assume(until == 0 || (until > from && until > block.timestamp));
        vm.assume(moment < block.timestamp);
        vm.prank(parties.CONTROLLER());
        issuers.addKey("issuer", "key", from, until);
        holds(!issuers.keyGood("issuer", "key", moment), "a key was dated back");
    }

    function testFuzz_suspicionTakesTwoAndFellsExactlyWhatFollowedIt(uint16 before, uint16 since) external {
        vm.prank(parties.CONTROLLER());
        issuers.addKey("issuer", "key", 0, 0);
        uint64 start = uint64(block.timestamp);
        vm.warp(block.timestamp + uint256(before));
        issuers.revokeKey("issuer", "key");
        uint64 suspect = start + (before == 0 ? 0 : since % (before + uint64(1)));
        issuers.suspect("issuer", "key", suspect);
        holds(before == 0 || issuers.keyGood("issuer", "key", uint64(block.timestamp) - 1), "one party sufficed");
        vm.prank(parties.CONTROLLER());
        issuers.suspect("issuer", "key", suspect);
        holds(!issuers.keyGood("issuer", "key", suspect), "the suspected moment still counts");
        holds(suspect == start || issuers.keyGood("issuer", "key", suspect - 1), "the moment before fell too");
    }
}
