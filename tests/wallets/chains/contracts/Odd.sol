// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// Says that it moved the whole amount, and keeps a tenth.
contract TaxedToken is ERC20 {
    mapping(address => uint256) private less;

    constructor() ERC20("Taxed", "TAX") {
        _mint(msg.sender, 1e24);
    }

    function balanceOf(address holder) public view override returns (uint256) {
        return super.balanceOf(holder) - less[holder];
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0)) less[to] += amount / 10;
    }
}

/// Returns false, moves nothing, logs nothing, and the transaction succeeds.
contract FalseToken {
    function transfer(address, uint256) external pure returns (bool) {
        return false;
    }
}

/// A smart wallet: what it pays is a call inside a transaction to itself.
contract Wallet {
    receive() external payable {}

    function pay(address payable to, uint256 amount) public {
        (bool done, ) = to.call{value: amount}("");
        require(done, "not paid");
    }

    /// One payment that stands, one that is undone, then another that stands.
    function payThreeUndoOne(address payable to, uint256 amount) external {
        pay(to, amount);
        try this.payAndFail(to, amount) {} catch {}
        pay(to, 2 * amount);
    }

    function payAndFail(address payable to, uint256 amount) external {
        pay(to, amount);
        revert("undone");
    }

    /// Gives all it has to somebody in its last breath.
    function end(address payable to) external {
        selfdestruct(to);
    }
}
