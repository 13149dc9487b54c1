// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The few powers over the symbolic machine (halmos) that the proofs use.
interface Svm {
    function createCalldata(string calldata contractName) external returns (bytes memory);
    function enableSymbolicStorage(address account) external;
}

/// @notice And over its clock and callers.
interface SymbolicVm {
    function prank(address sender) external;
    function warp(uint256 time) external;
    function assume(bool condition) external pure;
    function load(address account, bytes32 slot) external view returns (bytes32);
}

/// @title What the proofs have in common
/// @notice A proof starts in ANY state whatever of the contracts' storage, lets ANYBODY make ANY one call with ANY arguments
/// at ANY time, and compares before with after. What one step cannot break from any state, no history can break.
abstract contract Symbolic {
    Svm internal constant svm = Svm(address(uint160(uint256(keccak256("svm cheat code")))));
    SymbolicVm internal constant vm = SymbolicVm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev Whether the call succeeded does not matter: a refusal changes nothing, and that is part of the claim.
    function anyCall(address target, string memory name, address caller, uint64 time) internal {
        vm.warp(time);
        bytes memory data = svm.createCalldata(name);
        vm.prank(caller);
        (bool done, ) = target.call(data);
        done;
    }

    /// @dev For which body an account acts: the second word of its admission. `admissionOf` gives a list as well, whose length
    /// would be any here.
    function bodyOf(address admissions, address account) internal view returns (bytes32) {
        uint256 admission = uint256(keccak256(abi.encode(account, uint256(0))));
        return vm.load(admissions, bytes32(admission + 1));
    }
}
