// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Window} from "../Windows.sol";

/// @title Accounts that registrars admit to a task
/// @notice An account is admitted and withdrawn by the registrar that first admitted it, and a body gets further accounts
/// from the registrar that first admitted one for it; when that one no longer serves, from any registrar. Periods are
/// kept, so a reader can ask about any moment.
interface IAdmissions {
    event Admitted(address indexed account, bytes32 indexed identity, address indexed registrar);
    event Withdrawn(address indexed account, bytes32 indexed identity, address indexed registrar);

    /// @notice The caller is not a registrar, or another registrar oversees this account.
    error NotOverseer(address account, address caller);
    /// @notice Another serving registrar oversees the body for which the account would act.
    error NotBodysOverseer(bytes32 identity, address caller);
    /// @notice The account is not admitted at this moment.
    error NotAdmitted(address account);
    /// @notice The account is admitted already.
    error AccountAlreadyAdmitted(address account);
    /// @notice The account was admitted for another body, and an account never changes hands.
    error IdentityDiffers(bytes32 identity);
    /// @notice An account or an identity was left empty.
    error EmptyAdmission();

    /// @notice Admit an account that acts for the body `identity` (SHA-256 of its DID).
    function admit(address account, bytes32 identity) external;

    /// @notice The registrar that last admitted an account of this body; zero when none did.
    function overseerOf(bytes32 identity) external view returns (address);

    /// @notice Withdraw an account from now on. What it did before stays.
    function withdraw(address account) external;

    /// @notice Whether the account was admitted at that moment.
    function isAdmitted(address account, uint64 moment) external view returns (bool);

    /// @notice Who oversees the account, for which body it acts, and in which periods it was admitted.
    function admissionOf(
        address account
    ) external view returns (address registrar, bytes32 identity, Window[] memory windows);
}
