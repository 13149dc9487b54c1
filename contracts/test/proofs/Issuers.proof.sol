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
        assert(_startStays(before.from, later.from, time));
    }

    /// @notice An end that has come stays, and no end is set before its own block.
    function check_anEndThatHasComeStays(bytes32 issuer, bytes32 key, address caller, uint64 time) external {
        IIssuers.Key memory before = issuers.keyOf(issuer, key);
        vm.assume(before.from != 0);
        anyCall(address(issuers), "Issuers", caller, time);
        IIssuers.Key memory later = issuers.keyOf(issuer, key);
        assert(_endStays(before.until, later.until, time));
    }

    /// @notice A revocation is of its own block and never moves.
    function check_aRevocationIsOfItsBlockAndStays(bytes32 issuer, bytes32 key, address caller, uint64 time) external {
        IIssuers.Key memory before = issuers.keyOf(issuer, key);
        vm.assume(before.from != 0);
        anyCall(address(issuers), "Issuers", caller, time);
        IIssuers.Key memory later = issuers.keyOf(issuer, key);
        assert(_revocationStays(before.revokedAt, later.revokedAt, time));
    }

    // The past stays: what counted at a moment gone by still counts, and what did not does not, apart from the one exception
    // that two parties declare. `keyGood` asks four things of a key, one of each of its moments (`_good`). The three laws above
    // say what a call may do to three of them; the three below, that whatever obeys those laws changes no answer about a
    // moment gone by. The fourth is the exception. Where a key had no start before, nothing counted, and a new start is of
    // this block or later, so that nothing gone by counts after it whatever the others say.

    /// @notice A start that obeys its law changes no answer about a moment gone by.
    function check_aLawfulStartLeavesThePast(uint64 was, uint64 now_, uint64 moment, uint64 time) external pure {
        vm.assume(moment < time && _startStays(was, now_, time));
        assert(_begun(was, moment) == _begun(now_, moment));
    }

    /// @notice An end that obeys its law changes no answer about a moment gone by.
    function check_aLawfulEndLeavesThePast(uint64 was, uint64 now_, uint64 moment, uint64 time) external pure {
        vm.assume(moment < time && _endStays(was, now_, time));
        assert(_lasts(was, moment) == _lasts(now_, moment));
    }

    /// @notice A revocation that obeys its law changes no answer about a moment gone by.
    function check_aLawfulRevocationLeavesThePast(uint64 was, uint64 now_, uint64 moment, uint64 time) external pure {
        vm.assume(moment < time && _revocationStays(was, now_, time));
        assert(_lasts(was, moment) == _lasts(now_, moment));
    }

    /// @notice What `keyGood` answers is what the key's four moments say.
    function check_keyGoodIsWhatTheKeySays(bytes32 issuer, bytes32 key, uint64 moment) external view {
        assert(issuers.keyGood(issuer, key, moment) == _good(issuers.keyOf(issuer, key), moment));
    }

    // What one call may do to the moments of a key, without branches: where `&&` and `||` make paths, each of which is a
    // question to the solver, these are one.

    /// @dev A start that is set stays; a new one is of this block or later.
    function _startStays(uint64 was, uint64 now_, uint64 time) private pure returns (bool stays) {
        assembly {
            let fresh := or(iszero(now_), iszero(lt(now_, time)))
            stays := or(and(iszero(iszero(was)), eq(was, now_)), and(iszero(was), fresh))
        }
    }

    /// @dev An end that changes is not before this block, and was not set or is brought forward.
    function _endStays(uint64 was, uint64 now_, uint64 time) private pure returns (bool stays) {
        assembly {
            let forward := or(iszero(was), lt(now_, was))
            stays := or(eq(was, now_), and(iszero(lt(now_, time)), forward))
        }
    }

    /// @dev A revocation that is set stays; a new one is of this very block.
    function _revocationStays(uint64 was, uint64 now_, uint64 time) private pure returns (bool stays) {
        assembly {
            let fresh := or(iszero(now_), eq(now_, time))
            stays := or(and(iszero(iszero(was)), eq(was, now_)), and(iszero(was), fresh))
        }
    }

    /// @dev Whether a moment counts under a key.
    function _good(IIssuers.Key memory key, uint64 moment) private pure returns (bool good) {
        bool begun = _begun(key.from, moment);
        bool kept = _lasts(key.until, moment);
        bool free = _lasts(key.revokedAt, moment);
        bool trusted = _lasts(key.suspectSince, moment);
        assembly {
            good := and(and(begun, kept), and(free, trusted))
        }
    }

    function _begun(uint64 from, uint64 moment) private pure returns (bool begun) {
        assembly {
            begun := and(iszero(iszero(from)), iszero(lt(moment, from)))
        }
    }

    function _lasts(uint64 end, uint64 moment) private pure returns (bool lasts) {
        assembly {
            lasts := or(iszero(end), lt(moment, end))
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
