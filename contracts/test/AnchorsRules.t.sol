// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Anchors} from "../src/Anchors.sol";
import {Issuers} from "../src/Issuers.sol";
import {Redemptions} from "../src/Redemptions.sol";
import {Window} from "../src/Windows.sol";
import {IAdmissions} from "../src/interfaces/IAdmissions.sol";
import {IAnchors} from "../src/interfaces/IAnchors.sol";
import {ISuccession} from "../src/interfaces/ISuccession.sol";
import {Rules} from "./Rules.sol";

contract AnchorsRulesTest is Rules {
    Anchors internal anchors;
    address internal constant BANK = address(0xb1);
    address internal constant OTHER_BANK = address(0xb2);
    bytes32 internal constant BODY = "body";

    function setUp() public {
        begin();
        anchors = makeAnchors(issuers, address(0));
    }

    function admit(address account, bytes32 body) private {
        vm.prank(AGENCY);
        anchors.admit(account, body);
    }

    function withdraw(address account) private {
        vm.prank(AGENCY);
        anchors.withdraw(account);
    }

    function test_theRegistryIsAContract() external {
        strict.expectRevert(abi.encodeWithSelector(IAdmissions.EmptyAdmission.selector));
        makeAnchors(Issuers(STRANGER), address(0));
        holds(address(anchors.registry()) == address(issuers), "the registry is another");
    }

    function test_aPredecessorIsNobodyOrAContract() external {
        strict.expectRevert(abi.encodeWithSelector(ISuccession.NoContract.selector, STRANGER));
        makeAnchors(issuers, STRANGER);
        holds(anchors.predecessor() == address(0), "the first has a predecessor");
        Anchors next = makeAnchors(issuers, address(anchors));
        holds(next.predecessor() == address(anchors), "the predecessor is another");
        Redemptions first = makeRedemptions(issuers, address(0));
        holds(first.predecessor() == address(0), "the first has a predecessor");
        holds(makeRedemptions(issuers, address(first)).predecessor() == address(first), "the predecessor is another");
        strict.expectRevert(abi.encodeWithSelector(ISuccession.NoContract.selector, STRANGER));
        makeRedemptions(issuers, STRANGER);
    }

    function test_nobodyIsAdmittedEmpty() external {
        bytes memory reason = abi.encodeWithSelector(IAdmissions.EmptyAdmission.selector);
        refuses(AGENCY, reason);
        anchors.admit(address(0), BODY);
        refuses(AGENCY, reason);
        anchors.admit(BANK, 0);
    }

    function test_registrarsAloneAdmitAndWithdraw() external {
        bytes memory reason = abi.encodeWithSelector(IAdmissions.NotOverseer.selector, BANK, STRANGER);
        refuses(STRANGER, reason);
        anchors.admit(BANK, BODY);
        admit(BANK, BODY);
        refuses(STRANGER, reason);
        anchors.withdraw(BANK);
        issuers.dismissRegistrar(AGENCY);
        refuses(AGENCY, abi.encodeWithSelector(IAdmissions.NotOverseer.selector, BANK, AGENCY));
        anchors.withdraw(BANK);
    }

    function test_anAdmissionIsToldAndKept() external {
        tells(AGENCY, address(anchors));
        emit IAdmissions.Admitted(BANK, BODY, AGENCY);
        anchors.admit(BANK, BODY);
        (address registrar, bytes32 identity, Window[] memory windows) = anchors.admissionOf(BANK);
        holds(registrar == AGENCY && identity == BODY, "another admission is kept");
        holds(windows.length == 1 && windows[0].from == START && windows[0].until == 0, "another period is kept");
        holds(anchors.overseerOf(BODY) == AGENCY, "the body is with somebody else");
        holds(anchors.overseerOf("another") == address(0), "a body that nobody admitted has an overseer");
    }

    function test_whoIsAdmittedIsNotAdmittedAgain() external {
        admit(BANK, BODY);
        refuses(AGENCY, abi.encodeWithSelector(IAdmissions.AccountAlreadyAdmitted.selector, BANK));
        anchors.admit(BANK, BODY);
    }

    function test_anAccountActsForOneBody() external {
        admit(BANK, BODY);
        withdraw(BANK);
        refuses(AGENCY, abi.encodeWithSelector(IAdmissions.IdentityDiffers.selector, BODY));
        anchors.admit(BANK, "another body");
        admit(BANK, BODY);
    }

    function test_anAccountStaysWithItsServingRegistrar() external {
        admit(BANK, BODY);
        bytes memory reason = abi.encodeWithSelector(IAdmissions.NotOverseer.selector, BANK, OTHER_AGENCY);
        refuses(OTHER_AGENCY, reason);
        anchors.withdraw(BANK);
        withdraw(BANK);
        refuses(OTHER_AGENCY, reason);
        anchors.admit(BANK, BODY);
    }

    function test_aBodyStaysWithItsServingRegistrar() external {
        admit(BANK, BODY);
        refuses(OTHER_AGENCY, abi.encodeWithSelector(IAdmissions.NotBodysOverseer.selector, BODY, OTHER_AGENCY));
        anchors.admit(OTHER_BANK, BODY);
        admit(OTHER_BANK, BODY);
    }

    function test_afterADismissalAnotherTakesOver() external {
        admit(BANK, BODY);
        issuers.dismissRegistrar(AGENCY);
        vm.prank(OTHER_AGENCY);
        anchors.admit(OTHER_BANK, BODY);
        holds(anchors.overseerOf(BODY) == OTHER_AGENCY, "the body stayed");
        vm.prank(OTHER_AGENCY);
        anchors.withdraw(BANK);
        (address registrar, , ) = anchors.admissionOf(BANK);
        holds(registrar == OTHER_AGENCY, "the account stayed");
        issuers.appointRegistrar(AGENCY);
        refuses(AGENCY, abi.encodeWithSelector(IAdmissions.NotOverseer.selector, BANK, AGENCY));
        anchors.admit(BANK, BODY);
        refuses(AGENCY, abi.encodeWithSelector(IAdmissions.NotBodysOverseer.selector, BODY, AGENCY));
        anchors.admit(address(0xb3), BODY);
    }

    function test_aWithdrawalIsToldAndEndsThePeriod() external {
        admit(BANK, BODY);
        vm.warp(START + 10);
        tells(AGENCY, address(anchors));
        emit IAdmissions.Withdrawn(BANK, BODY, AGENCY);
        anchors.withdraw(BANK);
        (, , Window[] memory windows) = anchors.admissionOf(BANK);
        holds(windows.length == 1 && windows[0].until == START + 10, "the period did not end");
        refuses(AGENCY, abi.encodeWithSelector(IAdmissions.NotAdmitted.selector, BANK));
        anchors.withdraw(BANK);
    }

    function test_admittedMeansFromItsFirstMomentUntilBeforeItsEnd() external {
        admit(BANK, BODY);
        vm.warp(START + 10);
        withdraw(BANK);
        vm.warp(START + 20);
        admit(BANK, BODY);
        bool[6] memory wanted = [false, true, true, false, false, true];
        uint64[6] memory moments = [START - 1, START, START + 9, START + 10, START + 19, START + 20];
        for (uint256 place = 0; place < 6; ++place) {
            holds(anchors.isAdmitted(BANK, moments[place]) == wanted[place], "a bound moved");
        }
        holds(!anchors.isAdmitted(OTHER_BANK, START), "nobody was admitted");
    }

    function test_onlyWhoIsAdmittedAnchorsAndPublishes() external {
        bytes memory reason = abi.encodeWithSelector(IAdmissions.NotAdmitted.selector, BANK);
        refuses(BANK, reason);
        anchors.anchor("root", 1);
        refuses(BANK, reason);
        anchors.publishStatus("root", 1);
        admit(BANK, BODY);
        vm.prank(BANK);
        anchors.anchor("root", 1);
        withdraw(BANK);
        refuses(BANK, reason);
        anchors.anchor("root", 1);
        refuses(BANK, reason);
        anchors.publishStatus("root", 1);
    }

    function test_theEmptyTreeIsRefused() external {
        admit(BANK, BODY);
        bytes memory reason = abi.encodeWithSelector(IAnchors.EmptyTree.selector);
        refuses(BANK, reason);
        anchors.anchor(0, 1);
        refuses(BANK, reason);
        anchors.anchor("root", 0);
        refuses(BANK, reason);
        anchors.publishStatus(0, 1);
        refuses(BANK, reason);
        anchors.publishStatus("root", 0);
    }

    function test_anAnchorIsToldOnceWithItsTimeAndBlock() external {
        admit(BANK, BODY);
        tells(BANK, address(anchors));
        emit IAnchors.Anchored(BANK, "root", 3);
        same(anchors.anchor("root", 3), START, "another time was given");
        vm.warp(START + 5);
        strict.roll(101);
        strict.recordLogs();
        vm.prank(BANK);
        same(anchors.anchor("root", 3), START, "the first answer was not given again");
        silent();
        (uint64 time, uint64 number) = anchors.anchoredAt(BANK, "root", 3);
        holds(time == START && number == 100, "another moment is kept");
        (time, number) = anchors.anchoredAt(BANK, "root", 4);
        holds(time == 0 && number == 0, "another size is anchored");
        (time, number) = anchors.anchoredAt(OTHER_BANK, "root", 3);
        holds(time == 0 && number == 0, "another bank's root is anchored");
    }

    function test_statusesAreToldAndTheNumberRises() external {
        admit(BANK, BODY);
        tells(BANK, address(anchors));
        emit IAnchors.StatusPublished(BANK, 5, "root");
        anchors.publishStatus("root", 5);
        vm.warp(START + 5);
        strict.recordLogs();
        vm.prank(BANK);
        anchors.publishStatus("root", 5);
        silent();
        refuses(BANK, abi.encodeWithSelector(IAnchors.SequenceNotRising.selector, uint64(5), uint64(5)));
        anchors.publishStatus("another", 5);
        refuses(BANK, abi.encodeWithSelector(IAnchors.SequenceNotRising.selector, uint64(4), uint64(5)));
        anchors.publishStatus("root", 4);
        (bytes32 root, uint64 sequence, uint64 time) = anchors.statusOf(BANK);
        holds(root == "root" && sequence == 5 && time == START, "another status is kept");
        vm.prank(BANK);
        anchors.publishStatus("root", 6);
        (root, sequence, time) = anchors.statusOf(BANK);
        holds(root == "root" && sequence == 6 && time == START + 5, "the newest status is another");
        (root, sequence, time) = anchors.statusOf(OTHER_BANK);
        holds(root == 0 && sequence == 0 && time == 0, "another bank has a status");
    }
}
