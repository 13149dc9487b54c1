// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A period of block time: `from <= moment < until`, open while `until` is zero.
struct Window {
    uint64 from;
    uint64 until;
}

/// @title Periods in order, of which at most the last is open
/// @dev The contracts ask `isOpen` first; opening twice or closing nothing would be a fault of ours.
library Windows {
    function isOpen(Window[] storage windows) internal view returns (bool) {
        uint256 count = windows.length;
        return count != 0 && windows[count - 1].until == 0;
    }

    function open(Window[] storage windows) internal {
        windows.push(Window({from: uint64(block.timestamp), until: 0}));
    }

    function close(Window[] storage windows) internal {
        windows[windows.length - 1].until = uint64(block.timestamp);
    }

    /// @dev The newest period is tried first, because most questions are about now.
    function covers(Window[] storage windows, uint64 moment) internal view returns (bool) {
        for (uint256 index = windows.length; index != 0; --index) {
            Window storage window = windows[index - 1];
            if (window.from <= moment) {
                if (window.until == 0 || moment < window.until) return true;
            }
        }
        return false;
    }
}
