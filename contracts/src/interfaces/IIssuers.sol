// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Window} from "../Windows.sol";

/// @title Who may issue credentials, since when, with which keys, through which banks
/// @notice Everything is judged by block time. Nothing here can be dated back, and nothing is ever deleted: a reader
/// who asks about a moment in the past gets the answer that was true then, apart from the one exception that issuer
/// and registrar declare together (`suspect`).
/// @dev An issuer is named by SHA-256 of its DID, a key by SHA-256 of its Multikey text. A moment is in a window when
/// `from <= moment < until`; an `until` of zero is open.
interface IIssuers {
    /// @notice One period under unchanged terms of admission.
    /// @param from block time at which these terms began
    /// @param until block time at which they ended, 0 while they hold
    /// @param registrar the registrar that set them
    /// @param scope digest of what the issuer is admitted for
    /// @param document SHA-256 of the canonical JSON of the issuer's DID document
    struct Terms {
        uint64 from;
        uint64 until;
        address registrar;
        bytes32 scope;
        bytes32 document;
    }

    /// @notice The life of one signing key.
    /// @param from first moment at which the key counts
    /// @param until first moment at which it no longer counts, 0 when no end is set
    /// @param revokedAt block time of its revocation, 0 when it was never revoked
    /// @param suspectSince what was anchored from here to `revokedAt` falls, 0 when nothing is under suspicion
    struct Key {
        uint64 from;
        uint64 until;
        uint64 revokedAt;
        uint64 suspectSince;
    }

    event RegistrarAppointed(address indexed registrar);
    event RegistrarDismissed(address indexed registrar);
    event TermsSet(bytes32 indexed issuer, address indexed registrar, bytes32 scope, bytes32 document);
    event IssuerWithdrawn(bytes32 indexed issuer, address indexed registrar);
    event IssuerAdopted(bytes32 indexed issuer, address indexed registrar);
    event ControllerChanged(bytes32 indexed issuer, address indexed controller);
    event ControlOffered(bytes32 indexed issuer, address indexed to);
    event RecoveryProposed(bytes32 indexed issuer, address indexed to, uint64 notBefore);
    event RecoveryConfirmed(bytes32 indexed issuer, address indexed to);
    event RecoveryCancelled(bytes32 indexed issuer);
    event SuccessorNamed(bytes32 indexed issuer, bytes32 indexed successor);
    event KeyAdded(bytes32 indexed issuer, bytes32 indexed key, uint64 from, uint64 until);
    event KeyRetired(bytes32 indexed issuer, bytes32 indexed key, uint64 until);
    event KeyRevoked(bytes32 indexed issuer, bytes32 indexed key, address indexed by);
    event SuspicionVoiced(bytes32 indexed issuer, bytes32 indexed key, address indexed by, uint64 since);
    event KeySuspected(bytes32 indexed issuer, bytes32 indexed key, uint64 since);
    event BankNamed(bytes32 indexed issuer, address indexed bank);
    event BankDropped(bytes32 indexed issuer, address indexed bank);

    /// @notice The caller is not an appointed registrar.
    error NotRegistrar(address caller);
    /// @notice The caller is not the registrar that oversees this issuer.
    error NotIssuersRegistrar(bytes32 issuer, address caller);
    /// @notice The caller neither controls this issuer nor any of its successors.
    error NotController(bytes32 issuer, address caller);
    /// @notice One account would be both the controller and the registrar of an issuer.
    error SameParty(address account);
    /// @notice A digest, an account or a key was left empty.
    error EmptyValue();
    /// @notice The issuer was never admitted.
    error UnknownIssuer(bytes32 issuer);
    /// @notice The issuer is admitted already.
    error AlreadyAdmitted(bytes32 issuer);
    /// @notice The issuer is not admitted at this moment.
    error IssuerNotAdmitted(bytes32 issuer);
    /// @notice The issuer's registrar still serves, so nobody can take over its oversight.
    error RegistrarServes(address registrar);
    /// @notice Nobody offered the caller control of this issuer, or the recovery is not confirmed.
    error NothingOffered(bytes32 issuer, address caller);
    /// @notice A recovery takes effect only after its notice.
    error StillOnNotice(uint64 notBefore);
    /// @notice The issuer has named its successor before.
    error SuccessorKnown(bytes32 successor);
    /// @notice The successor is not admitted, is the issuer itself, or has itself been succeeded.
    error UnfitSuccessor(bytes32 successor);
    /// @notice The issuer never had this key.
    error UnknownKey(bytes32 key);
    /// @notice The issuer has or had this key; a key is registered once.
    error KeyKnown(bytes32 key);
    /// @notice A window must end after it begins.
    error EmptyWindow(uint64 from, uint64 until);
    /// @notice The end of a key's window can only be brought forward, and only before it has come.
    error WindowClosed(uint64 until);
    /// @notice The key is revoked already, and a revocation never moves.
    error AlreadyRevoked(uint64 revokedAt);
    /// @notice Only a revoked key can be under suspicion.
    error NotRevoked(bytes32 key);
    /// @notice Suspicion must lie between the key's start and its revocation.
    error SuspicionOutOfRange(uint64 since);
    /// @notice The key's suspicion is settled and never moves.
    error AlreadySuspected(uint64 since);
    /// @notice The issuer already issues through this bank.
    error BankAlreadyNamed(address bank);
    /// @notice The issuer does not issue through this bank.
    error BankNotNamed(address bank);

    /// @notice Appoint a registrar (a quality agency). Owner only.
    function appointRegistrar(address registrar) external;

    /// @notice Dismiss a registrar. What it admitted stays admitted until another registrar adopts it. Owner only.
    function dismissRegistrar(address registrar) external;

    /// @notice Admit an issuer, or admit it again after a withdrawal. Its registrar only; the first time any registrar.
    /// @param issuer SHA-256 of the issuer's DID
    /// @param controller the account that will speak for the issuer; ignored on re-admission, where it stays as it was
    /// @param scope digest of what it is admitted for
    /// @param document SHA-256 of the canonical JSON of its DID document
    function admit(bytes32 issuer, address controller, bytes32 scope, bytes32 document) external;

    /// @notice Change the terms of an admitted issuer from now on: a new scope or a new DID document. Its registrar only.
    function amend(bytes32 issuer, bytes32 scope, bytes32 document) external;

    /// @notice Withdraw an issuer from now on; what was anchored before stays. Its registrar only.
    function withdraw(bytes32 issuer) external;

    /// @notice Take over the oversight of an issuer whose registrar was dismissed. Any other registrar.
    function adopt(bytes32 issuer) external;

    /// @notice Offer control of an issuer to another account, which must accept. Controller only.
    function offerControl(bytes32 issuer, address to) external;

    /// @notice Accept control of an issuer. Only the account it was offered to.
    function acceptControl(bytes32 issuer) external;

    /// @notice First of three steps to replace a lost or stolen controller: its registrar proposes.
    function proposeRecovery(bytes32 issuer, address to) external;

    /// @notice Second step: the owner confirms the very account that was proposed.
    function confirmRecovery(bytes32 issuer, address to) external;

    /// @notice Third step: the new controller accepts, once the notice has run.
    function acceptRecovery(bytes32 issuer) external;

    /// @notice Call a recovery off. Its registrar or the owner.
    function cancelRecovery(bytes32 issuer) external;

    /// @notice Name who answers for this issuer's keys and status lists when it closes or merges; once. Controller only.
    function nameSuccessor(bytes32 issuer, bytes32 successor) external;

    /// @notice Register a signing key. Controller only.
    /// @param from when it begins to count; a moment gone by (such as 0) means now, so a start is never dated back
    /// @param until when it stops to count; 0 means no end is set
    function addKey(bytes32 issuer, bytes32 key, uint64 from, uint64 until) external;

    /// @notice End a key's window at a moment to come, or bring an end forward. Controller only.
    /// @param until a moment gone by (such as 0) means now, so an end is never dated back
    function retireKey(bytes32 issuer, bytes32 key, uint64 until) external;

    /// @notice Revoke a key as of this block. What was anchored before is spared.
    /// Controller, successor's controller, or its registrar.
    function revokeKey(bytes32 issuer, bytes32 key) external;

    /// @notice Declare a revoked key untrustworthy from `since` to its revocation. It takes effect once both the issuer
    /// and its registrar have declared the same `since`, and then never moves. What a registrar declared counts no longer
    /// once it was dismissed or another registrar oversees the issuer.
    function suspect(bytes32 issuer, bytes32 key, uint64 since) external;

    /// @notice Issue through this bank from now on. Controller only.
    function nameBank(bytes32 issuer, address bank) external;

    /// @notice No longer issue through this bank. Controller or successor's controller.
    function dropBank(bytes32 issuer, address bank) external;

    /// @notice Whether this account is an appointed registrar now.
    function isRegistrar(address account) external view returns (bool);

    /// @notice Who controls and who oversees an issuer, and who succeeds it (zero: nobody).
    function issuerOf(
        bytes32 issuer
    ) external view returns (address controller, address registrar, bytes32 successor);

    /// @notice Every period of admission of an issuer, oldest first.
    function termsOf(bytes32 issuer) external view returns (Terms[] memory);

    /// @notice Whether the issuer was admitted at that moment.
    function isAdmitted(bytes32 issuer, uint64 moment) external view returns (bool);

    /// @notice Whether the account controls the issuer or one of its successors.
    function speaksFor(address account, bytes32 issuer) external view returns (bool);

    /// @notice The pending recovery of an issuer.
    function recoveryOf(bytes32 issuer) external view returns (address to, uint64 notBefore, bool confirmed);

    /// @notice Every key the issuer ever registered, oldest first.
    function keysOf(bytes32 issuer) external view returns (bytes32[] memory);

    /// @notice The life of one key; all zero when the issuer never had it.
    function keyOf(bytes32 issuer, bytes32 key) external view returns (Key memory);

    /// @notice Whether something anchored at that moment under this key counts, as far as is known now.
    function keyGood(bytes32 issuer, bytes32 key, uint64 moment) external view returns (bool);

    /// @notice What issuer and registrar have declared about a key so far; zero where a party is silent, and for the
    /// registrar also while what it said does not count (`suspect`).
    function suspicionOf(bytes32 issuer, bytes32 key) external view returns (uint64 byIssuer, uint64 byRegistrar);

    /// @notice Every bank the issuer ever named, in the order of first naming.
    function banksOf(bytes32 issuer) external view returns (address[] memory);

    /// @notice The periods in which the issuer issued through this bank, oldest first.
    function bankWindows(bytes32 issuer, address bank) external view returns (Window[] memory);

    /// @notice Whether the issuer issued through this bank at that moment.
    function usesBank(bytes32 issuer, address bank, uint64 moment) external view returns (bool);
}
