/* The trade page: one market's data and one customer's, each part shown by a module of its own. */

import { Feed } from "../feed.js";
import { ask, fixed, pageData, setText, short, showChange, toast, trimmed } from "../page.js";
import { onKey } from "../shortcuts.js";
import { Account } from "./account.js";
import { Activity } from "./activity.js";
import { Book } from "./book.js";
import { Chart } from "./chart.js";
import { Chooser } from "./chooser.js";
import { watchConnection } from "./connection.js";
import { watchStanding } from "./standing.js";
import { Tape } from "./tape.js";
import { termsOf } from "./terms.js";
import { Ticket } from "./ticket.js";
import { stateWord } from "./words.js";

const STEP_NAMES = new Map(
  [...document.querySelectorAll("[data-step]")].map((button) => [Number(button.dataset.step), button.dataset.name]),
);
const YEAR = 365 * 24 * 3600;

const { market, ticker, book: bookNow, tape: tapeNow, step, candles, mine, links } = pageData("trade-data");
const account = mine ? new Account(mine, links.mine) : null;
const book = new Book(market);
const tape = new Tape(market);
const chart = new Chart(market, step, fetchCandles);
const ticket = new Ticket({ market, terms: termsOf(market), book, account, links, lastPrice: ticker.last_price });
const feed = new Feed(links.public);
const feeds = [feed];

/** Rows [s, o, h, l, c, volume], oldest first. */
async function fetchCandles(minutes, before) {
  const query = new URLSearchParams({ symbol: market.symbol, step: minutes, limit: 200 });
  if (before !== null) query.set("before", before);
  const { data } = await ask(`${links.klines}?${query}`);
  return (data ?? []).map((row) => [Number(row[0]), ...row.slice(1, 6)]).sort((a, b) => a[0] - b[0]);
}

async function fetchTape() {
  const { data } = await ask(`${links.trades}?symbol=${market.symbol}&limit=50`);
  tape.replace(data.map(([, ms, price, size, side]) => ["", price, size, side, Number(ms)]));
}

let lastShown = "";
function showLast(price) {
  if (!Number(price)) return;
  const text = fixed(price, market.price_precision);
  const up = lastShown !== "" && Number(price) > Number(lastShown);
  const down = lastShown !== "" && Number(price) < Number(lastShown);
  const midpoint = document.getElementById("book-last");
  setText(document.getElementById("last"), text);
  if (up || down) {
    setText(midpoint, `${up ? "▲" : "▼"} ${text}`);
    midpoint.classList.toggle("up", up);
    midpoint.classList.toggle("down", down);
  } else if (lastShown === "") setText(midpoint, text);
  lastShown = price;
  document.title = `${text} ${market.base}/${market.quote} · Holdfast`;
}

function showTicker(row) {
  showLast(row.last_price);
  const traded = Number(row.last_price) > 0;
  showChange(document.getElementById("change"), traded ? row.fluctuation : 0);
  for (const node of document.querySelectorAll("[data-ticker]")) {
    const name = node.dataset.ticker;
    const text = name.includes("volume") ? short(row[name]) : fixed(row[name], market.price_precision);
    setText(node, traded ? text : "–");
  }
}

let stepTopic = "";
const onCandle = ({ candle }) => chart.update(candle);
function followStep(minutes) {
  if (stepTopic) feed.unsubscribe(stepTopic, onCandle);
  stepTopic = `spot/kline${STEP_NAMES.get(minutes)}:${market.symbol}`;
  feed.subscribe(stepTopic, onCandle);
}

async function chooseStep(button) {
  const minutes = Number(button.dataset.step);
  for (const other of document.querySelectorAll("[data-step]")) {
    other.setAttribute("aria-pressed", String(other === button));
  }
  document.cookie = `step=${minutes};path=/;max-age=${YEAR};samesite=lax`;
  followStep(minutes);
  await chart.switchTo(minutes).catch(() => toast(gettext("The candles could not be loaded. Try again."), "error"));
}

function showView(view) {
  document.getElementById("trade").dataset.view = view;
  for (const button of document.querySelectorAll("[data-view-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.viewChoice === view));
  }
}

document.addEventListener("click", (event) => {
  const stepButton = event.target.closest("[data-step]");
  if (stepButton) chooseStep(stepButton);
  const viewButton = event.target.closest("[data-view-choice]");
  if (viewButton) showView(viewButton.dataset.viewChoice);
  const jump = event.target.closest("[data-jump]");
  if (jump) {
    showView("ticket");
    ticket.choose(jump.dataset.jump);
  }
});

book.addEventListener("pick", ({ detail }) => {
  showView("ticket");
  ticket.pick(detail.price);
});

function startPublic() {
  showTicker(ticker);
  book.show(bookNow);
  tape.replace(tapeNow);
  chart.replace(candles);
  feed.subscribe(`spot/ticker:${market.symbol}`, showTicker);
  feed.subscribe(`spot/depth50:${market.symbol}`, (row) => book.show(row));
  feed.subscribe(`spot/trade:${market.symbol}`, (row) => tape.add(row));
  watchStanding(feed, market, ticket);
  followStep(step);
  // The stream gives the book and the ticker anew; what happened meanwhile is asked for once.
  feed.addEventListener("reconnect", () => {
    fetchTape().catch(() => {});
    chart.switchTo(chart.minutes).catch(() => {});
  });
}

function startPrivate() {
  new Activity(account, market, links);
  const mark = () => book.mark([...account.open.values()].filter(({ symbol }) => symbol === market.symbol));
  account.addEventListener("change", mark);
  mark();
  account.addEventListener("order", ({ detail: { order, before } }) => {
    if (order.state === before?.state && order.filled === before?.filled) return;
    if (order.state === "new" || order.state === "canceled") return;
    const name = order.symbol.replace("_", "/");
    toast(`${name}: ${stateWord(order.state)} · ${trimmed(order.filled)}`, "success");
  });
  const own = new Feed(links.private, { login: async () => (await ask(links.token, {})).token });
  account.follow(own);
  feeds.push(own);
}

startPublic();
if (account) startPrivate();
watchConnection(feeds);
const chooser = new Chooser(links);
onKey("/", () => chooser.open());
onKey("b", () => ticket.choose("buy", "size"));
onKey("s", () => ticket.choose("sell", "size"));
onKey("p", () => ticket.focus("price"));
onKey("a", () => ticket.focus("size"));
