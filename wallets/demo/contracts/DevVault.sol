// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";

/// A vault of a development chain. What is sent to it raises what each of its shares is worth.
contract DevVault is ERC4626 {
    constructor(IERC20 asset_) ERC20("Holdfast development vault", "hfVAULT") ERC4626(asset_) {}
}
