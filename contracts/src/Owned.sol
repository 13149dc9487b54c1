// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title One owner, handed over in two steps
/// @notice The owner appoints registrars and confirms recoveries; it cannot touch issuers, keys, anchors or credits.
/// @dev Two steps, because an owner handed to a mistyped account is lost for good.
abstract contract Owned {
    event OwnershipOffered(address indexed to);
    event OwnerChanged(address indexed owner);

    /// @notice The caller is not the owner.
    error NotOwner(address caller);
    /// @notice Ownership was not offered to the caller.
    error NotOfferedOwnership(address caller);

    /// @notice The owner.
    address public owner;
    /// @notice To whom ownership is offered, zero when to nobody.
    address public offeredOwner;

    constructor() {
        owner = msg.sender;
        emit OwnerChanged(msg.sender);
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    /// @notice Offer ownership; the zero address withdraws the offer. Owner only.
    function offerOwnership(address to) external onlyOwner {
        offeredOwner = to;
        emit OwnershipOffered(to);
    }

    /// @notice Accept ownership. Only the account it was offered to.
    function acceptOwnership() external {
        if (msg.sender != offeredOwner) revert NotOfferedOwnership(msg.sender);
        owner = msg.sender;
        offeredOwner = address(0);
        emit OwnerChanged(msg.sender);
    }
}
