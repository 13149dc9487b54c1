// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIssuers} from "../../src/interfaces/IIssuers.sol";
import {Issuers} from "../../src/Issuers.sol";
import {Symbolic} from "./Symbolic.sol";

/// @title Nobody has power over the past of a key, and nobody alone over two voices
contract IssuersProof is Symbolic {
    Issuers internal issuers;

    function setUp() public {
        issuers = new Issuers(address(0));
        svm.enableSymbolicStorage(address(issuers));
    }

    /// @notice No backdating: a key's start is settled once, in its own block or later.
    function check_aKeyNeverStartsInThePast(bytes32 issuer, bytes32 key, address caller, uint64 time) external {
        IIssuers.Key memory before = issuers.keyOf(issuer, key);
        anyCall(address(issuers), "Issuers", caller, time);
        IIssuers.Key memory later = issuers.keyOf(issuer, key);
        if (before.from != 0) assert(later.from == before.from);
        else assert(later.from == 0 || later.from >= time);
    }

    /// @notice An end that has come stays, and no end is set before its own block.
    function check_anEndThatHasComeStays(bytes32 issuer, bytes32 key, address caller, uint64 time) external {
        IIssuers.Key memory before = issuers.keyOf(issuer, key);
        vm.assume(before.from != 0);
        anyCall(address(issuers), "Issuers", caller, time);
        IIssuers.Key memory later = issuers.keyOf(issuer, key);
        if (later.until != before.until) {
            assert(later.until >= time);
            assert(before.until == 0 || later.until < before.until);
        }
    }

    /// @notice A revocation is of its own block and never moves.
    function check_aRevocationIsOfItsBlockAndStays(bytes32 issuer, bytes32 key, address caller, uint64 time) external {
        IIssuers.Key memory before = issuers.keyOf(issuer, key);
        vm.assume(before.from != 0);
        anyCall(address(issuers), "Issuers", caller, time);
        IIssuers.Key memory later = issuers.keyOf(issuer, key);
        if (before.revokedAt != 0) assert(later.revokedAt == before.revokedAt);
        else assert(later.revokedAt == 0 || later.revokedAt == time);
    }

    /// @notice The past stays: what counted at a moment gone by still counts, and what did not does not, apart from the
    /// one exception that two parties declare.
    function check_thePastOfAKeyStays(
        bytes32 issuer,
        bytes32 key,
        uint64 moment,
        address caller,
        uint64 time
    ) external {
        IIssuers.Key memory before = issuers.keyOf(issuer, key);
        vm.assume(moment < time);
        anyCall(address(issuers), "Issuers", caller, time);
        IIssuers.Key memory later = issuers.keyOf(issuer, key);
        vm.assume(later.suspectSince == before.suspectSince);
        assert(_good(later, moment) == _good(before, moment));
    }

    /// @notice What `keyGood` answers is what the key's four moments say.
    function check_keyGoodIsWhatTheKeySays(bytes32 issuer, bytes32 key, uint64 moment) external view {
        assert(issuers.keyGood(issuer, key, moment) == _good(issuers.keyOf(issuer, key), moment));
    }

    /// @dev Without branches, so that the proof above looks at one path where `&&` would make sixteen.
    function _good(IIssuers.Key memory key, uint64 moment) private pure returns (bool good) {
        (uint64 from, uint64 until, uint64 revoked, uint64 since) = (
            key.from,
            key.until,
            key.revokedAt,
            key.suspectSince
        );
        assembly {
            good := and(iszero(iszero(from)), iszero(lt(moment, from)))
            good := and(good, or(iszero(until), lt(moment, until)))
            good := and(good, or(iszero(revoked), lt(moment, revoked)))
            good := and(good, or(iszero(since), lt(moment, since)))
        }
    }

    /// @notice Suspicion takes both voices on a revoked key, lies within its life, and never moves.
    function check_suspicionTakesTwoVoicesAndStays(bytes32 issuer, bytes32 key, address caller, uint64 time) external {
        IIssuers.Key memory before = issuers.keyOf(issuer, key);
        vm.assume(before.from != 0);
        (uint64 issuersVoice, uint64 registrarsVoice) = issuers.suspicionOf(issuer, key);
        anyCall(address(issuers), "Issuers", caller, time);
        uint64 since = issuers.keyOf(issuer, key).suspectSince;
        if (since == before.suspectSince) return;
        assert(before.suspectSince == 0 && before.revokedAt != 0);
        assert(before.from <= since && since <= before.revokedAt);
        // one call is one voice, so the other had spoken before
        assert(issuersVoice == since || registrarsVoice == since);
    }

    /// @notice Whoever controls an issuer took the control itself: nobody, the owner included, sets a controller but the
    /// registrar that admits an issuer the first time.
    function check_aControllerAcceptsItself(bytes32 issuer, address caller, uint64 time) external {
        (address before, , ) = issuers.issuerOf(issuer);
        vm.assume(before != address(0));
        anyCall(address(issuers), "Issuers", caller, time);
        (address later, , ) = issuers.issuerOf(issuer);
        assert(later == before || later == caller);
    }

    /// @notice A successor is named once.
    function check_aSuccessorStays(bytes32 issuer, address caller, uint64 time) external {
        (, , bytes32 before) = issuers.issuerOf(issuer);
        vm.assume(before != 0);
        anyCall(address(issuers), "Issuers", caller, time);
        (, , bytes32 later) = issuers.issuerOf(issuer);
        assert(later == before);
    }

    /// @notice A registrar changes nothing of an issuer that another serving registrar oversees.
    function check_anIssuerStaysWithItsServingRegistrar(bytes32 issuer, address caller, uint64 time) external {
        (address controller, address before, ) = issuers.issuerOf(issuer);
        vm.assume(controller != address(0) && issuers.isRegistrar(before));
        anyCall(address(issuers), "Issuers", caller, time);
        (, address later, ) = issuers.issuerOf(issuer);
        assert(later == before);
    }

    /// @notice Only the owner appoints and dismisses registrars; ownership passes only to whoever accepts it.
    function check_registrarsAreTheOwners(address account, address caller, uint64 time) external {
        address owner = issuers.owner();
        address offered = issuers.offeredOwner();
        bool before = issuers.isRegistrar(account);
        anyCall(address(issuers), "Issuers", caller, time);
        assert(issuers.isRegistrar(account) == before || caller == owner);
        assert(issuers.owner() == owner || (issuers.owner() == caller && caller == offered));
    }
}
