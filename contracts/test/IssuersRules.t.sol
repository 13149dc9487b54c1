// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Issuers} from "../src/Issuers.sol";
import {Owned} from "../src/Owned.sol";
import {Window} from "../src/Windows.sol";
import {IIssuers} from "../src/interfaces/IIssuers.sol";
import {ISuccession} from "../src/interfaces/ISuccession.sol";
import {Log, Rules} from "./Rules.sol";

contract IssuersRulesTest is Rules {
    address internal constant CONTROLLER = address(0xc1);
    address internal constant HEIRS_CONTROLLER = address(0xc2);
    address internal constant NEXT = address(0xc3);
    address internal constant BANK = address(0xb1);
    bytes32 internal constant ISSUER = "issuer";
    bytes32 internal constant HEIR = "heir";
    bytes32 internal constant KEY = "key";

    function setUp() public {
        begin();
        vm.prank(AGENCY);
        issuers.admit(ISSUER, CONTROLLER, "scope", "document");
    }

    function withdraw(bytes32 issuer) private {
        vm.prank(AGENCY);
        issuers.withdraw(issuer);
    }

    function addKey(uint64 from, uint64 until) private {
        vm.prank(CONTROLLER);
        issuers.addKey(ISSUER, KEY, from, until);
    }

    function revokeKey() private {
        vm.prank(CONTROLLER);
        issuers.revokeKey(ISSUER, KEY);
    }

    function suspect(address who, uint64 since) private {
        vm.prank(who);
        issuers.suspect(ISSUER, KEY, since);
    }

    function adopt() private {
        issuers.dismissRegistrar(AGENCY);
        vm.prank(OTHER_AGENCY);
        issuers.adopt(ISSUER);
    }

    function nameHeir() private {
        vm.prank(AGENCY);
        issuers.admit(HEIR, HEIRS_CONTROLLER, "scope", "document");
        vm.prank(CONTROLLER);
        issuers.nameSuccessor(ISSUER, HEIR);
    }

    function lifeIs(uint64 from, uint64 until, uint64 revokedAt, uint64 suspectSince) private view {
        IIssuers.Key memory life = issuers.keyOf(ISSUER, KEY);
        same(life.from, from, "the start");
        same(life.until, until, "the end");
        same(life.revokedAt, revokedAt, "the revocation");
        same(life.suspectSince, suspectSince, "the suspicion");
    }

    function notController(address who) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IIssuers.NotController.selector, ISSUER, who);
    }

    function notRegistrar(address who) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IIssuers.NotIssuersRegistrar.selector, ISSUER, who);
    }

    function nothingOffered(address who) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IIssuers.NothingOffered.selector, ISSUER, who);
    }

    function sameParty(address who) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IIssuers.SameParty.selector, who);
    }

    function empty() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IIssuers.EmptyValue.selector);
    }

    // -- the owner and its registrars

    function test_whoMakesItOwnsIt() external {
        strict.recordLogs();
        Issuers made = makeIssuers(address(issuers));
        Log[] memory told = strict.getRecordedLogs();
        holds(made.owner() == address(this) && made.offeredOwner() == address(0), "another owns it");
        holds(told.length == 1 && told[0].topics[0] == Owned.OwnerChanged.selector, "it is not told");
        holds(told[0].topics[1] == bytes32(uint256(uint160(address(this)))), "another owner is told");
        holds(made.predecessor() == address(issuers) && issuers.predecessor() == address(0), "another predecessor");
        strict.expectRevert(abi.encodeWithSelector(ISuccession.NoContract.selector, STRANGER));
        makeIssuers(STRANGER);
    }

    function test_ownershipIsOfferedAndAccepted() external {
        refuses(NEXT, abi.encodeWithSelector(Owned.NotOfferedOwnership.selector, NEXT));
        issuers.acceptOwnership();
        tells(address(this), address(issuers));
        emit Owned.OwnershipOffered(NEXT);
        issuers.offerOwnership(NEXT);
        holds(issuers.offeredOwner() == NEXT && issuers.owner() == address(this), "an offer is no change");
        refuses(STRANGER, abi.encodeWithSelector(Owned.NotOfferedOwnership.selector, STRANGER));
        issuers.acceptOwnership();
        tells(NEXT, address(issuers));
        emit Owned.OwnerChanged(NEXT);
        issuers.acceptOwnership();
        holds(issuers.offeredOwner() == address(0) && issuers.owner() == NEXT, "it did not change hands");
        refuses(NEXT, abi.encodeWithSelector(Owned.NotOfferedOwnership.selector, NEXT));
        issuers.acceptOwnership();
    }

    function test_anOfferOfOwnershipIsWithdrawn() external {
        issuers.offerOwnership(NEXT);
        issuers.offerOwnership(address(0));
        refuses(NEXT, abi.encodeWithSelector(Owned.NotOfferedOwnership.selector, NEXT));
        issuers.acceptOwnership();
    }

    function test_whatIsTheOwnersNobodyElseDoes() external {
        bytes memory reason = abi.encodeWithSelector(Owned.NotOwner.selector, AGENCY);
        refuses(AGENCY, reason);
        issuers.offerOwnership(AGENCY);
        refuses(AGENCY, reason);
        issuers.appointRegistrar(STRANGER);
        refuses(AGENCY, reason);
        issuers.dismissRegistrar(OTHER_AGENCY);
        refuses(AGENCY, reason);
        issuers.confirmRecovery(ISSUER, NEXT);
    }

    function test_registrarsAreAppointedAndDismissed() external {
        tells(address(this), address(issuers));
        emit IIssuers.RegistrarAppointed(STRANGER);
        issuers.appointRegistrar(STRANGER);
        holds(issuers.isRegistrar(STRANGER), "it does not serve");
        tells(address(this), address(issuers));
        emit IIssuers.RegistrarDismissed(STRANGER);
        issuers.dismissRegistrar(STRANGER);
        holds(!issuers.isRegistrar(STRANGER), "it serves");
        strict.expectRevert(abi.encodeWithSelector(IIssuers.NotRegistrar.selector, STRANGER));
        issuers.dismissRegistrar(STRANGER);
        strict.expectRevert(empty());
        issuers.appointRegistrar(address(0));
    }

    // -- admission

    function test_anAdmissionIsToldAndKept() external {
        vm.warp(START + 1);
        strict.recordLogs();
        vm.prank(OTHER_AGENCY);
        issuers.admit(HEIR, HEIRS_CONTROLLER, "its scope", "its document");
        Log[] memory told = strict.getRecordedLogs();
        holds(told.length == 2 && told[0].topics.length == 3, "two things are told");
        holds(told[0].topics[0] == IIssuers.ControllerChanged.selector && told[0].topics[1] == HEIR, "its controller");
        holds(told[0].topics[2] == bytes32(uint256(uint160(HEIRS_CONTROLLER))), "and which");
        holds(told[1].topics[0] == IIssuers.TermsSet.selector && told[1].topics[1] == HEIR, "its terms");
        holds(told[1].topics[2] == bytes32(uint256(uint160(OTHER_AGENCY))), "by whom");
        (bytes32 scope, bytes32 document) = abi.decode(told[1].data, (bytes32, bytes32));
        holds(scope == "its scope" && document == "its document", "and which");
        (address controller, address registrar, bytes32 successor) = issuers.issuerOf(HEIR);
        holds(controller == HEIRS_CONTROLLER && registrar == OTHER_AGENCY && successor == 0, "another is kept");
        IIssuers.Terms[] memory terms = issuers.termsOf(HEIR);
        holds(terms.length == 1 && terms[0].from == START + 1 && terms[0].until == 0, "another period is kept");
        holds(terms[0].registrar == OTHER_AGENCY, "another registrar set them");
        holds(terms[0].scope == "its scope" && terms[0].document == "its document", "other terms are kept");
    }

    function test_whatIsEmptyIsNotAdmitted() external {
        refuses(AGENCY, empty());
        issuers.admit(0, NEXT, "scope", "document");
        refuses(AGENCY, empty());
        issuers.admit(HEIR, address(0), "scope", "document");
        refuses(AGENCY, empty());
        issuers.admit(HEIR, NEXT, 0, "document");
        refuses(AGENCY, empty());
        issuers.admit(HEIR, NEXT, "scope", 0);
    }

    function test_onlyARegistrarAdmitsAndNeverItself() external {
        refuses(STRANGER, abi.encodeWithSelector(IIssuers.NotRegistrar.selector, STRANGER));
        issuers.admit(HEIR, NEXT, "scope", "document");
        refuses(AGENCY, sameParty(AGENCY));
        issuers.admit(HEIR, AGENCY, "scope", "document");
    }

    function test_itsRegistrarAdmitsAgainAndTheControllerStays() external {
        refuses(AGENCY, abi.encodeWithSelector(IIssuers.AlreadyAdmitted.selector, ISSUER));
        issuers.admit(ISSUER, NEXT, "scope", "document");
        refuses(OTHER_AGENCY, notRegistrar(OTHER_AGENCY));
        issuers.admit(ISSUER, NEXT, "scope", "document");
        withdraw(ISSUER);
        refuses(OTHER_AGENCY, notRegistrar(OTHER_AGENCY));
        issuers.admit(ISSUER, NEXT, "scope", "document");
        strict.recordLogs();
        vm.prank(AGENCY);
        issuers.admit(ISSUER, address(0), "scope", "document");
        same(strict.getRecordedLogs().length, 1, "more was told than the terms");
        (address controller, address registrar, ) = issuers.issuerOf(ISSUER);
        holds(controller == CONTROLLER && registrar == AGENCY, "a controller changed");
    }

    function test_newTermsFollowTheOldOnes() external {
        vm.warp(START + 10);
        tells(AGENCY, address(issuers));
        emit IIssuers.TermsSet(ISSUER, AGENCY, "more", "paper");
        issuers.amend(ISSUER, "more", "paper");
        IIssuers.Terms[] memory terms = issuers.termsOf(ISSUER);
        holds(terms.length == 2 && terms[0].until == START + 10, "the old ones did not end");
        holds(terms[1].from == START + 10 && terms[1].until == 0, "the new ones did not begin");
        holds(terms[0].scope == "scope" && terms[1].scope == "more" && terms[1].document == "paper", "others are kept");
        refuses(AGENCY, empty());
        issuers.amend(ISSUER, 0, "paper");
        refuses(AGENCY, empty());
        issuers.amend(ISSUER, "more", 0);
        holds(issuers.isAdmitted(ISSUER, START + 9) && issuers.isAdmitted(ISSUER, START + 10), "a gap");
    }

    function test_onlyItsServingRegistrarAmendsAndWithdraws() external {
        refuses(OTHER_AGENCY, notRegistrar(OTHER_AGENCY));
        issuers.amend(ISSUER, "more", "paper");
        refuses(OTHER_AGENCY, notRegistrar(OTHER_AGENCY));
        issuers.withdraw(ISSUER);
        refuses(CONTROLLER, notRegistrar(CONTROLLER));
        issuers.withdraw(ISSUER);
        issuers.dismissRegistrar(AGENCY);
        refuses(AGENCY, notRegistrar(AGENCY));
        issuers.amend(ISSUER, "more", "paper");
        refuses(AGENCY, notRegistrar(AGENCY));
        issuers.withdraw(ISSUER);
    }

    function test_aWithdrawalIsToldAndEndsTheTerms() external {
        vm.warp(START + 10);
        tells(AGENCY, address(issuers));
        emit IIssuers.IssuerWithdrawn(ISSUER, AGENCY);
        issuers.withdraw(ISSUER);
        bytes memory reason = abi.encodeWithSelector(IIssuers.IssuerNotAdmitted.selector, ISSUER);
        refuses(AGENCY, reason);
        issuers.withdraw(ISSUER);
        refuses(AGENCY, reason);
        issuers.amend(ISSUER, "more", "paper");
        refuses(CONTROLLER, reason);
        issuers.addKey(ISSUER, KEY, 0, 0);
        refuses(CONTROLLER, reason);
        issuers.nameBank(ISSUER, BANK);
    }

    function test_admittedMeansFromItsFirstMomentUntilBeforeItsEnd() external {
        vm.warp(START + 10);
        withdraw(ISSUER);
        vm.warp(START + 20);
        vm.prank(AGENCY);
        issuers.admit(ISSUER, CONTROLLER, "scope", "document");
        bool[6] memory wanted = [false, true, true, false, false, true];
        uint64[6] memory moments = [START - 1, START, START + 9, START + 10, START + 19, START + 20];
        for (uint256 place = 0; place < 6; ++place) {
            holds(issuers.isAdmitted(ISSUER, moments[place]) == wanted[place], "a bound moved");
        }
        holds(!issuers.isAdmitted(HEIR, START), "nobody was admitted");
    }

    function test_anotherRegistrarAdoptsWhatNobodyOversees() external {
        refuses(OTHER_AGENCY, abi.encodeWithSelector(IIssuers.UnknownIssuer.selector, HEIR));
        issuers.adopt(HEIR);
        refuses(STRANGER, abi.encodeWithSelector(IIssuers.NotRegistrar.selector, STRANGER));
        issuers.adopt(ISSUER);
        refuses(OTHER_AGENCY, abi.encodeWithSelector(IIssuers.RegistrarServes.selector, AGENCY));
        issuers.adopt(ISSUER);
        issuers.dismissRegistrar(AGENCY);
        issuers.appointRegistrar(CONTROLLER);
        refuses(CONTROLLER, sameParty(CONTROLLER));
        issuers.adopt(ISSUER);
        tells(OTHER_AGENCY, address(issuers));
        emit IIssuers.IssuerAdopted(ISSUER, OTHER_AGENCY);
        issuers.adopt(ISSUER);
        (address controller, address registrar, ) = issuers.issuerOf(ISSUER);
        holds(controller == CONTROLLER && registrar == OTHER_AGENCY, "it is with somebody else");
        withdrawnBy(OTHER_AGENCY);
    }

    function withdrawnBy(address who) private {
        vm.prank(who);
        issuers.withdraw(ISSUER);
        holds(!issuers.isAdmitted(ISSUER, START), "it was not withdrawn");
    }

    // -- control

    function test_controlIsOfferedAndAccepted() external {
        refuses(STRANGER, notController(STRANGER));
        issuers.offerControl(ISSUER, STRANGER);
        refuses(CONTROLLER, sameParty(AGENCY));
        issuers.offerControl(ISSUER, AGENCY);
        refuses(NEXT, nothingOffered(NEXT));
        issuers.acceptControl(ISSUER);
        tells(CONTROLLER, address(issuers));
        emit IIssuers.ControlOffered(ISSUER, NEXT);
        issuers.offerControl(ISSUER, NEXT);
        refuses(STRANGER, nothingOffered(STRANGER));
        issuers.acceptControl(ISSUER);
        tells(NEXT, address(issuers));
        emit IIssuers.ControllerChanged(ISSUER, NEXT);
        issuers.acceptControl(ISSUER);
        (address controller, , ) = issuers.issuerOf(ISSUER);
        holds(controller == NEXT, "another controls it");
        refuses(NEXT, nothingOffered(NEXT));
        issuers.acceptControl(ISSUER);
        refuses(CONTROLLER, notController(CONTROLLER));
        issuers.offerControl(ISSUER, CONTROLLER);
    }

    function test_nobodyBecomesBothPartiesByAcceptingLate() external {
        vm.prank(CONTROLLER);
        issuers.offerControl(ISSUER, OTHER_AGENCY);
        vm.prank(AGENCY);
        issuers.proposeRecovery(ISSUER, OTHER_AGENCY);
        issuers.confirmRecovery(ISSUER, OTHER_AGENCY);
        adopt();
        refuses(OTHER_AGENCY, sameParty(OTHER_AGENCY));
        issuers.acceptControl(ISSUER);
        vm.warp(START + 14 days);
        refuses(OTHER_AGENCY, sameParty(OTHER_AGENCY));
        issuers.acceptRecovery(ISSUER);
    }

    function test_aNewControllerEndsWhatWasPending() external {
        vm.prank(AGENCY);
        issuers.proposeRecovery(ISSUER, STRANGER);
        issuers.confirmRecovery(ISSUER, STRANGER);
        vm.prank(CONTROLLER);
        issuers.offerControl(ISSUER, NEXT);
        vm.prank(NEXT);
        issuers.acceptControl(ISSUER);
        (address to, uint64 notBefore, bool confirmed) = issuers.recoveryOf(ISSUER);
        holds(to == address(0) && notBefore == 0 && !confirmed, "a recovery goes on");
        vm.warp(START + 15 days);
        refuses(STRANGER, nothingOffered(STRANGER));
        issuers.acceptRecovery(ISSUER);
    }

    function test_aRecoveryIsProposedConfirmedAndAcceptedAfterItsNotice() external {
        same(issuers.RECOVERY_NOTICE(), 14 days, "another notice");
        strict.expectRevert(nothingOffered(address(0)));
        issuers.confirmRecovery(ISSUER, address(0));
        tells(AGENCY, address(issuers));
        emit IIssuers.RecoveryProposed(ISSUER, NEXT, START + 14 days);
        issuers.proposeRecovery(ISSUER, NEXT);
        (address to, uint64 notBefore, bool confirmed) = issuers.recoveryOf(ISSUER);
        holds(to == NEXT && notBefore == START + 14 days && !confirmed, "another recovery is kept");
        strict.expectRevert(nothingOffered(STRANGER));
        issuers.confirmRecovery(ISSUER, STRANGER);
        vm.warp(START + 14 days);
        refuses(NEXT, nothingOffered(NEXT));
        issuers.acceptRecovery(ISSUER);
        tells(address(this), address(issuers));
        emit IIssuers.RecoveryConfirmed(ISSUER, NEXT);
        issuers.confirmRecovery(ISSUER, NEXT);
        (, , confirmed) = issuers.recoveryOf(ISSUER);
        holds(confirmed, "it is not confirmed");
        refuses(STRANGER, nothingOffered(STRANGER));
        issuers.acceptRecovery(ISSUER);
        vm.warp(START + 14 days - 1);
        refuses(NEXT, abi.encodeWithSelector(IIssuers.StillOnNotice.selector, START + 14 days));
        issuers.acceptRecovery(ISSUER);
        vm.warp(START + 14 days);
        vm.prank(CONTROLLER);
        issuers.offerControl(ISSUER, STRANGER);
        tells(NEXT, address(issuers));
        emit IIssuers.ControllerChanged(ISSUER, NEXT);
        issuers.acceptRecovery(ISSUER);
        refuses(STRANGER, nothingOffered(STRANGER));
        issuers.acceptControl(ISSUER);
        refuses(NEXT, nothingOffered(NEXT));
        issuers.acceptRecovery(ISSUER);
    }

    function test_onlyItsServingRegistrarProposesARecovery() external {
        refuses(OTHER_AGENCY, notRegistrar(OTHER_AGENCY));
        issuers.proposeRecovery(ISSUER, NEXT);
        refuses(AGENCY, empty());
        issuers.proposeRecovery(ISSUER, address(0));
        refuses(AGENCY, sameParty(AGENCY));
        issuers.proposeRecovery(ISSUER, AGENCY);
        issuers.dismissRegistrar(AGENCY);
        refuses(AGENCY, notRegistrar(AGENCY));
        issuers.proposeRecovery(ISSUER, NEXT);
    }

    function test_aNewProposalIsNotConfirmedByTheOldConfirmation() external {
        vm.prank(AGENCY);
        issuers.proposeRecovery(ISSUER, NEXT);
        issuers.confirmRecovery(ISSUER, NEXT);
        vm.prank(AGENCY);
        issuers.proposeRecovery(ISSUER, STRANGER);
        vm.warp(START + 14 days);
        refuses(STRANGER, nothingOffered(STRANGER));
        issuers.acceptRecovery(ISSUER);
    }

    function test_aRecoveryIsCalledOffByItsRegistrarOrTheOwner() external {
        address[2] memory who = [AGENCY, address(this)];
        for (uint256 place = 0; place < 2; ++place) {
            vm.prank(AGENCY);
            issuers.proposeRecovery(ISSUER, NEXT);
            refuses(CONTROLLER, notRegistrar(CONTROLLER));
            issuers.cancelRecovery(ISSUER);
            refuses(OTHER_AGENCY, notRegistrar(OTHER_AGENCY));
            issuers.cancelRecovery(ISSUER);
            tells(who[place], address(issuers));
            emit IIssuers.RecoveryCancelled(ISSUER);
            issuers.cancelRecovery(ISSUER);
            (address to, uint64 notBefore, ) = issuers.recoveryOf(ISSUER);
            holds(to == address(0) && notBefore == 0, "it goes on");
        }
        issuers.dismissRegistrar(AGENCY);
        refuses(AGENCY, notRegistrar(AGENCY));
        issuers.cancelRecovery(ISSUER);
    }

    // -- succession

    function test_aSuccessorIsNamedOnceByTheController() external {
        vm.prank(AGENCY);
        issuers.admit(HEIR, HEIRS_CONTROLLER, "scope", "document");
        refuses(STRANGER, notController(STRANGER));
        issuers.nameSuccessor(ISSUER, HEIR);
        tells(CONTROLLER, address(issuers));
        emit IIssuers.SuccessorNamed(ISSUER, HEIR);
        issuers.nameSuccessor(ISSUER, HEIR);
        (, , bytes32 successor) = issuers.issuerOf(ISSUER);
        holds(successor == HEIR, "another succeeds");
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.SuccessorKnown.selector, HEIR));
        issuers.nameSuccessor(ISSUER, HEIR);
    }

    function test_whoIsUnfitDoesNotSucceed() external {
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.UnfitSuccessor.selector, ISSUER));
        issuers.nameSuccessor(ISSUER, ISSUER);
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.UnfitSuccessor.selector, HEIR));
        issuers.nameSuccessor(ISSUER, HEIR);
        vm.prank(AGENCY);
        issuers.admit(HEIR, HEIRS_CONTROLLER, "scope", "document");
        withdraw(HEIR);
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.UnfitSuccessor.selector, HEIR));
        issuers.nameSuccessor(ISSUER, HEIR);
        vm.prank(AGENCY);
        issuers.admit("third", NEXT, "scope", "document");
        vm.prank(CONTROLLER);
        issuers.nameSuccessor(ISSUER, "third");
        refuses(NEXT, abi.encodeWithSelector(IIssuers.UnfitSuccessor.selector, ISSUER));
        issuers.nameSuccessor("third", ISSUER);
    }

    function test_aRowOfSuccessorsIsFollowedEightFar() external {
        same(issuers.MAX_SUCCESSORS(), 8, "another bound");
        for (uint256 place = 1; place < 12; ++place) {
            vm.prank(AGENCY);
            issuers.admit(bytes32(place), address(uint160(0xe00 + place)), "scope", "document");
            if (place == 1) continue;
            vm.prank(address(uint160(0xe00 + place - 1)));
            issuers.nameSuccessor(bytes32(place - 1), bytes32(place));
        }
        for (uint256 place = 1; place < 12; ++place) {
            bool speaks = issuers.speaksFor(address(uint160(0xe00 + place)), bytes32(uint256(1)));
            holds(speaks == (place <= 9), "it is followed another way far");
        }
        holds(!issuers.speaksFor(address(0), "nobody"), "nobody speaks for nobody");
        holds(!issuers.speaksFor(address(0), 0), "nobody speaks for nobody");
        holds(!issuers.speaksFor(STRANGER, ISSUER), "a stranger speaks");
    }

    // -- keys

    function test_aKeyIsToldAndKept() external {
        vm.warp(START + 5);
        tells(CONTROLLER, address(issuers));
        emit IIssuers.KeyAdded(ISSUER, KEY, START + 5, START + 50);
        issuers.addKey(ISSUER, KEY, 0, START + 50);
        lifeIs(START + 5, START + 50, 0, 0);
        vm.prank(CONTROLLER);
        issuers.addKey(ISSUER, "later", START + 6, 0);
        same(issuers.keyOf(ISSUER, "later").from, START + 6, "it begins at another moment");
        vm.prank(CONTROLLER);
        issuers.addKey(ISSUER, "now", START + 5, 0);
        same(issuers.keyOf(ISSUER, "now").from, START + 5, "it begins at another moment");
        vm.prank(CONTROLLER);
        issuers.addKey(ISSUER, "a moment ago", START + 4, 0);
        same(issuers.keyOf(ISSUER, "a moment ago").from, START + 5, "it was dated back");
        holds(issuers.keyGood(ISSUER, "a moment ago", START + 5), "a key without an end has one");
        bytes32[] memory keys = issuers.keysOf(ISSUER);
        holds(keys.length == 4 && keys[0] == KEY && keys[1] == "later", "other keys are listed");
    }

    function test_whatIsNoKeyIsNotRegistered() external {
        refuses(STRANGER, notController(STRANGER));
        issuers.addKey(ISSUER, KEY, 0, 0);
        refuses(CONTROLLER, empty());
        issuers.addKey(ISSUER, 0, 0, 0);
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.EmptyWindow.selector, START, START));
        issuers.addKey(ISSUER, KEY, 0, START);
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.EmptyWindow.selector, START + 5, START + 4));
        issuers.addKey(ISSUER, KEY, START + 5, START + 4);
        addKey(0, START + 1);
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.KeyKnown.selector, KEY));
        issuers.addKey(ISSUER, KEY, 0, 0);
    }

    function test_anEndIsBroughtForwardAndNeverPutOff() external {
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.UnknownKey.selector, KEY));
        issuers.retireKey(ISSUER, KEY, 0);
        addKey(0, 0);
        refuses(STRANGER, notController(STRANGER));
        issuers.retireKey(ISSUER, KEY, 0);
        tells(CONTROLLER, address(issuers));
        emit IIssuers.KeyRetired(ISSUER, KEY, START + 50);
        issuers.retireKey(ISSUER, KEY, START + 50);
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.WindowClosed.selector, START + 50));
        issuers.retireKey(ISSUER, KEY, START + 50);
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.WindowClosed.selector, START + 50));
        issuers.retireKey(ISSUER, KEY, START + 51);
        vm.prank(CONTROLLER);
        issuers.retireKey(ISSUER, KEY, START + 49);
        lifeIs(START, START + 49, 0, 0);
        vm.warp(START + 20);
        tells(CONTROLLER, address(issuers));
        emit IIssuers.KeyRetired(ISSUER, KEY, START + 20);
        issuers.retireKey(ISSUER, KEY, 1);
        vm.warp(START + 30);
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.WindowClosed.selector, START + 20));
        issuers.retireKey(ISSUER, KEY, 1);
        revokeKey();
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.AlreadyRevoked.selector, START + 30));
        issuers.retireKey(ISSUER, KEY, 1);
    }

    function test_aKeyIsRevokedOnceByControllerSuccessorOrRegistrar() external {
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.UnknownKey.selector, KEY));
        issuers.revokeKey(ISSUER, KEY);
        addKey(0, 0);
        nameHeir();
        bytes32[3] memory keys = [KEY, bytes32("second"), bytes32("third")];
        address[3] memory who = [CONTROLLER, HEIRS_CONTROLLER, AGENCY];
        refuses(STRANGER, notController(STRANGER));
        issuers.revokeKey(ISSUER, KEY);
        refuses(OTHER_AGENCY, notController(OTHER_AGENCY));
        issuers.revokeKey(ISSUER, KEY);
        for (uint256 place = 0; place < 3; ++place) {
            vm.warp(START + place);
            if (place != 0) {
                vm.prank(CONTROLLER);
                issuers.addKey(ISSUER, keys[place], 0, 0);
            }
            tells(who[place], address(issuers));
            emit IIssuers.KeyRevoked(ISSUER, keys[place], who[place]);
            issuers.revokeKey(ISSUER, keys[place]);
            same(issuers.keyOf(ISSUER, keys[place]).revokedAt, START + place, "another moment");
            refuses(who[place], abi.encodeWithSelector(IIssuers.AlreadyRevoked.selector, uint64(START + place)));
            issuers.revokeKey(ISSUER, keys[place]);
        }
        issuers.dismissRegistrar(AGENCY);
        refuses(AGENCY, notController(AGENCY));
        issuers.revokeKey(ISSUER, KEY);
    }

    function test_aKeyIsGoodWithinEachOfItsBounds() external {
        addKey(START + 10, START + 100);
        bool[4] memory first = [false, true, true, false];
        uint64[4] memory moments = [START + 9, START + 10, START + 99, START + 100];
        for (uint256 place = 0; place < 4; ++place) {
            holds(issuers.keyGood(ISSUER, KEY, moments[place]) == first[place], "a bound moved");
        }
        vm.warp(START + 50);
        revokeKey();
        holds(issuers.keyGood(ISSUER, KEY, START + 49), "what was before fell");
        holds(!issuers.keyGood(ISSUER, KEY, START + 50), "the block of the revocation counts");
        suspect(AGENCY, START + 30);
        suspect(CONTROLLER, START + 30);
        holds(issuers.keyGood(ISSUER, KEY, START + 29), "what was before fell");
        holds(!issuers.keyGood(ISSUER, KEY, START + 30), "what is suspect counts");
        holds(!issuers.keyGood(ISSUER, "other", START + 30), "a key that nobody had is good");
        holds(!issuers.keyGood(ISSUER, "other", 0), "a key that nobody had is good");
    }

    function test_onlyThePartiesSuspect() external {
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.UnknownKey.selector, KEY));
        issuers.suspect(ISSUER, KEY, START);
        addKey(0, 0);
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.NotRevoked.selector, KEY));
        issuers.suspect(ISSUER, KEY, START);
        revokeKey();
        refuses(STRANGER, notController(STRANGER));
        issuers.suspect(ISSUER, KEY, START);
        refuses(OTHER_AGENCY, notController(OTHER_AGENCY));
        issuers.suspect(ISSUER, KEY, START);
        issuers.dismissRegistrar(AGENCY);
        refuses(AGENCY, notController(AGENCY));
        issuers.suspect(ISSUER, KEY, START);
    }

    function test_suspicionLiesWithinTheKeysLifeItsEndsIncluded() external {
        addKey(0, 0);
        vm.prank(CONTROLLER);
        issuers.addKey(ISSUER, "second", 0, 0);
        vm.warp(START + 10);
        revokeKey();
        vm.prank(CONTROLLER);
        issuers.revokeKey(ISSUER, "second");
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.SuspicionOutOfRange.selector, START - 1));
        issuers.suspect(ISSUER, KEY, START - 1);
        refuses(AGENCY, abi.encodeWithSelector(IIssuers.SuspicionOutOfRange.selector, START + 11));
        issuers.suspect(ISSUER, KEY, START + 11);
        suspect(CONTROLLER, START);
        suspect(AGENCY, START);
        lifeIs(START, 0, START + 10, START);
        vm.prank(CONTROLLER);
        issuers.suspect(ISSUER, "second", START + 10);
        vm.prank(AGENCY);
        issuers.suspect(ISSUER, "second", START + 10);
        same(issuers.keyOf(ISSUER, "second").suspectSince, START + 10, "another moment");
    }

    function test_twoVoicesThatAgreeSettleIt() external {
        addKey(0, 0);
        vm.warp(START + 10);
        revokeKey();
        tells(CONTROLLER, address(issuers));
        emit IIssuers.SuspicionVoiced(ISSUER, KEY, CONTROLLER, START + 3);
        issuers.suspect(ISSUER, KEY, START + 3);
        suspect(AGENCY, START + 4);
        lifeIs(START, 0, START + 10, 0);
        (uint64 byIssuer, uint64 byRegistrar) = issuers.suspicionOf(ISSUER, KEY);
        holds(byIssuer == START + 3 && byRegistrar == START + 4, "other voices are kept");
        tells(AGENCY, address(issuers));
        emit IIssuers.KeySuspected(ISSUER, KEY, START + 3);
        issuers.suspect(ISSUER, KEY, START + 3);
        lifeIs(START, 0, START + 10, START + 3);
        refuses(AGENCY, abi.encodeWithSelector(IIssuers.AlreadySuspected.selector, START + 3));
        issuers.suspect(ISSUER, KEY, START + 4);
    }

    function test_whatARegistrarSaidCountsWhileItServesAndOversees() external {
        addKey(0, 0);
        vm.warp(START + 10);
        revokeKey();
        suspect(AGENCY, START + 3);
        issuers.dismissRegistrar(AGENCY);
        (, uint64 voice) = issuers.suspicionOf(ISSUER, KEY);
        same(voice, 0, "it counts though it was dismissed");
        suspect(CONTROLLER, START + 3);
        lifeIs(START, 0, START + 10, 0);
        vm.prank(OTHER_AGENCY);
        issuers.adopt(ISSUER);
        suspect(CONTROLLER, START + 3);
        lifeIs(START, 0, START + 10, 0);
        issuers.dismissRegistrar(OTHER_AGENCY);
        issuers.appointRegistrar(AGENCY);
        vm.prank(AGENCY);
        issuers.adopt(ISSUER);
        suspect(CONTROLLER, START + 3);
        lifeIs(START, 0, START + 10, 0);
        suspect(AGENCY, START + 3);
        lifeIs(START, 0, START + 10, START + 3);
    }

    function test_aRegistrarThatControlsTheSuccessorSpeaksAsRegistrarAlone() external {
        addKey(0, 0);
        vm.prank(OTHER_AGENCY);
        issuers.admit(HEIR, AGENCY, "scope", "document");
        vm.prank(CONTROLLER);
        issuers.nameSuccessor(ISSUER, HEIR);
        vm.warp(START + 10);
        revokeKey();
        suspect(AGENCY, START + 3);
        suspect(AGENCY, START + 3);
        lifeIs(START, 0, START + 10, 0);
        issuers.dismissRegistrar(AGENCY);
        refuses(AGENCY, notController(AGENCY));
        issuers.suspect(ISSUER, KEY, START + 3);
    }

    // -- banks

    function test_banksAreNamedAndDropped() external {
        refuses(STRANGER, notController(STRANGER));
        issuers.nameBank(ISSUER, BANK);
        refuses(CONTROLLER, empty());
        issuers.nameBank(ISSUER, address(0));
        tells(CONTROLLER, address(issuers));
        emit IIssuers.BankNamed(ISSUER, BANK);
        issuers.nameBank(ISSUER, BANK);
        holds(issuers.banksOf(ISSUER).length == 1, "a bank is not listed");
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.BankAlreadyNamed.selector, BANK));
        issuers.nameBank(ISSUER, BANK);
        vm.warp(START + 10);
        refuses(STRANGER, notController(STRANGER));
        issuers.dropBank(ISSUER, BANK);
        refuses(AGENCY, notController(AGENCY));
        issuers.dropBank(ISSUER, BANK);
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.BankNotNamed.selector, STRANGER));
        issuers.dropBank(ISSUER, STRANGER);
        tells(CONTROLLER, address(issuers));
        emit IIssuers.BankDropped(ISSUER, BANK);
        issuers.dropBank(ISSUER, BANK);
        refuses(CONTROLLER, abi.encodeWithSelector(IIssuers.BankNotNamed.selector, BANK));
        issuers.dropBank(ISSUER, BANK);
        vm.warp(START + 20);
        vm.prank(CONTROLLER);
        issuers.nameBank(ISSUER, BANK);
        Window[] memory windows = issuers.bankWindows(ISSUER, BANK);
        holds(windows.length == 2 && windows[0].from == START && windows[0].until == START + 10, "another period");
        holds(windows[1].from == START + 20 && windows[1].until == 0, "another period");
        address[] memory banks = issuers.banksOf(ISSUER);
        holds(banks.length == 1 && banks[0] == BANK, "a bank is listed twice, or another");
        bool[5] memory wanted = [false, true, true, false, true];
        uint64[5] memory moments = [START - 1, START, START + 9, START + 10, START + 20];
        for (uint256 place = 0; place < 5; ++place) {
            holds(issuers.usesBank(ISSUER, BANK, moments[place]) == wanted[place], "a bound moved");
        }
    }

    function test_theSuccessorDropsBanksToo() external {
        vm.prank(CONTROLLER);
        issuers.nameBank(ISSUER, BANK);
        nameHeir();
        tells(HEIRS_CONTROLLER, address(issuers));
        emit IIssuers.BankDropped(ISSUER, BANK);
        issuers.dropBank(ISSUER, BANK);
    }
}
