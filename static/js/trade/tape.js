/* The tape: the market's latest trades, newest on top, with an arrow for the taker's side. */

import { element, fixed, onceAFrame, setText, timeOfDay } from "../page.js";

const SHOWN = 50;

export class Tape extends EventTarget {
  #market;
  #trades = [];
  #body = document.getElementById("tape");
  #empty = document.getElementById("tape-empty");
  #paint = onceAFrame(() => this.#draw());

  constructor(market) {
    super();
    this.#market = market;
  }

  /** [id, price, size, taker's side, ms] rows, newest first. */
  replace(rows) {
    this.#trades = rows.slice(0, SHOWN);
    this.#announce();
  }

  /** One trade of the wire. */
  add({ trade_id: id, price, size, side, ms_t: ms }) {
    if (id && this.#trades.some(([known]) => known === id)) return;
    this.#trades = [[id, price, size, side, ms], ...this.#trades].slice(0, SHOWN);
    this.#announce();
  }

  get last() {
    return this.#trades[0]?.[1] ?? null;
  }

  #announce() {
    this.#paint();
    this.dispatchEvent(new Event("change"));
  }

  #draw() {
    this.#empty.hidden = this.#trades.length > 0;
    while (this.#body.rows.length < this.#trades.length) this.#body.append(line());
    this.#trades.forEach(([, price, size, side, ms], index) => {
      const row = this.#body.rows[index];
      const [priceCell, sizeCell, timeCell] = row.cells;
      row.className = side === "buy" ? "up" : "down";
      setText(priceCell.firstChild, side === "buy" ? "▲" : "▼");
      priceCell.firstChild.title = side === "buy" ? gettext("Bought") : gettext("Sold");
      setText(priceCell.lastChild, fixed(price, this.#market.price_precision));
      setText(sizeCell, fixed(size, this.#market.size_precision));
      setText(timeCell, timeOfDay(ms));
    });
  }
}

function line() {
  const row = element("tr");
  const price = element("td");
  price.append(element("span", "tape__arrow"), element("span"));
  row.append(price, element("td", "num"), element("td", "num"));
  return row;
}
