// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import "@openzeppelin/contracts/access/Ownable.sol";
import "@openzeppelin/contracts/utils/Pausable.sol";

/// All of it is made once; nobody can change anything.
contract FixedToken is ERC20 {
    constructor(string memory name, string memory symbol, uint256 units) ERC20(name, symbol) {
        _mint(msg.sender, units);
    }
}

/// A community's token whose owner kept the right to make more, and to stop everybody.
contract CommunityToken is ERC20, Ownable, Pausable {
    constructor(string memory name, string memory symbol, uint256 units)
        ERC20(name, symbol)
        Ownable(msg.sender)
    {
        _mint(msg.sender, units);
    }

    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    function _update(address from, address to, uint256 value) internal override whenNotPaused {
        super._update(from, to, value);
    }
}

/// Keeps two hundredths of every transfer, and its owner may shut somebody out.
contract TaxedToken is ERC20, Ownable {
    mapping(address => bool) public isBlacklisted;

    constructor(string memory name, string memory symbol, uint256 units)
        ERC20(name, symbol)
        Ownable(msg.sender)
    {
        _mint(msg.sender, units);
    }

    function blacklist(address who) external onlyOwner {
        isBlacklisted[who] = true;
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!isBlacklisted[from], "shut out");
        if (from == address(0) || to == address(0) || from == owner()) {
            super._update(from, to, value);
        } else {
            uint256 tax = value / 50;
            super._update(from, owner(), tax);
            super._update(from, to, value - tax);
        }
    }
}
