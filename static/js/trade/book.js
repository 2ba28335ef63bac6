/* The order book: grouped prices, sums, bars, the spread; a click on a price fills the form. */

import { basisPoints, grouped, toText, toUnits } from "../exact.js";
import { element, onceAFrame, setText } from "../page.js";

const ROW_PIXELS = 22;
const GROUPS = [1n, 10n, 100n, 1000n];

export class Book extends EventTarget {
  asks = [];
  bids = [];
  #market;
  #sides;
  #group = 1n;
  #own = { buy: new Map(), sell: new Map() };
  #paint = onceAFrame(() => this.#draw());

  constructor(market) {
    super();
    this.#market = market;
    this.#sides = {
      asks: document.getElementById("asks"),
      bids: document.getElementById("bids"),
    };
    this.#offerGroups();
    const resized = new ResizeObserver(this.#paint);
    for (const side of Object.values(this.#sides)) {
      resized.observe(side);
      side.addEventListener("click", (event) => this.#pick(event));
      side.addEventListener("keydown", (event) => this.#walk(event));
    }
  }

  /** Levels as the wire writes them, best first. */
  show({ asks, bids }) {
    const levels = (rows) =>
      rows.map(([price, size]) => [
        toUnits(price, this.#market.price_precision),
        toUnits(size, this.#market.size_precision),
      ]);
    this.asks = levels(asks);
    this.bids = levels(bids);
    this.#paint();
    this.dispatchEvent(new Event("change"));
  }

  get bestAsk() {
    return this.asks[0]?.[0] ?? null;
  }

  get bestBid() {
    return this.bids[0]?.[0] ?? null;
  }

  /** Levels as a customer's order would meet them: their own orders are not traded with. */
  others(side) {
    const own = this.#own[side === "asks" ? "sell" : "buy"];
    return this[side]
      .map(([ticks, lots]) => [ticks, lots - (own.get(ticks) ?? 0n)])
      .filter(([, lots]) => lots > 0n);
  }

  /** Mark the prices at which the customer has open orders. */
  mark(orders) {
    this.#own = { buy: new Map(), sell: new Map() };
    const { price_precision: digits, size_precision: lotDigits } = this.#market;
    for (const { side, price, size, filled } of orders) {
      const ticks = toUnits(price, digits);
      const open = toUnits(size, lotDigits) - toUnits(filled, lotDigits);
      this.#own[side].set(ticks, (this.#own[side].get(ticks) ?? 0n) + open);
    }
    this.#paint();
    this.dispatchEvent(new Event("change"));
  }

  #offerGroups() {
    const choice = document.getElementById("grouping");
    for (const group of GROUPS) {
      const option = element("option", "", toText(group, this.#market.price_precision, { trim: true }));
      option.value = String(group);
      choice.append(option);
    }
    choice.addEventListener("change", () => {
      this.#group = BigInt(choice.value);
      this.#paint();
    });
  }

  /** [ticks, lots, sum] a group of prices: asks are rounded up and bids down, never flattering. */
  #rows(side, count) {
    const rows = [];
    const group = this.#group;
    let sum = 0n;
    for (const [ticks, lots] of this[side]) {
      const up = side === "asks" && ticks % group ? group : 0n;
      const price = (ticks / group) * group + up;
      sum += lots;
      const last = rows[rows.length - 1];
      if (last?.price === price) {
        last.lots += lots;
        last.sum = sum;
      } else if (rows.length === count) {
        break;
      } else {
        rows.push({ price, lots, sum });
      }
    }
    return rows;
  }

  #draw() {
    if (document.hidden) return;
    const counts = Object.values(this.#sides).map((side) => Math.floor(side.clientHeight / ROW_PIXELS));
    const asks = this.#rows("asks", counts[0]);
    const bids = this.#rows("bids", counts[1]);
    const deepest = [asks.at(-1)?.sum ?? 0n, bids.at(-1)?.sum ?? 0n].reduce((a, b) => (a > b ? a : b));
    // Asks are drawn upside down: the best one stands beside the spread.
    this.#drawSide(this.#sides.asks, asks.slice().reverse(), deepest, this.#own.sell, asks.length - 1);
    this.#drawSide(this.#sides.bids, bids, deepest, this.#own.buy, 0);
    this.#drawSpread();
    document.getElementById("book-empty").hidden = asks.length + bids.length > 0;
  }

  #drawSide(side, rows, deepest, own, best) {
    const { price_precision: digits, size_precision: lotDigits } = this.#market;
    while (side.children.length < rows.length) side.append(level());
    while (side.children.length > rows.length) side.lastChild.remove();
    const marked = new Set([...own.keys()].map((ticks) => this.#groupOf(ticks, side)));
    rows.forEach(({ price, lots, sum }, index) => {
      const button = side.children[index];
      const text = toText(price, digits);
      setText(button.children[0], grouped(text));
      setText(button.children[1], grouped(toText(lots, lotDigits)));
      setText(button.children[2], grouped(toText(sum, lotDigits)));
      button.dataset.price = text;
      button.dataset.sum = toText(sum, lotDigits);
      button.classList.toggle("level--own", marked.has(price));
      button.tabIndex = index === best ? 0 : -1;
      button.style.setProperty("--depth", `${basisPoints(sum, deepest) / 100}%`);
    });
  }

  #groupOf(ticks, side) {
    const up = side === this.#sides.asks && ticks % this.#group ? this.#group : 0n;
    return (ticks / this.#group) * this.#group + up;
  }

  #drawSpread() {
    const { bestAsk, bestBid } = this;
    const node = document.getElementById("spread");
    if (bestAsk === null || bestBid === null) return setText(node, "–");
    const spread = bestAsk - bestBid;
    const share = (basisPoints(spread * 10n, bestAsk) / 1000).toFixed(3);
    return setText(node, `${grouped(toText(spread, this.#market.price_precision))} (${share}%)`);
  }

  #pick(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const { price, sum } = button.dataset;
    this.dispatchEvent(new CustomEvent("pick", { detail: { price, sum } }));
  }

  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...this.#sides.asks.children, ...this.#sides.bids.children];
    all[all.indexOf(document.activeElement) + step]?.focus();
  }
}

function level() {
  const button = element("button", "level");
  button.type = "button";
  button.append(element("span", "level__price"), element("span"), element("span"));
  return button;
}
