// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Anchors} from "../src/Anchors.sol";
import {Issuers} from "../src/Issuers.sol";
import {Redemptions} from "../src/Redemptions.sol";
import {Cheats} from "./Cheats.sol";

/// @notice What one transaction wrote into the log.
struct Log {
    bytes32[] topics;
    bytes data;
    address emitter;
}

/// @notice More powers over the test machine: to say beforehand which refusal or which event must come.
interface StrictVm {
    function expectRevert(bytes calldata reason) external;
    function expectEmit(bool one, bool two, bool three, bool data, address emitter) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
    function roll(uint256 number) external;
}

/// @notice One refusal, one event, one bound at a time: the fuzzing beside it says that no history breaks a law, and this
/// says which words each rule uses, and where it begins.
abstract contract Rules is Cheats {
    StrictVm internal constant strict = StrictVm(address(uint160(uint256(keccak256("hevm cheat code")))));
    address internal constant AGENCY = address(0xa1);
    address internal constant OTHER_AGENCY = address(0xa2);
    address internal constant STRANGER = address(0x5a);
    uint64 internal constant START = 1_000_000;

    Issuers internal issuers;

    /// @dev The contracts are made here and nowhere else, so that other code can be tried in their place.
    function makeIssuers(address predecessor) internal virtual returns (Issuers) {
        return new Issuers(predecessor);
    }

    function makeAnchors(Issuers registry, address predecessor) internal virtual returns (Anchors) {
        return new Anchors(registry, predecessor);
    }

    function makeRedemptions(Issuers registry, address predecessor) internal virtual returns (Redemptions) {
        return new Redemptions(registry, predecessor);
    }

    function begin() internal {
        vm.warp(START);
        strict.roll(100);
        issuers = makeIssuers(address(0));
        issuers.appointRegistrar(AGENCY);
        issuers.appointRegistrar(OTHER_AGENCY);
    }

    /// @dev The next call is refused by `who` asking, with exactly this.
    function refuses(address who, bytes memory reason) internal {
        vm.prank(who);
        strict.expectRevert(reason);
    }

    /// @dev The next call by `who` writes exactly the event that is emitted here next.
    function tells(address who, address emitter) internal {
        vm.prank(who);
        strict.expectEmit(true, true, true, true, emitter);
    }

    function silent() internal {
        same(strict.getRecordedLogs().length, 0, "something was told");
    }
}
