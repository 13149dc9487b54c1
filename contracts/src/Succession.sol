// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISuccession} from "./interfaces/ISuccession.sol";

/// @dev The account itself, if it is nobody's or a contract's. Where it is kept is each contract's own last slot: a base
/// contract with a slot of its own would move all others, and proofs of earlier state name slots by number.
function contractOrNone(address account) view returns (address) {
    if (account != address(0) && account.code.length == 0) revert ISuccession.NoContract(account);
    return account;
}
