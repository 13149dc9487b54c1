// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Anchors} from "../../src/Anchors.sol";
import {Issuers} from "../../src/Issuers.sol";
import {Symbolic} from "./Symbolic.sol";

/// @title Anchors are written once, by the bank itself, with the time of their block
contract AnchorsProof is Symbolic {
    Anchors internal anchors;

    function setUp() public {
        Issuers issuers = new Issuers(address(0));
        anchors = new Anchors(issuers, address(0));
        svm.enableSymbolicStorage(address(issuers));
        svm.enableSymbolicStorage(address(anchors));
    }

    /// @notice Write-once: no call by anybody, the owner included, changes when or in which block a root was anchored.
    function check_whatIsAnchoredNeverChanges(
        address bank,
        bytes32 root,
        uint64 size,
        address caller,
        uint64 time
    ) external {
        (uint64 before, uint64 number) = anchors.anchoredAt(bank, root, size);
        vm.assume(before != 0);
        anyCall(address(anchors), "Anchors", caller, time);
        (uint64 later, uint64 numberLater) = anchors.anchoredAt(bank, root, size);
        assert(later == before && numberLater == number);
    }

    /// @notice No backdating, and nobody anchors for another: what is new is of this very block, by the bank itself.
    function check_whatIsNewIsOfThisBlockAndByTheBank(
        address bank,
        bytes32 root,
        uint64 size,
        address caller,
        uint64 time
    ) external {
        (uint64 before, ) = anchors.anchoredAt(bank, root, size);
        vm.assume(before == 0);
        anyCall(address(anchors), "Anchors", caller, time);
        (uint64 later, uint64 number) = anchors.anchoredAt(bank, root, size);
        assert(later == 0 || (later == time && number == block.number && caller == bank));
        assert(later == 0 || (root != 0 && size != 0));
    }

    /// @notice The number of a bank's newest status lists never falls, and no root changes under its number.
    function check_statusesOnlyRise(address bank, address caller, uint64 time) external {
        (bytes32 root, uint64 sequence, uint64 since) = anchors.statusOf(bank);
        anyCall(address(anchors), "Anchors", caller, time);
        (bytes32 rootLater, uint64 sequenceLater, uint64 sinceLater) = anchors.statusOf(bank);
        if (sequenceLater == sequence) assert(rootLater == root && sinceLater == since);
        else assert(sequenceLater > sequence && sinceLater == time && caller == bank);
    }

    /// @notice What a contract succeeds is settled when it is made.
    function check_thePredecessorNeverChanges(address caller, uint64 time) external {
        address before = anchors.predecessor();
        anyCall(address(anchors), "Anchors", caller, time);
        assert(anchors.predecessor() == before);
    }

    /// @notice A body stays with its serving registrar, and so does an account: no other registrar admits or withdraws.
    function check_aBodyStaysWithItsServingRegistrar(bytes32 body, address caller, uint64 time) external {
        address before = anchors.overseerOf(body);
        vm.assume(before != address(0) && anchors.registry().isRegistrar(before));
        anyCall(address(anchors), "Anchors", caller, time);
        assert(anchors.overseerOf(body) == before);
    }

    /// @notice An account acts for one body for ever.
    function check_anAccountActsForOneBody(address account, address caller, uint64 time) external {
        bytes32 before = bodyOf(address(anchors), account);
        vm.assume(before != 0);
        anyCall(address(anchors), "Anchors", caller, time);
        assert(bodyOf(address(anchors), account) == before);
    }
}
