// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Admissions} from "./Admissions.sol";
import {IAnchors} from "./interfaces/IAnchors.sol";
import {IIssuers} from "./interfaces/IIssuers.sol";
import {ISuccession} from "./interfaces/ISuccession.sol";
import {contractOrNone} from "./Succession.sol";

/// @title Write-once anchors of admitted banks
contract Anchors is IAnchors, ISuccession, Admissions {
    struct Anchor {
        uint64 time;
        uint64 blockNumber;
    }

    struct Status {
        bytes32 root;
        uint64 sequence;
        uint64 time;
    }

    /// @dev The bank is part of the key, so nobody can occupy another bank's root by sending it first.
    mapping(address bank => mapping(bytes32 root => mapping(uint64 size => Anchor))) private _anchors;
    mapping(address bank => Status) private _statuses;
    /// @inheritdoc ISuccession
    address public predecessor;
    mapping(bytes32 identity => address registrar) private _bodies;

    constructor(IIssuers registry_, address predecessor_) Admissions(registry_) {
        predecessor = contractOrNone(predecessor_);
    }

    /// @inheritdoc IAnchors
    function anchor(bytes32 root, uint64 size) external onlyAdmitted returns (uint64 time) {
        if (root == 0 || size == 0) revert EmptyTree();
        Anchor storage known = _anchors[msg.sender][root][size];
        time = known.time;
        if (time != 0) return time;
        time = uint64(block.timestamp);
        (known.time, known.blockNumber) = (time, uint64(block.number));
        emit Anchored(msg.sender, root, size);
    }

    /// @inheritdoc IAnchors
    function publishStatus(bytes32 root, uint64 sequence) external onlyAdmitted {
        if (root == 0 || sequence == 0) revert EmptyTree();
        Status storage newest = _statuses[msg.sender];
        if (newest.sequence == sequence && newest.root == root) return;
        if (sequence <= newest.sequence) revert SequenceNotRising(sequence, newest.sequence);
        (newest.root, newest.sequence, newest.time) = (root, sequence, uint64(block.timestamp));
        emit StatusPublished(msg.sender, sequence, root);
    }

    /// @inheritdoc IAnchors
    function anchoredAt(
        address bank,
        bytes32 root,
        uint64 size
    ) external view returns (uint64 time, uint64 blockNumber) {
        Anchor storage known = _anchors[bank][root][size];
        return (known.time, known.blockNumber);
    }

    /// @inheritdoc IAnchors
    function statusOf(address bank) external view returns (bytes32 root, uint64 sequence, uint64 time) {
        Status storage newest = _statuses[bank];
        return (newest.root, newest.sequence, newest.time);
    }

    function _overseers() internal view override returns (mapping(bytes32 identity => address registrar) storage) {
        return _bodies;
    }
}
