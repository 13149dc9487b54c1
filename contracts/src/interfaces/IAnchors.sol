// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAdmissions} from "./IAdmissions.sol";

/// @title When a batch of credentials was anchored
/// @notice Only the root and the size of a tree over salted leaves arrive here; nothing about anybody.
interface IAnchors is IAdmissions {
    event Anchored(address indexed bank, bytes32 indexed root, uint64 size);
    event StatusPublished(address indexed bank, uint64 indexed sequence, bytes32 root);

    /// @notice The root of no tree, or a tree of no leaves.
    error EmptyTree();
    /// @notice The sequence number must be higher than the newest one.
    error SequenceNotRising(uint64 given, uint64 newest);

    /// @notice Anchor a tree. Written once for each bank, root and size: sending it again changes nothing and gives the
    /// first answer. Admitted banks only.
    /// @return time block time of the first anchoring
    function anchor(bytes32 root, uint64 size) external returns (uint64 time);

    /// @notice Publish the root of a tree over the newest status lists (issuer, list, sequence, digest), so that a reader
    /// can tell an old list from the newest. Sending the newest again changes nothing. Admitted banks only.
    function publishStatus(bytes32 root, uint64 sequence) external;

    /// @notice When a bank anchored this root with this size; zeros when it never did.
    function anchoredAt(
        address bank,
        bytes32 root,
        uint64 size
    ) external view returns (uint64 time, uint64 blockNumber);

    /// @notice The newest status root of a bank; zeros when it never published one.
    function statusOf(address bank) external view returns (bytes32 root, uint64 sequence, uint64 time);
}
