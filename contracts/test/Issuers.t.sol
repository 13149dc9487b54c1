// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Issuers} from "../src/Issuers.sol";
import {Cheats} from "./Cheats.sol";

/// @notice A controller and a registrar who do anything to three keys while time passes, apart from agreeing on a suspicion.
contract Parties is Cheats {
    Issuers public immutable issuers;
    address public immutable registrar;
    address public constant CONTROLLER = address(0xc1);
    bytes32 public constant ISSUER = "issuer";

    /// @dev What `keyGood` said of each key about each moment that had passed when it was asked.
    mapping(bytes32 key => mapping(uint64 moment => bool)) public said;
    uint64[] public moments;

    constructor(Issuers issuers_, address registrar_) {
        (issuers, registrar) = (issuers_, registrar_);
    }

    function key(uint256 number) public pure returns (bytes32) {
        return keccak256(abi.encode("key", number % 3));
    }

    function count() external view returns (uint256) {
        return moments.length;
    }

    /// @dev Time passes, and a moment that lies in the past is written down.
    function pass(uint16 time) external {
        uint64 moment = uint64(block.timestamp);
        vm.warp(block.timestamp + 1 + time);
        for (uint256 number = 0; number < 3; ++number) {
            said[key(number)][moment] = issuers.keyGood(ISSUER, key(number), moment);
        }
        moments.push(moment);
    }

    function addKey(uint256 number, uint64 from, uint64 until) external {
        vm.prank(CONTROLLER);
        issuers.addKey(ISSUER, key(number), from % 2_000_000_000, until % 2_000_000_000);
    }

    function retireKey(uint256 number, uint64 until) external {
        vm.prank(CONTROLLER);
        issuers.retireKey(ISSUER, key(number), until % 2_000_000_000);
    }

    function revokeKey(uint256 number, bool byRegistrar) external {
        vm.prank(byRegistrar ? registrar : CONTROLLER);
        issuers.revokeKey(ISSUER, key(number));
    }

    function suspectAlone(uint256 number, uint64 since) external {
        vm.prank(CONTROLLER);
        issuers.suspect(ISSUER, key(number), since);
    }
}

/// @notice An owner, two registrars and four bodies who hand control, oversight, succession, terms and banks about while
/// time passes; what must not change is written down beside it.
contract Bodies is Cheats {
    Issuers public immutable issuers;
    address[2] public registrars = [address(0xa1), address(0xa2)];
    address[6] public accounts = [
        address(0xc1),
        address(0xc2),
        address(0xc3),
        address(0xc4),
        address(0xa1),
        address(0xa2)
    ];
    bytes32[3] public names = [bytes32("one"), bytes32("two"), bytes32("three")];
    address public constant BANK = address(0xb1);

    mapping(bytes32 issuer => bytes32) public successors;
    mapping(bytes32 issuer => address) public confirmed;
    mapping(bytes32 issuer => uint64) public proposedAt;
    mapping(bytes32 issuer => address) public offered;
    mapping(bytes32 issuer => mapping(uint64 moment => bool)) public admitted;
    mapping(bytes32 issuer => mapping(uint64 moment => bool)) public used;
    uint64[] public moments;

    constructor() {
        issuers = new Issuers(address(0));
        issuers.appointRegistrar(registrars[0]);
        for (uint256 index = 0; index < 2; ++index) {
            vm.prank(registrars[0]);
            issuers.admit(names[index], accounts[index], "scope", "document");
        }
    }

    /// @dev Mostly who may: the controller, so that tries get somewhere; at times anybody.
    function _speaker(uint256 by, uint256 name) private view returns (address account) {
        (account, , ) = issuers.issuerOf(names[name % 3]);
        if (by % 4 == 0 || account == address(0)) account = accounts[(by / 4) % 6];
    }

    /// @dev Mostly the registrar that oversees it.
    function _overseer(uint256 by, uint256 name) private view returns (address account) {
        (, account, ) = issuers.issuerOf(names[name % 3]);
        if (by % 4 == 0 || account == address(0)) account = registrars[(by / 4) % 2];
    }

    function count() external view returns (uint256) {
        return moments.length;
    }

    function pass(uint32 time) external {
        uint64 moment = uint64(block.timestamp);
        vm.warp(block.timestamp + 1 + (time % 20 days));
        for (uint256 index = 0; index < 3; ++index) {
            admitted[names[index]][moment] = issuers.isAdmitted(names[index], moment);
            used[names[index]][moment] = issuers.usesBank(names[index], BANK, moment);
        }
        moments.push(moment);
    }

    function appoint(uint256 which, bool serves) external {
        if (serves || which % 3 != 0) issuers.appointRegistrar(registrars[which % 2]);
        else issuers.dismissRegistrar(registrars[which % 2]);
    }

    function admit(uint256 which, uint256 name, uint256 who) external {
        vm.prank(registrars[which % 2]);
        issuers.admit(names[name % 3], accounts[who % 6], "scope", "document");
    }

    function amend(uint256 which, uint256 name) external {
        vm.prank(_overseer(which, name));
        issuers.amend(names[name % 3], "another scope", "document");
    }

    function withdraw(uint256 which, uint256 name) external {
        if (which % 3 == 0) return;
        vm.prank(_overseer(which, name));
        issuers.withdraw(names[name % 3]);
    }

    /// @dev Mostly of an issuer whose registrar was dismissed that moment.
    function adopt(uint256 which, uint256 name) external {
        if (which % 4 != 0) issuers.dismissRegistrar(_overseer(1, name));
        issuers.appointRegistrar(registrars[which % 2]);
        vm.prank(registrars[which % 2]);
        issuers.adopt(names[name % 3]);
    }

    function offerControl(uint256 by, uint256 name, uint256 to) external {
        vm.prank(_speaker(by, name));
        issuers.offerControl(names[name % 3], accounts[to % 6]);
        offered[names[name % 3]] = accounts[to % 6];
    }

    function acceptControl(uint256 by, uint256 name) external {
        bytes32 issuer = names[name % 3];
        address taker = by % 4 == 0 ? accounts[(by / 4) % 6] : offered[issuer];
        vm.prank(taker);
        issuers.acceptControl(issuer);
        note(offered[issuer] == taker, "control that nobody offered was taken");
        _settled(issuer);
    }

    function proposeRecovery(uint256 which, uint256 name, uint256 to) external {
        bytes32 issuer = names[name % 3];
        vm.prank(_overseer(which, name));
        issuers.proposeRecovery(issuer, accounts[to % 6]);
        (proposedAt[issuer], confirmed[issuer]) = (uint64(block.timestamp), address(0));
    }

    function confirmRecovery(uint256 by, uint256 name, uint256 to) external {
        bytes32 issuer = names[name % 3];
        (address account, , ) = issuers.recoveryOf(issuer);
        if (by % 4 == 0) account = accounts[to % 6];
        issuers.confirmRecovery(issuer, account);
        confirmed[issuer] = account;
    }

    function cancelRecovery(uint256 by, uint256 name) external {
        if (by % 4 != 0) return;
        issuers.cancelRecovery(names[name % 3]);
        confirmed[names[name % 3]] = address(0);
    }

    function acceptRecovery(uint256 by, uint256 name) external {
        bytes32 issuer = names[name % 3];
        (address taker, , ) = issuers.recoveryOf(issuer);
        if (by % 4 == 0) taker = accounts[(by / 4) % 6];
        vm.prank(taker);
        issuers.acceptRecovery(issuer);
        note(confirmed[issuer] == taker, "a recovery that the owner never confirmed took effect");
        note(block.timestamp >= proposedAt[issuer] + 14 days, "a recovery took effect before its notice had run");
        _settled(issuer);
    }

    /// @dev The three steps in a row, so that many a recovery gets as far as its notice.
    function recover(uint256 name, uint256 to, uint32 wait) external {
        bytes32 issuer = names[name % 3];
        address taker = accounts[to % 6];
        uint256 start = block.timestamp;
        vm.prank(_overseer(1, name));
        issuers.proposeRecovery(issuer, taker);
        issuers.confirmRecovery(issuer, taker);
        vm.warp(start + 13 days + (wait % 2 days));
        vm.prank(taker);
        issuers.acceptRecovery(issuer);
        note(block.timestamp >= start + 14 days, "a recovery took effect before its notice had run");
        _settled(issuer);
    }

    function nameSuccessor(uint256 by, uint256 name, uint256 successor) external {
        bytes32 issuer = names[name % 3];
        vm.prank(_speaker(by, name));
        issuers.nameSuccessor(issuer, names[successor % 3]);
        note(successors[issuer] == 0, "a successor was named twice");
        successors[issuer] = names[successor % 3];
    }

    function nameBank(uint256 by, uint256 name) external {
        vm.prank(_speaker(by, name));
        issuers.nameBank(names[name % 3], BANK);
    }

    function dropBank(uint256 by, uint256 name) external {
        vm.prank(_speaker(by, name));
        issuers.dropBank(names[name % 3], BANK);
    }

    function _settled(bytes32 issuer) private {
        (offered[issuer], confirmed[issuer]) = (address(0), address(0));
    }
}

contract IssuersTest is Cheats {
    Issuers internal issuers;
    Parties internal parties;
    address[] private targets;

    function setUp() public {
        vm.warp(1_000_000_000);
        issuers = new Issuers(address(0));
        issuers.appointRegistrar(address(this));
        parties = new Parties(issuers, address(this));
        issuers.admit("issuer", parties.CONTROLLER(), "scope", "document");
        targets.push(address(parties));
    }

    function targetContracts() external view returns (address[] memory) {
        return targets;
    }

    /// @notice Nobody alone changes what was true of a moment that has passed.
    function invariant_thePastStaysAsItWas() external view {
        for (uint256 index = 0; index < parties.count(); ++index) {
            uint64 moment = parties.moments(index);
            for (uint256 number = 0; number < 3; ++number) {
                bytes32 key = parties.key(number);
                bool now_ = issuers.keyGood("issuer", key, moment);
                holds(now_ == parties.said(key, moment), "the past changed");
            }
        }
    }

    function testFuzz_aKeyIsNeverGoodBeforeItWasRegistered(uint64 from, uint64 until, uint64 moment) external {
        vm.assume(until == 0 || (until > from && until > block.timestamp));
        vm.assume(moment < block.timestamp);
        vm.prank(parties.CONTROLLER());
        issuers.addKey("issuer", "key", from, until);
        holds(!issuers.keyGood("issuer", "key", moment), "a key was dated back");
    }

    function testFuzz_suspicionTakesTwoAndFellsExactlyWhatFollowedIt(uint16 before, uint16 since) external {
        vm.prank(parties.CONTROLLER());
        issuers.addKey("issuer", "key", 0, 0);
        uint64 start = uint64(block.timestamp);
        vm.warp(block.timestamp + uint256(before));
        issuers.revokeKey("issuer", "key");
        uint64 suspect = start + (before == 0 ? 0 : since % (before + uint64(1)));
        issuers.suspect("issuer", "key", suspect);
        holds(before == 0 || issuers.keyGood("issuer", "key", uint64(block.timestamp) - 1), "one party sufficed");
        vm.prank(parties.CONTROLLER());
        issuers.suspect("issuer", "key", suspect);
        holds(!issuers.keyGood("issuer", "key", suspect), "the suspected moment still counts");
        holds(suspect == start || issuers.keyGood("issuer", "key", suspect - 1), "the moment before fell too");
    }
}

contract BodiesTest is Cheats {
    Bodies internal bodies;
    address[] private targets;

    function setUp() public {
        vm.warp(1_000_000_000);
        bodies = new Bodies();
        targets.push(address(bodies));
    }

    function targetContracts() external view returns (address[] memory) {
        return targets;
    }

    function invariant_nothingBrokeWhileItWasTried() external view {
        holds(bytes(bodies.broken()).length == 0, bodies.broken());
    }

    /// @notice One account is never both the controller and the registrar of an issuer.
    function invariant_nobodyIsBothParties() external view {
        for (uint256 index = 0; index < 3; ++index) {
            (address controller, address registrar, ) = bodies.issuers().issuerOf(bodies.names(index));
            holds(controller == address(0) || controller != registrar, "one account is both parties");
        }
    }

    /// @notice Successors stay as they were named and never make a ring.
    function invariant_successorsStayAndMakeNoRing() external view {
        for (uint256 index = 0; index < 3; ++index) {
            bytes32 start = bodies.names(index);
            (, , bytes32 successor) = bodies.issuers().issuerOf(start);
            holds(successor == bodies.successors(start), "a successor changed");
            for (uint256 hop = 0; hop < 3 && successor != 0; ++hop) {
                holds(successor != start, "successors make a ring");
                (, , successor) = bodies.issuers().issuerOf(successor);
            }
        }
    }

    /// @notice Admissions and named banks of moments that have passed stay as they were.
    function invariant_pastAdmissionsAndBanksStay() external view {
        for (uint256 index = 0; index < bodies.count(); ++index) {
            uint64 moment = bodies.moments(index);
            for (uint256 number = 0; number < 3; ++number) {
                bytes32 name = bodies.names(number);
                holds(bodies.issuers().isAdmitted(name, moment) == bodies.admitted(name, moment), "an admission changed");
                bool uses = bodies.issuers().usesBank(name, bodies.BANK(), moment);
                holds(uses == bodies.used(name, moment), "a named bank changed");
            }
        }
    }
}
