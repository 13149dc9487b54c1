// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIssuers} from "./interfaces/IIssuers.sol";
import {ISuccession} from "./interfaces/ISuccession.sol";
import {Owned} from "./Owned.sol";
import {contractOrNone} from "./Succession.sol";
import {Window, Windows} from "./Windows.sol";

/// @title The registry of issuers
contract Issuers is IIssuers, ISuccession, Owned {
    using Windows for Window[];

    struct Recovery {
        address to;
        uint64 notBefore;
        bool confirmed;
    }

    /// @dev `oversight` is under which oversight the registrar spoke.
    struct Suspicion {
        uint64 byIssuer;
        uint64 byRegistrar;
        uint64 oversight;
    }

    struct Issuer {
        address controller;
        address registrar;
        uint64 oversight;
        address offeredController;
        bytes32 successor;
        Recovery recovery;
        Terms[] terms;
        bytes32[] keyList;
        address[] bankList;
        mapping(bytes32 key => Key) keys;
        mapping(bytes32 key => Suspicion) suspicions;
        mapping(address bank => Window[]) banks;
    }

    /// @notice How long a recovery is public before it can take effect.
    uint64 public constant RECOVERY_NOTICE = 14 days;
    /// @notice How many successors in a row are followed.
    uint256 public constant MAX_SUCCESSORS = 8;

    /// @inheritdoc IIssuers
    mapping(address account => bool) public isRegistrar;
    mapping(bytes32 issuer => Issuer) private _issuers;
    /// @inheritdoc ISuccession
    address public predecessor;

    constructor(address predecessor_) {
        predecessor = contractOrNone(predecessor_);
    }

    modifier onlyIssuersRegistrar(bytes32 issuer) {
        if (msg.sender != _issuers[issuer].registrar || !isRegistrar[msg.sender]) {
            revert NotIssuersRegistrar(issuer, msg.sender);
        }
        _;
    }

    modifier onlyController(bytes32 issuer) {
        if (msg.sender != _issuers[issuer].controller) revert NotController(issuer, msg.sender);
        _;
    }

    /// @inheritdoc IIssuers
    function appointRegistrar(address registrar) external onlyOwner {
        if (registrar == address(0)) revert EmptyValue();
        isRegistrar[registrar] = true;
        emit RegistrarAppointed(registrar);
    }

    /// @inheritdoc IIssuers
    function dismissRegistrar(address registrar) external onlyOwner {
        if (!isRegistrar[registrar]) revert NotRegistrar(registrar);
        isRegistrar[registrar] = false;
        emit RegistrarDismissed(registrar);
    }

    /// @inheritdoc IIssuers
    function admit(bytes32 issuer, address controller, bytes32 scope, bytes32 document) external {
        if (!isRegistrar[msg.sender]) revert NotRegistrar(msg.sender);
        if (issuer == 0) revert EmptyValue();
        Issuer storage known = _issuers[issuer];
        if (known.controller == address(0)) {
            if (controller == address(0)) revert EmptyValue();
            if (controller == msg.sender) revert SameParty(controller);
            known.controller = controller;
            known.registrar = msg.sender;
            emit ControllerChanged(issuer, controller);
        } else {
            if (known.registrar != msg.sender) revert NotIssuersRegistrar(issuer, msg.sender);
            if (_isOpen(known.terms)) revert AlreadyAdmitted(issuer);
        }
        _setTerms(known, issuer, scope, document);
    }

    /// @inheritdoc IIssuers
    function amend(bytes32 issuer, bytes32 scope, bytes32 document) external onlyIssuersRegistrar(issuer) {
        Issuer storage known = _admitted(issuer);
        known.terms[known.terms.length - 1].until = _now();
        _setTerms(known, issuer, scope, document);
    }

    /// @inheritdoc IIssuers
    function withdraw(bytes32 issuer) external onlyIssuersRegistrar(issuer) {
        Issuer storage known = _admitted(issuer);
        known.terms[known.terms.length - 1].until = _now();
        emit IssuerWithdrawn(issuer, msg.sender);
    }

    /// @inheritdoc IIssuers
    function adopt(bytes32 issuer) external {
        Issuer storage known = _known(issuer);
        if (!isRegistrar[msg.sender]) revert NotRegistrar(msg.sender);
        if (isRegistrar[known.registrar]) revert RegistrarServes(known.registrar);
        if (known.controller == msg.sender) revert SameParty(msg.sender);
        known.registrar = msg.sender;
        ++known.oversight;
        emit IssuerAdopted(issuer, msg.sender);
    }

    /// @inheritdoc IIssuers
    function offerControl(bytes32 issuer, address to) external onlyController(issuer) {
        Issuer storage known = _issuers[issuer];
        if (to == known.registrar) revert SameParty(to);
        known.offeredController = to;
        emit ControlOffered(issuer, to);
    }

    /// @inheritdoc IIssuers
    function acceptControl(bytes32 issuer) external {
        if (msg.sender != _issuers[issuer].offeredController) revert NothingOffered(issuer, msg.sender);
        _setController(issuer);
    }

    /// @inheritdoc IIssuers
    function proposeRecovery(bytes32 issuer, address to) external onlyIssuersRegistrar(issuer) {
        if (to == address(0)) revert EmptyValue();
        if (to == msg.sender) revert SameParty(to);
        uint64 notBefore = _now() + RECOVERY_NOTICE;
        _issuers[issuer].recovery = Recovery({to: to, notBefore: notBefore, confirmed: false});
        emit RecoveryProposed(issuer, to, notBefore);
    }

    /// @inheritdoc IIssuers
    function confirmRecovery(bytes32 issuer, address to) external onlyOwner {
        Recovery storage recovery = _issuers[issuer].recovery;
        // the account is named again, so that a proposal swapped at the last moment is not confirmed by mistake
        if (to == address(0) || recovery.to != to) revert NothingOffered(issuer, to);
        recovery.confirmed = true;
        emit RecoveryConfirmed(issuer, to);
    }

    /// @inheritdoc IIssuers
    function acceptRecovery(bytes32 issuer) external {
        Recovery storage recovery = _issuers[issuer].recovery;
        if (recovery.to != msg.sender || !recovery.confirmed) revert NothingOffered(issuer, msg.sender);
        if (_now() < recovery.notBefore) revert StillOnNotice(recovery.notBefore);
        _setController(issuer);
    }

    /// @inheritdoc IIssuers
    function cancelRecovery(bytes32 issuer) external {
        Issuer storage known = _issuers[issuer];
        bool overseer = msg.sender == known.registrar && isRegistrar[msg.sender];
        if (!overseer && msg.sender != owner) revert NotIssuersRegistrar(issuer, msg.sender);
        delete known.recovery;
        emit RecoveryCancelled(issuer);
    }

    /// @inheritdoc IIssuers
    function nameSuccessor(bytes32 issuer, bytes32 successor) external onlyController(issuer) {
        Issuer storage known = _issuers[issuer];
        if (known.successor != 0) revert SuccessorKnown(known.successor);
        // who was succeeded cannot succeed, so a row of successors never becomes a ring
        Issuer storage heir = _issuers[successor];
        if (successor == issuer || heir.successor != 0 || !_isOpen(heir.terms)) revert UnfitSuccessor(successor);
        known.successor = successor;
        emit SuccessorNamed(issuer, successor);
    }

    /// @inheritdoc IIssuers
    function addKey(bytes32 issuer, bytes32 key, uint64 from, uint64 until) external onlyController(issuer) {
        Issuer storage known = _admitted(issuer);
        if (key == 0) revert EmptyValue();
        if (known.keys[key].from != 0) revert KeyKnown(key);
        from = _presentOrLater(from);
        if (until != 0 && until <= from) revert EmptyWindow(from, until);
        known.keys[key] = Key({from: from, until: until, revokedAt: 0, suspectSince: 0});
        known.keyList.push(key);
        emit KeyAdded(issuer, key, from, until);
    }

    /// @inheritdoc IIssuers
    function retireKey(bytes32 issuer, bytes32 key, uint64 until) external onlyController(issuer) {
        Key storage life = _key(issuer, key);
        if (life.revokedAt != 0) revert AlreadyRevoked(life.revokedAt);
        until = _presentOrLater(until);
        // `until` is now or later, so an end that has come is never put off either
        if (life.until != 0 && until >= life.until) revert WindowClosed(life.until);
        life.until = until;
        emit KeyRetired(issuer, key, until);
    }

    /// @inheritdoc IIssuers
    function revokeKey(bytes32 issuer, bytes32 key) external {
        bool overseer = msg.sender == _issuers[issuer].registrar && isRegistrar[msg.sender];
        if (!overseer && !speaksFor(msg.sender, issuer)) revert NotController(issuer, msg.sender);
        Key storage life = _key(issuer, key);
        if (life.revokedAt != 0) revert AlreadyRevoked(life.revokedAt);
        life.revokedAt = _now();
        emit KeyRevoked(issuer, key, msg.sender);
    }

    /// @inheritdoc IIssuers
    function suspect(bytes32 issuer, bytes32 key, uint64 since) external {
        Issuer storage known = _issuers[issuer];
        // the registrar's account never speaks for the issuer as well, not even through a successor it controls
        bool overseer = msg.sender == known.registrar;
        if (overseer ? !isRegistrar[msg.sender] : !speaksFor(msg.sender, issuer)) {
            revert NotController(issuer, msg.sender);
        }
        Key storage life = _key(issuer, key);
        if (life.revokedAt == 0) revert NotRevoked(key);
        if (life.suspectSince != 0) revert AlreadySuspected(life.suspectSince);
        if (since < life.from || since > life.revokedAt) revert SuspicionOutOfRange(since);
        Suspicion storage suspicion = known.suspicions[key];
        if (overseer) (suspicion.byRegistrar, suspicion.oversight) = (since, known.oversight);
        else suspicion.byIssuer = since;
        emit SuspicionVoiced(issuer, key, msg.sender, since);
        if (suspicion.byIssuer == _registrarsVoice(known, suspicion)) {
            life.suspectSince = since;
            emit KeySuspected(issuer, key, since);
        }
    }

    /// @inheritdoc IIssuers
    function nameBank(bytes32 issuer, address bank) external onlyController(issuer) {
        Issuer storage known = _admitted(issuer);
        if (bank == address(0)) revert EmptyValue();
        Window[] storage windows = known.banks[bank];
        if (windows.isOpen()) revert BankAlreadyNamed(bank);
        if (windows.length == 0) known.bankList.push(bank);
        windows.open();
        emit BankNamed(issuer, bank);
    }

    /// @inheritdoc IIssuers
    function dropBank(bytes32 issuer, address bank) external {
        if (!speaksFor(msg.sender, issuer)) revert NotController(issuer, msg.sender);
        Window[] storage windows = _issuers[issuer].banks[bank];
        if (!windows.isOpen()) revert BankNotNamed(bank);
        windows.close();
        emit BankDropped(issuer, bank);
    }

    /// @inheritdoc IIssuers
    function issuerOf(
        bytes32 issuer
    ) external view returns (address controller, address registrar, bytes32 successor) {
        Issuer storage known = _issuers[issuer];
        return (known.controller, known.registrar, known.successor);
    }

    /// @inheritdoc IIssuers
    function termsOf(bytes32 issuer) external view returns (Terms[] memory) {
        return _issuers[issuer].terms;
    }

    /// @inheritdoc IIssuers
    function isAdmitted(bytes32 issuer, uint64 moment) external view returns (bool) {
        Terms[] storage terms = _issuers[issuer].terms;
        for (uint256 index = terms.length; index != 0; --index) {
            Terms storage period = terms[index - 1];
            if (period.from <= moment && (period.until == 0 || moment < period.until)) return true;
        }
        return false;
    }

    /// @inheritdoc IIssuers
    function speaksFor(address account, bytes32 issuer) public view returns (bool) {
        for (uint256 hop = 0; hop <= MAX_SUCCESSORS && issuer != 0; ++hop) {
            Issuer storage known = _issuers[issuer];
            if (known.controller == account && account != address(0)) return true;
            issuer = known.successor;
        }
        return false;
    }

    /// @inheritdoc IIssuers
    function recoveryOf(bytes32 issuer) external view returns (address to, uint64 notBefore, bool confirmed) {
        Recovery storage recovery = _issuers[issuer].recovery;
        return (recovery.to, recovery.notBefore, recovery.confirmed);
    }

    /// @inheritdoc IIssuers
    function keysOf(bytes32 issuer) external view returns (bytes32[] memory) {
        return _issuers[issuer].keyList;
    }

    /// @inheritdoc IIssuers
    function keyOf(bytes32 issuer, bytes32 key) external view returns (Key memory) {
        return _issuers[issuer].keys[key];
    }

    /// @inheritdoc IIssuers
    function keyGood(bytes32 issuer, bytes32 key, uint64 moment) external view returns (bool) {
        Key storage life = _issuers[issuer].keys[key];
        if (life.from == 0 || moment < life.from) return false;
        if (life.until != 0 && moment >= life.until) return false;
        if (life.revokedAt != 0 && moment >= life.revokedAt) return false;
        return life.suspectSince == 0 || moment < life.suspectSince;
    }

    /// @inheritdoc IIssuers
    function suspicionOf(
        bytes32 issuer,
        bytes32 key
    ) external view returns (uint64 byIssuer, uint64 byRegistrar) {
        Issuer storage known = _issuers[issuer];
        Suspicion storage suspicion = known.suspicions[key];
        return (suspicion.byIssuer, _registrarsVoice(known, suspicion));
    }

    /// @inheritdoc IIssuers
    function banksOf(bytes32 issuer) external view returns (address[] memory) {
        return _issuers[issuer].bankList;
    }

    /// @inheritdoc IIssuers
    function bankWindows(bytes32 issuer, address bank) external view returns (Window[] memory) {
        return _issuers[issuer].banks[bank];
    }

    /// @inheritdoc IIssuers
    function usesBank(bytes32 issuer, address bank, uint64 moment) external view returns (bool) {
        return _issuers[issuer].banks[bank].covers(moment);
    }

    function _now() private view returns (uint64) {
        return uint64(block.timestamp);
    }

    /// @dev A sender cannot know the time of the block to come, so a moment gone by becomes now; it never stays past.
    function _presentOrLater(uint64 moment) private view returns (uint64) {
        return moment < _now() ? _now() : moment;
    }

    /// @dev What a registrar said counts while it serves and oversees the issuer; else the issuer could wait until a
    /// registrar is gone that spoke as it wished, and repudiate alone.
    function _registrarsVoice(Issuer storage known, Suspicion storage suspicion) private view returns (uint64) {
        bool counts = suspicion.oversight == known.oversight && isRegistrar[known.registrar];
        return counts ? suspicion.byRegistrar : 0;
    }

    function _isOpen(Terms[] storage terms) private view returns (bool) {
        uint256 count = terms.length;
        return count != 0 && terms[count - 1].until == 0;
    }

    function _known(bytes32 issuer) private view returns (Issuer storage known) {
        known = _issuers[issuer];
        if (known.controller == address(0)) revert UnknownIssuer(issuer);
    }

    function _admitted(bytes32 issuer) private view returns (Issuer storage known) {
        known = _issuers[issuer];
        if (!_isOpen(known.terms)) revert IssuerNotAdmitted(issuer);
    }

    function _key(bytes32 issuer, bytes32 key) private view returns (Key storage life) {
        life = _issuers[issuer].keys[key];
        if (life.from == 0) revert UnknownKey(key);
    }

    function _setTerms(Issuer storage known, bytes32 issuer, bytes32 scope, bytes32 document) private {
        if (scope == 0 || document == 0) revert EmptyValue();
        known.terms.push(
            Terms({from: _now(), until: 0, registrar: msg.sender, scope: scope, document: document})
        );
        emit TermsSet(issuer, msg.sender, scope, document);
    }

    /// @dev Whatever was pending belongs to the controller before, so it ends here. An offer made before the registrar
    /// changed could make one account both parties; the second look refuses that.
    function _setController(bytes32 issuer) private {
        Issuer storage known = _issuers[issuer];
        if (msg.sender == known.registrar) revert SameParty(msg.sender);
        known.controller = msg.sender;
        known.offeredController = address(0);
        delete known.recovery;
        emit ControllerChanged(issuer, msg.sender);
    }
}
