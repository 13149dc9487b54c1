// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAdmissions} from "./interfaces/IAdmissions.sol";
import {IIssuers} from "./interfaces/IIssuers.sol";
import {Window, Windows} from "./Windows.sol";

/// @title Accounts that the registrars of the issuers' registry admit
abstract contract Admissions is IAdmissions {
    using Windows for Window[];

    /// @dev `open` says what the last window says, beside the registrar in one slot: every anchor and every spend asks it.
    struct Admission {
        address registrar;
        bool open;
        bytes32 identity;
        Window[] windows;
    }

    /// @notice The registry that says who is a registrar.
    IIssuers public immutable registry;

    mapping(address account => Admission) internal _admissions;

    constructor(IIssuers registry_) {
        if (address(registry_).code.length == 0) revert EmptyAdmission();
        registry = registry_;
    }

    modifier onlyAdmitted() {
        if (!_admissions[msg.sender].open) revert NotAdmitted(msg.sender);
        _;
    }

    /// @inheritdoc IAdmissions
    function admit(address account, bytes32 identity) external {
        if (account == address(0) || identity == 0) revert EmptyAdmission();
        Admission storage admission = _admissions[account];
        _takeOversight(admission, account);
        _takeBody(identity);
        if (admission.open) revert AccountAlreadyAdmitted(account);
        if (admission.identity == 0) admission.identity = identity;
        else if (admission.identity != identity) revert IdentityDiffers(admission.identity);
        admission.open = true;
        admission.windows.open();
        emit Admitted(account, identity, msg.sender);
    }

    /// @inheritdoc IAdmissions
    function withdraw(address account) external {
        Admission storage admission = _admissions[account];
        _takeOversight(admission, account);
        if (!admission.open) revert NotAdmitted(account);
        admission.open = false;
        admission.windows.close();
        emit Withdrawn(account, admission.identity, msg.sender);
    }

    /// @inheritdoc IAdmissions
    function isAdmitted(address account, uint64 moment) external view returns (bool) {
        return _admissions[account].windows.covers(moment);
    }

    /// @inheritdoc IAdmissions
    function admissionOf(
        address account
    ) external view returns (address registrar, bytes32 identity, Window[] memory windows) {
        Admission storage admission = _admissions[account];
        return (admission.registrar, admission.identity, admission.windows);
    }

    /// @inheritdoc IAdmissions
    function overseerOf(bytes32 identity) external view returns (address) {
        return _overseers()[identity];
    }

    /// @dev Where it is kept which registrar a body is with: in each contract's own last slot, so that no other moves.
    function _overseers() internal view virtual returns (mapping(bytes32 identity => address registrar) storage);

    /// @dev The registrar that came first keeps the account; another one takes over only when it no longer serves.
    function _takeOversight(Admission storage admission, address account) private {
        address overseer = admission.registrar;
        if (!registry.isRegistrar(msg.sender)) revert NotOverseer(account, msg.sender);
        if (overseer == msg.sender) return;
        if (overseer != address(0) && registry.isRegistrar(overseer)) revert NotOverseer(account, msg.sender);
        admission.registrar = msg.sender;
    }

    /// @dev And the body. Whoever admits one more account for a body lets it move and release all that the body spent.
    function _takeBody(bytes32 identity) private {
        mapping(bytes32 identity => address registrar) storage overseers = _overseers();
        address overseer = overseers[identity];
        if (overseer == msg.sender) return;
        if (overseer != address(0) && registry.isRegistrar(overseer)) revert NotBodysOverseer(identity, msg.sender);
        overseers[identity] = msg.sender;
    }
}
