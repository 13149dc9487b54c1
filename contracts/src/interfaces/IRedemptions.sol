// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAdmissions} from "./IAdmissions.sol";

/// @title How much of each lot of credit is spent
/// @notice Keeps two bodies that do not know each other from counting one credit twice. Amounts are thousandths of a
/// credit in the lot's own credit system. Uses are kept for the awarding body (its identity), not for the account that
/// spoke for it, so that a body that changes its account can still move and release what it spent.
/// @dev `lot` = keccak256(domain, issuer id, keccak256(id of the first issue)); ids are random, so nobody guesses one.
interface IRedemptions is IAdmissions {
    /// @notice So much of a lot, of which there is so much in all.
    struct Use {
        bytes32 lot;
        uint64 amount;
        uint64 total;
    }

    /// @notice What one award uses, all or none of it.
    struct Bundle {
        bytes32 award;
        Use[] uses;
    }

    event Spent(
        bytes32 indexed lot,
        bytes32 indexed awarder,
        bytes32 indexed award,
        uint64 amount,
        uint64 total,
        address account
    );
    event Moved(
        bytes32 indexed lot,
        bytes32 indexed awarder,
        bytes32 indexed toAward,
        bytes32 fromAward,
        uint64 amount,
        address account
    );
    event Released(
        bytes32 indexed lot,
        bytes32 indexed awarder,
        bytes32 indexed award,
        uint64 amount,
        address account
    );

    /// @notice Of several bundles this one was refused, with the error that `spend` gives; nothing of it was counted.
    event Refused(bytes32 indexed awarder, bytes32 indexed award, address account, bytes reason);

    /// @notice There was not enough gas to try this bundle.
    error UnfinishedBundle(bytes32 award);
    /// @notice A lot, an award or an amount was left empty.
    error EmptyUse();
    /// @notice The lot is in use with another total.
    error TotalDiffers(uint64 given, uint64 known);
    /// @notice The lot does not have that much left.
    error SpentBeyondTotal(uint64 amount, uint64 available);
    /// @notice This award already uses another amount of this lot.
    error AlreadySpent(bytes32 award, uint64 amount);
    /// @notice The award does not use that much of this lot.
    error NotSpentThere(bytes32 award, uint64 amount);
    /// @notice An amount cannot be moved to where it is.
    error SameAward(bytes32 award);

    /// @notice Count `amount` of a lot towards an award. The first use of a lot fixes its `total`; a lot that nobody
    /// uses any more has none. Sending the same use again changes nothing. Admitted awarders only.
    function spend(bytes32 lot, uint64 amount, uint64 total, bytes32 award) external;

    /// @notice Spend several bundles, each as by `spend` of all its uses, and each all or nothing: one that is refused
    /// is told by an event and does not hold up the others. Admitted awarders only.
    function spendBundles(Bundle[] calldata bundles) external;

    /// @notice Spend one bundle, all or nothing, for an account. The contract calls it on itself; nobody else may.
    function spendBundle(address account, Bundle calldata bundle) external;

    /// @notice Count what one award uses towards another award of the same awarder (exit ladders). Admitted awarders only.
    function move(bytes32 lot, uint64 amount, bytes32 fromAward, bytes32 toAward) external;

    /// @notice Give back what an award of the same awarder uses. Admitted awarders only.
    function release(bytes32 lot, uint64 amount, bytes32 award) external;

    /// @notice How much of the lot is spent, and of how much; zeros when nobody uses it.
    function lotOf(bytes32 lot) external view returns (uint64 spent, uint64 total);

    /// @notice How much of the lot one award of an awarding body (SHA-256 of its DID) uses.
    function spentFor(bytes32 lot, bytes32 awarder, bytes32 award) external view returns (uint64);

    /// @notice For each bundle, whether an awarding body (SHA-256 of its DID) uses exactly this for its award.
    function bundlesSpent(bytes32 awarder, Bundle[] calldata bundles) external view returns (bool[] memory);
}
