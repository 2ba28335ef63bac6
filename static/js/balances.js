/* Balances valued by the live tickers, moved by the customer's own stream. */

import { grouped, toText, toUnits } from "./exact.js";
import { Feed } from "./feed.js";
import { loadMarkets } from "./market-list.js";
import { ask, setText, trimmed } from "./page.js";
import { Prices, centsText } from "./worth.js";

const HIDDEN = "holdfast.hide-amounts";
const REPAINT_MS = 1000;
const MOST_TOPICS = 90;
const DIGITS = 18;
const SMALL_CENTS = 100n;

const body = document.getElementById("balances");
const find = document.getElementById("find");
const hideSmall = document.getElementById("hide-small");
const hideWorth = document.getElementById("hide-worth");
const prices = new Prices();
let changed = true;

const rowOf = (asset) => body.querySelector(`tr[data-asset="${asset}"]`);
const cell = (row, name) => row.querySelector(`[data-cell="${name}"]`);

function showBalance({ asset, available, held }) {
  const row = rowOf(asset);
  if (!row) return location.reload(); // a coin that the page does not list yet
  const total = toUnits(available, DIGITS) + toUnits(held, DIGITS);
  row.dataset.total = toText(total, DIGITS, { trim: true });
  setText(cell(row, "total"), trimmed(row.dataset.total));
  setText(cell(row, "available"), trimmed(available));
  setText(cell(row, "held"), trimmed(held));
  changed = true;
  return undefined;
}

function repaint() {
  if (!changed || document.hidden) return;
  changed = false;
  let worth = 0n;
  for (const row of body.rows) {
    const cents = prices.cents(row.dataset.asset, row.dataset.total);
    setText(cell(row, "value"), cents === null ? "–" : grouped(centsText(cents)));
    row.dataset.cents = cents === null ? "" : String(cents);
    worth += cents ?? 0n;
  }
  setText(document.getElementById("worth"), grouped(centsText(worth)));
  filter();
}

function filter() {
  const words = find.value.trim().toLowerCase();
  let shown = 0;
  for (const row of body.rows) {
    const { asset, name, cents } = row.dataset;
    const small = hideSmall.checked && cents !== undefined && cents !== "" && BigInt(cents) < SMALL_CENTS;
    row.hidden = small || !`${asset} ${name}`.toLowerCase().includes(words);
    shown += row.hidden ? 0 : 1;
  }
  document.getElementById("nothing").hidden = shown > 0;
}

function linkTrades(markets) {
  for (const row of body.rows) {
    const asset = row.dataset.asset;
    const market = markets.find(({ base, quote }) => base === asset && quote === "USDT")
      ?? markets.find(({ base, quote }) => base === asset || quote === asset);
    if (!market) continue;
    const link = row.querySelector("[data-trade-link]");
    link.href = body.dataset.trade.replace(/_$/, market.symbol);
    link.hidden = false;
  }
}

async function readPrices() {
  const { markets } = await loadMarkets(body.dataset.list);
  for (const { symbol, last } of markets) prices.set(symbol, last);
  changed = true;
  return markets;
}

function hideAmounts(hidden) {
  document.getElementById("content").classList.toggle("amounts-hidden", hidden);
  hideWorth.setAttribute("aria-pressed", String(hidden));
  localStorage.setItem(HIDDEN, hidden ? "1" : "");
}

async function start() {
  hideAmounts(localStorage.getItem(HIDDEN) === "1");
  hideWorth.addEventListener("click", () => hideAmounts(hideWorth.getAttribute("aria-pressed") !== "true"));
  find.addEventListener("input", filter);
  hideSmall.addEventListener("change", filter);
  for (const row of body.rows) {
    for (const name of ["total", "available", "held"]) {
      const shown = cell(row, name);
      setText(shown, trimmed(shown.textContent));
    }
  }
  const markets = await readPrices();
  linkTrades(markets);
  repaint();
  setInterval(repaint, REPAINT_MS);
  const held = new Set([...body.rows].map((row) => row.dataset.asset));
  const followed = markets.filter(({ base, quote }) => held.has(base) && quote === "USDT");
  const feed = new Feed(body.dataset.public);
  for (const { symbol } of followed.slice(0, MOST_TOPICS)) {
    feed.subscribe(`spot/ticker:${symbol}`, (ticker) => {
      prices.set(symbol, ticker.last_price);
      changed = true;
    });
  }
  feed.addEventListener("reconnect", () => readPrices().catch(() => {}));
  const own = new Feed(body.dataset.private, {
    login: async () => (await ask(body.dataset.token, {})).token,
  });
  own.subscribe("spot/user/balance:BALANCE_UPDATE", ({ balance_details: details }) => {
    for (const { ccy, av_bal: available, fz_bal } of details) {
      showBalance({ asset: ccy, available, held: fz_bal });
    }
  });
  own.addEventListener("reconnect", async () => {
    const { balances } = await ask(body.dataset.mine);
    balances.forEach(showBalance);
  });
}

if (body) start();
