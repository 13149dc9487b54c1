// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The few powers over the test machine that these tests use.
interface Vm {
    function prank(address sender) external;
    function warp(uint256 time) external;
    function assume(bool condition) external;
    function expectRevert() external;
}

abstract contract Cheats {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function same(uint256 found, uint256 wanted, string memory law) internal pure {
        require(found == wanted, law);
    }

    /// @notice The first law that broke while something was tried. A refusal undoes what it did, so a law that breaks inside
    /// a try is noted here and not refused; an invariant asks for the note.
    string public broken;

    function note(bool law, string memory sentence) internal {
        if (!law && bytes(broken).length == 0) broken = sentence;
    }

    function holds(bool law, string memory sentence) internal pure {
        require(law, sentence);
    }
}
