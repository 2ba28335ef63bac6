/* The home page: the busiest markets follow the stream, painted at most once a second. */

import { Feed } from "./feed.js";
import { fixed, setText, showChange } from "./page.js";

const body = document.getElementById("busiest");
const rows = new Map([...body.querySelectorAll("[data-symbol]")].map((row) => [row.dataset.symbol, row]));
const pending = new Map();

if (rows.size) {
  const feed = new Feed(body.dataset.socket);
  for (const symbol of rows.keys()) {
    feed.subscribe(`spot/ticker:${symbol}`, (ticker) => pending.set(symbol, ticker));
  }
  setInterval(() => {
    if (document.hidden) return;
    for (const [symbol, ticker] of pending) {
      const row = rows.get(symbol);
      if (!Number(ticker.last_price)) continue;
      setText(row.cells[1], fixed(ticker.last_price, Number(row.dataset.digits)));
      showChange(row.cells[2], ticker.fluctuation);
    }
    pending.clear();
  }, 1000);
}
