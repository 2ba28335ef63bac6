/* One customer's balances, orders and fills, kept true by their private stream. */

import { ask, atMostEvery } from "../page.js";

const OPEN = new Set(["new", "partially_filled"]);
const KEPT = 50;
const FETCH_MS = 2000;

export class Account extends EventTarget {
  balances = new Map();
  open = new Map();
  history = [];
  trades = [];
  #url;
  #refetch = atMostEvery(FETCH_MS, () => this.fetch().catch(() => {}));

  constructor(mine, url) {
    super();
    this.#url = url;
    this.#take(mine);
  }

  /** What is available of an asset, as text. */
  available(asset) {
    return this.balances.get(asset)?.available ?? "0";
  }

  /** Read everything anew: after a lost connection, and when a push cannot say it all. */
  async fetch() {
    this.#take(await ask(this.#url));
  }

  fetchSoon() {
    this.#refetch();
  }

  #take({ balances, open, history, trades }) {
    this.balances = new Map(balances.map((row) => [row.asset, row]));
    this.open = new Map(open.map((row) => [row.id, row]));
    this.history = history;
    this.trades = trades;
    this.#announce();
  }

  /** Follow the customer's own topics on a feed that logs in. */
  follow(feed) {
    feed.subscribe("spot/user/orders:ALL_SYMBOLS", (row) => this.#hearOrder(fromWire(row), row));
    feed.subscribe("spot/user/balance:BALANCE_UPDATE", (row) => this.#hearBalance(row));
    feed.addEventListener("reconnect", () => this.fetchSoon());
  }

  #hearOrder(order, row) {
    const before = this.open.get(order.id);
    if (before && before.updated > order.updated) return;
    // Who places and who matches push on ways of their own: "new" may come after "filled".
    if (OPEN.has(order.state) && this.history.some(({ id }) => id === order.id)) return;
    if (OPEN.has(order.state)) {
      this.open = new Map([[order.id, order], ...this.open]);
      this.open.set(order.id, order);
    } else {
      this.open.delete(order.id);
      this.history = [order, ...this.history.filter(({ id }) => id !== order.id)].slice(0, KEPT);
    }
    this.dispatchEvent(new CustomEvent("order", { detail: { order, before } }));
    // A push names the last fill of a batch; there may have been more.
    if (row.detail_id) this.fetchSoon();
    this.#announce();
  }

  #hearBalance({ balance_details: details }) {
    for (const { ccy, av_bal: available, fz_bal: held } of details) {
      const known = this.balances.get(ccy) ?? { asset: ccy, name: "" };
      this.balances.set(ccy, { ...known, available, held });
    }
    this.#announce();
  }

  #announce() {
    this.dispatchEvent(new Event("change"));
  }
}

/** An order of the wire in the words of our own pages. */
function fromWire(row) {
  return {
    id: row.order_id,
    symbol: row.symbol,
    side: row.side,
    kind: row.type,
    state: row.order_state,
    cancel_source: "",
    price: row.price,
    average: "",
    size: row.size,
    filled: row.filled_size,
    notional: row.notional,
    filled_notional: row.filled_notional,
    created: Number(row.create_time),
    updated: Number(row.update_time),
  };
}
