/* What a balance is worth in USDT: exact amounts times last prices, through another coin if it must. */

import { rescale, toText, toUnits } from "./exact.js";

const DIGITS = 18;
const SHOWN = 2;
const VALUED_IN = "USDT";
const THROUGH = ["USDC", "BTC", "ETH"];

export class Prices {
  #last = new Map();

  /** A pair's last price as text. */
  set(symbol, last) {
    if (Number(last) > 0) this.#last.set(symbol, toUnits(last, DIGITS));
  }

  has(symbol) {
    return this.#last.has(symbol);
  }

  /** USDT for one of an asset in 10^-18, or null when no chain of prices leads there. */
  of(asset) {
    if (asset === VALUED_IN) return 10n ** BigInt(DIGITS);
    const straight = this.#last.get(`${asset}_${VALUED_IN}`);
    if (straight) return straight;
    for (const between of THROUGH) {
      const [first, second] = [this.#last.get(`${asset}_${between}`), this.#last.get(`${between}_${VALUED_IN}`)];
      if (first && second) return (first * second) / 10n ** BigInt(DIGITS);
    }
    return null;
  }

  /** The worth of an amount in cents of USDT, rounded down; null when it has no price. */
  cents(asset, amount) {
    const price = this.of(asset);
    if (price === null) return null;
    return rescale(toUnits(amount, DIGITS) * price, 2 * DIGITS, SHOWN);
  }
}

export const centsText = (cents) => toText(cents, SHOWN);
