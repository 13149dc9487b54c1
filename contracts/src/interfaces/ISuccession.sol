// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A contract that says which one came before it
/// @notice Nothing is ever upgraded: a new version is a new contract beside the old, and names it, so that a reader finds
/// what was written there. It is the word of whoever deployed the new one; the old one goes on and knows nothing of it.
interface ISuccession {
    /// @notice The predecessor has no code, so it is no contract.
    error NoContract(address account);

    /// @notice The contract that this one succeeds; zero for the first of its kind. It never changes.
    function predecessor() external view returns (address);
}
