// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Admissions} from "../src/Admissions.sol";
import {Anchors} from "../src/Anchors.sol";
import {Issuers} from "../src/Issuers.sol";
import {Redemptions} from "../src/Redemptions.sol";
import {IIssuers} from "../src/interfaces/IIssuers.sol";
import {IRedemptions} from "../src/interfaces/IRedemptions.sol";
import {Cheats} from "./Cheats.sol";

/// @notice All three contracts at once, while owners change, registrars come, go and come back, bodies change accounts,
/// institutions merge, keys are stolen, and credit is spent, moved and given back. What each step may change is said
/// here, beside the contracts and without them; a step that succeeds although it may not, or changes more, is noted.
contract Town is Cheats {
    Issuers public immutable issuers;
    Anchors public immutable anchors;
    Redemptions public immutable redemptions;

    address[3] public owners = [address(0x01a), address(0x01b), address(0x01c)];
    address[3] public registrars = [address(0xa1), address(0xa2), address(0xa3)];
    address[4] public accounts = [address(0xd1), address(0xd2), address(0xd3), address(0xd4)];
    bytes32[3] public bodies = [bytes32("north"), bytes32("south"), bytes32("west")];
    bytes32[2] public names = [bytes32("one"), bytes32("two")];
    address[2] public controllers = [address(0xc1), address(0xc2)];
    bytes32[2] public lots = [bytes32("lot one"), bytes32("lot two")];
    bytes32[3] public awards = [bytes32("award one"), bytes32("award two"), bytes32("award three")];

    address public owner;
    address public offered;
    mapping(address contract_ => mapping(address account => bytes32)) public bodyOf;
    mapping(address contract_ => mapping(bytes32 body => address)) public overseerOf;
    mapping(address contract_ => mapping(address account => address)) public registrarOf;
    mapping(address bank => mapping(uint256 root => uint64)) public anchoredAt;

    struct Voices {
        uint64 byIssuer;
        uint64 byRegistrar;
        address registrar;
        uint256 adoptions;
        uint64 settled;
    }

    mapping(bytes32 issuer => Voices) public voices;
    mapping(bytes32 issuer => uint256) public adoptions;

    mapping(address contract_ => mapping(address account => mapping(uint64 moment => bool))) public admitted;
    mapping(bytes32 issuer => mapping(uint64 moment => bool)) public good;
    uint64[] public moments;

    constructor() {
        owner = owners[0];
        vm.prank(owner);
        issuers = new Issuers(address(0));
        anchors = new Anchors(issuers, address(0));
        redemptions = new Redemptions(issuers, address(0));
        vm.prank(owner);
        issuers.appointRegistrar(registrars[0]);
        for (uint256 which = 0; which < 2; ++which) {
            vm.prank(registrars[0]);
            issuers.admit(names[which], controllers[which], "scope", "document");
            vm.prank(controllers[which]);
            issuers.addKey(names[which], "key", 0, 0);
        }
        _admit(redemptions, registrars[0], accounts[0], bodies[0]);
        _admit(redemptions, registrars[0], accounts[1], bodies[1]);
        _admit(anchors, registrars[0], accounts[0], bodies[0]);
    }

    function count() external view returns (uint256) {
        return moments.length;
    }

    function pass(uint16 time) external {
        uint64 moment = uint64(block.timestamp);
        vm.warp(block.timestamp + 1 + time);
        for (uint256 who = 0; who < 4; ++who) {
            admitted[address(anchors)][accounts[who]][moment] = anchors.isAdmitted(accounts[who], moment);
            admitted[address(redemptions)][accounts[who]][moment] = redemptions.isAdmitted(accounts[who], moment);
        }
        for (uint256 which = 0; which < 2; ++which) {
            good[names[which]][moment] = issuers.keyGood(names[which], "key", moment);
        }
        moments.push(moment);
    }

    // -- the owner and its registrars

    function offerOwnership(uint256 by, uint256 to) external {
        address who = by % 4 == 0 ? owners[(by / 4) % 3] : owner;
        vm.prank(who);
        issuers.offerOwnership(owners[to % 3]);
        note(who == owner, "somebody else offered ownership");
        offered = owners[to % 3];
    }

    function acceptOwnership(uint256 by) external {
        address who = by % 4 == 0 || offered == address(0) ? owners[(by / 4) % 3] : offered;
        vm.prank(who);
        issuers.acceptOwnership();
        note(who == offered, "ownership was accepted by whom it was not offered to");
        (owner, offered) = (who, address(0));
    }

    function appoint(uint256 by, uint256 which) external {
        address who = by % 8 == 0 ? owners[(by / 8) % 3] : owner;
        vm.prank(who);
        issuers.appointRegistrar(registrars[which % 3]);
        note(who == owner, "somebody else appointed a registrar");
    }

    function dismiss(uint256 by, uint256 which) external {
        address who = by % 8 == 0 ? owners[(by / 8) % 3] : owner;
        if (by % 3 == 0) return;
        vm.prank(who);
        issuers.dismissRegistrar(registrars[which % 3]);
        note(who == owner, "somebody else dismissed a registrar");
    }

    // -- bodies and their accounts

    function admitAwarder(uint256 by, uint256 who, uint256 body) external {
        _admit(redemptions, registrars[by % 3], accounts[who % 4], bodies[body % 3]);
    }

    function admitBank(uint256 by, uint256 who, uint256 body) external {
        _admit(anchors, registrars[by % 3], accounts[who % 4], bodies[body % 3]);
    }

    function withdrawAwarder(uint256 by, uint256 who) external {
        _withdraw(redemptions, registrars[by % 3], accounts[who % 4]);
    }

    function withdrawBank(uint256 by, uint256 who) external {
        _withdraw(anchors, registrars[by % 3], accounts[who % 4]);
    }

    function _admit(Admissions contract_, address by, address account, bytes32 body) private {
        bool serves = issuers.isRegistrar(by);
        bool bodyIsFree = _isFree(overseerOf[address(contract_)][body], by);
        bool accountIsFree = _isFree(registrarOf[address(contract_)][account], by);
        bytes32 before = bodyOf[address(contract_)][account];
        vm.prank(by);
        contract_.admit(account, body);
        note(serves, "one that does not serve admitted an account");
        note(bodyIsFree, "an account was admitted for the body of another serving registrar");
        note(accountIsFree, "an account of another serving registrar was admitted");
        note(before == 0 || before == body, "an account changed hands");
        bodyOf[address(contract_)][account] = body;
        (overseerOf[address(contract_)][body], registrarOf[address(contract_)][account]) = (by, by);
    }

    function _withdraw(Admissions contract_, address by, address account) private {
        bool serves = issuers.isRegistrar(by);
        bool free = _isFree(registrarOf[address(contract_)][account], by);
        vm.prank(by);
        contract_.withdraw(account);
        note(serves && free, "an account of another serving registrar was withdrawn");
        registrarOf[address(contract_)][account] = by;
    }

    /// @dev Whether what this registrar oversees is `by`'s to take.
    function _isFree(address overseer, address by) private view returns (bool) {
        return overseer == by || overseer == address(0) || !issuers.isRegistrar(overseer);
    }

    // -- credit

    modifier touchingOneBody(uint256 who) {
        bytes32 before = _others(who);
        bool may = redemptions.isAdmitted(accounts[who % 4], uint64(block.timestamp));
        _;
        note(may, "somebody who is not admitted counted credit");
        note(_others(who) == before, "what another body counts changed");
    }

    /// @dev All that other bodies use, in one number.
    function _others(uint256 who) private view returns (bytes32 sum) {
        bytes32 own = bodyOf[address(redemptions)][accounts[who % 4]];
        for (uint256 body = 0; body < 3; ++body) {
            if (bodies[body] == own) continue;
            for (uint256 lot = 0; lot < 2; ++lot) {
                for (uint256 award = 0; award < 3; ++award) {
                    sum = keccak256(abi.encode(sum, redemptions.spentFor(lots[lot], bodies[body], awards[award])));
                }
            }
        }
    }

    function spend(uint256 who, uint256 lot, uint64 amount, uint256 award) external touchingOneBody(who) {
        vm.prank(accounts[who % 4]);
        redemptions.spend(lots[lot % 2], amount % 12, amount % 5 == 0 ? 20 : 10, awards[award % 3]);
    }

    /// @dev Mostly a use that stands: its lot and award, and an amount that is mostly no more than it.
    function _standing(uint256 who, uint64 amount) private view returns (bytes32 lot, bytes32 award, uint64 part) {
        bytes32 own = bodyOf[address(redemptions)][accounts[who % 4]];
        for (uint256 chance = 0; chance < 6; ++chance) {
            (lot, award) = (lots[(amount + chance) % 2], awards[(amount + chance) % 3]);
            uint64 used = redemptions.spentFor(lot, own, award);
            if (used != 0) return (lot, award, 1 + ((amount >> 8) % (used + 1)));
        }
        part = amount % 12;
    }

    function move(uint256 who, uint64 amount, uint256 to) external touchingOneBody(who) {
        (bytes32 lot, bytes32 award, uint64 part) = _standing(who, amount);
        (uint64 spent, uint64 total) = redemptions.lotOf(lot);
        vm.prank(accounts[who % 4]);
        redemptions.move(lot, part, award, awards[to % 3]);
        (uint64 later, uint64 totalLater) = redemptions.lotOf(lot);
        note(later == spent && totalLater == total, "a move changed what is spent in all");
    }

    function release(uint256 who, uint64 amount) external touchingOneBody(who) {
        (bytes32 lot, bytes32 award, uint64 part) = _standing(who, amount);
        (uint64 spent, ) = redemptions.lotOf(lot);
        vm.prank(accounts[who % 4]);
        redemptions.release(lot, part, award);
        (uint64 later, ) = redemptions.lotOf(lot);
        note(later + part == spent, "a release gave back another amount");
    }

    function spendBundles(uint256 who, uint256 seed) external touchingOneBody(who) {
        IRedemptions.Bundle[] memory drawn = new IRedemptions.Bundle[](1 + (seed % 3));
        for (uint256 number = 0; number < drawn.length; ++number) {
            uint256 chance = uint256(keccak256(abi.encode(seed, number)));
            drawn[number].award = awards[chance % 3];
            drawn[number].uses = new IRedemptions.Use[]((chance >> 8) % 3);
            for (uint256 place = 0; place < drawn[number].uses.length; ++place) {
                uint256 part = uint256(keccak256(abi.encode(chance, place)));
                drawn[number].uses[place] = IRedemptions.Use(lots[part % 2], uint64((part >> 8) % 8), 10);
            }
        }
        vm.prank(accounts[who % 4]);
        redemptions.spendBundles(drawn);
    }

    // -- anchors

    function anchor(uint256 who, uint256 root) external {
        address bank = accounts[who % 4];
        bool may = anchors.isAdmitted(bank, uint64(block.timestamp));
        vm.prank(bank);
        anchors.anchor(bytes32(1 + (root % 3)), 1);
        note(may, "somebody who is not admitted anchored");
        if (anchoredAt[bank][1 + (root % 3)] == 0) anchoredAt[bank][1 + (root % 3)] = uint64(block.timestamp);
    }

    // -- stolen keys

    /// @dev Mostly an issuer whose registrar was dismissed that moment.
    function adopt(uint256 by, uint256 which) external {
        (, address before, ) = issuers.issuerOf(names[which % 2]);
        vm.prank(owner);
        if (by % 4 != 0) issuers.dismissRegistrar(before);
        else issuers.appointRegistrar(registrars[by % 3]);
        bool free = !issuers.isRegistrar(before) && issuers.isRegistrar(registrars[by % 3]);
        vm.prank(registrars[by % 3]);
        issuers.adopt(names[which % 2]);
        note(free, "an issuer of a serving registrar was adopted");
        ++adoptions[names[which % 2]];
    }

    function merge(uint256 which) external {
        vm.prank(controllers[which % 2]);
        issuers.nameSuccessor(names[which % 2], names[(which + 1) % 2]);
    }

    function revokeKey(uint256 by, uint256 which) external {
        if (by % 4 != 0) return;
        vm.prank(controllers[which % 2]);
        issuers.revokeKey(names[which % 2], "key");
    }

    /// @dev A key is stolen, its registrar speaks, and goes, or is followed by another, or comes back; then the issuer
    /// says the same. Only where nothing came between do both voices count.
    function steal(uint256 which, uint256 number, uint256 between) external {
        (bytes32 issuer, address controller) = (names[which % 2], controllers[which % 2]);
        bytes32 key = keccak256(abi.encode("stolen", number % 64));
        uint64 since = uint64(block.timestamp);
        vm.prank(controller);
        issuers.addKey(issuer, key, 0, 0);
        vm.warp(block.timestamp + 5);
        vm.prank(controller);
        issuers.revokeKey(issuer, key);
        (, address overseer, ) = issuers.issuerOf(issuer);
        vm.prank(overseer);
        issuers.suspect(issuer, key, since);
        address other = overseer == registrars[0] ? registrars[1] : registrars[0];
        if (between % 4 != 0) _dismiss(overseer);
        if (between % 4 > 1) _follow(other, issuer);
        if (between % 4 > 2) {
            _dismiss(other);
            _follow(overseer, issuer);
        }
        vm.prank(controller);
        issuers.suspect(issuer, key, since);
        bool settled = issuers.keyOf(issuer, key).suspectSince == since;
        note(settled == (between % 4 == 0), "a voice counted that was gone, or did not though it stayed");
    }

    function _dismiss(address registrar) private {
        vm.prank(owner);
        issuers.dismissRegistrar(registrar);
    }

    function _follow(address registrar, bytes32 issuer) private {
        vm.prank(owner);
        issuers.appointRegistrar(registrar);
        vm.prank(registrar);
        issuers.adopt(issuer);
        ++adoptions[issuer];
    }

    /// @dev `by`: a controller (of the issuer, or perhaps of its successor), or a registrar, mostly its own.
    function suspect(uint256 by, uint256 which, uint64 since) external {
        bytes32 issuer = names[which % 2];
        IIssuers.Key memory life = issuers.keyOf(issuer, "key");
        since = life.revokedAt == 0 ? since : life.from + (since % 3);
        (, address overseer, ) = issuers.issuerOf(issuer);
        address who = by % 5 < 2 ? controllers[by % 5] : by % 5 < 4 ? overseer : registrars[(by / 5) % 3];
        vm.prank(who);
        issuers.suspect(issuer, "key", since);
        Voices storage said = voices[issuer];
        if (by % 5 < 2) {
            note(issuers.speaksFor(who, issuer), "a stranger spoke for an issuer");
            said.byIssuer = since;
        } else {
            note(who == overseer && issuers.isRegistrar(who), "a registrar spoke that does not oversee or serve");
            (said.byRegistrar, said.registrar, said.adoptions) = (since, who, adoptions[issuer]);
        }
        uint64 settled = issuers.keyOf(issuer, "key").suspectSince;
        note(said.settled == 0, "a suspicion that is settled was spoken of again");
        if (settled == 0) return;
        note(said.byIssuer == settled && said.byRegistrar == settled, "one voice sufficed");
        note(said.registrar == overseer && issuers.isRegistrar(overseer), "a registrar counted that is gone");
        note(said.adoptions == adoptions[issuer], "what was said under another oversight counted");
        said.settled = settled;
    }
}

contract TownTest is Cheats {
    Town internal town;
    address[] private targets;

    function setUp() public {
        vm.warp(1_000_000_000);
        town = new Town();
        targets.push(address(town));
    }

    function targetContracts() external view returns (address[] memory) {
        return targets;
    }

    /// @dev One history serves all laws: each invariant of forge's would walk histories of its own.
    function invariant_theTownKeepsItsLaws() external view {
        nothingBroke();
        theOwnerIsWhoAccepted();
        sumsAgree();
        anchorsStay();
        suspicionsStay();
        thePastStays();
    }

    function nothingBroke() private view {
        holds(bytes(town.broken()).length == 0, town.broken());
    }

    /// @notice Ownership passes only to who was offered it and accepted.
    function theOwnerIsWhoAccepted() private view {
        holds(town.issuers().owner() == town.owner(), "another owns it");
        holds(town.issuers().offeredOwner() == town.offered(), "it is offered to another");
    }

    /// @notice What is spent is the sum of all uses, and never more than the total, whoever spoke for whom meanwhile.
    function sumsAgree() private view {
        for (uint256 lot = 0; lot < 2; ++lot) {
            uint256 sum = 0;
            for (uint256 body = 0; body < 3; ++body) {
                for (uint256 award = 0; award < 3; ++award) {
                    sum += town.redemptions().spentFor(town.lots(lot), town.bodies(body), town.awards(award));
                }
            }
            (uint64 spent, uint64 total) = town.redemptions().lotOf(town.lots(lot));
            same(spent, sum, "spent is the sum of the uses");
            holds(spent <= total, "spent stays within the total");
            holds(spent != 0 || total == 0, "a lot that nobody uses has no total");
        }
    }

    /// @notice What was anchored keeps its first time, though its bank was withdrawn, and its registrar dismissed.
    function anchorsStay() private view {
        for (uint256 who = 0; who < 4; ++who) {
            for (uint256 root = 1; root < 4; ++root) {
                (uint64 time, ) = town.anchors().anchoredAt(town.accounts(who), bytes32(root), 1);
                same(time, town.anchoredAt(town.accounts(who), root), "an anchor moved");
            }
        }
    }

    /// @notice Nobody has power over the past: but for what two voices declared, and of that within its bounds alone.
    function thePastStays() private view {
        for (uint256 index = 0; index < town.count(); ++index) {
            uint64 moment = town.moments(index);
            for (uint256 who = 0; who < 4; ++who) {
                address account = town.accounts(who);
                bool banked = town.anchors().isAdmitted(account, moment);
                bool awarded = town.redemptions().isAdmitted(account, moment);
                holds(banked == town.admitted(address(town.anchors()), account, moment), "a bank's past changed");
                holds(awarded == town.admitted(address(town.redemptions()), account, moment), "an awarder's changed");
            }
            for (uint256 which = 0; which < 2; ++which) {
                bytes32 issuer = town.names(which);
                IIssuers.Key memory life = town.issuers().keyOf(issuer, "key");
                bool said = town.good(issuer, moment);
                bool fell = life.suspectSince != 0 && moment >= life.suspectSince;
                holds(town.issuers().keyGood(issuer, "key", moment) == (said && !fell), "a key's past changed");
            }
        }
    }

    /// @notice A suspicion is settled once, by two, and never moves.
    function suspicionsStay() private view {
        for (uint256 which = 0; which < 2; ++which) {
            (, , , , uint64 settled) = town.voices(town.names(which));
            same(town.issuers().keyOf(town.names(which), "key").suspectSince, settled, "a suspicion moved");
        }
    }
}
