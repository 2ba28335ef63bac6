/* The markets page: search, filters, order, favourites, and live tickers of the rows in view. */

import { grouped } from "./exact.js";
import { Feed } from "./feed.js";
import { favourites, loadMarkets, select, toggleFavourite } from "./market-list.js";
import { element, fixed, setText, short, showChange } from "./page.js";

const BATCH = 60;
const MOST_TOPICS = 90;
const REPAINT_MS = 1000;
const TAG_WORDS = {
  new: () => gettext("New"),
  special: () => gettext("Special treatment"),
  delisting: () => gettext("Will be delisted"),
};
const STATUS_WORDS = {
  halted: () => gettext("Halted"),
  "cancel-only": () => gettext("Cancel only"),
  "pre-trade": () => gettext("Opens soon"),
};

const body = document.getElementById("market-rows");
const search = document.getElementById("search");
const more = document.getElementById("more");
const nothing = document.getElementById("nothing");
const { trade, icons, list, socket } = body.dataset;

const state = { search: "", show: "all", column: "volume", down: true, rows: [], drawn: 0 };
const visible = new Set();
const pending = new Map();
let markets = [];
let bySymbol = new Map();
let feed = null;
let subscribed = new Set();

function star(market, chosen) {
  const button = element("button", "star");
  button.type = "button";
  button.dataset.star = market.symbol;
  button.setAttribute("aria-pressed", String(chosen));
  button.setAttribute("aria-label", interpolate(gettext("%s as a favourite"), [`${market.base}/${market.quote}`]));
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${icons}#star`);
  icon.append(use);
  button.append(icon);
  return button;
}

function pairCell(market, chosen) {
  const head = element("th");
  head.scope = "row";
  const pair = element("span", "pair pair--starred");
  const link = element("a");
  link.href = trade.replace(/_$/, market.symbol);
  const name = element("bdi", "pair__name", market.base);
  name.append(element("span", "", `/${market.quote}`));
  link.append(name);
  pair.append(star(market, chosen), link);
  const word = STATUS_WORDS[market.status] ?? TAG_WORDS[market.tag];
  pair.append(word ? element("span", "badge badge--warn", word()) : element("span"));
  pair.append(element("span", "pair__full", market.name));
  head.append(pair);
  return head;
}

function row(market, chosen) {
  const line = element("tr");
  line.dataset.symbol = market.symbol;
  line.append(
    pairCell(market, chosen),
    element("td", "num price"),
    element("td", "num change"),
    element("td", "num wide volume"),
  );
  fill(line, market);
  return line;
}

function fill(line, market) {
  const [, price, changed, volume] = line.cells;
  setText(price, market.last ? fixed(market.last, market.precision) : "–");
  if (market.last) showChange(changed, market.change);
  else setText(changed, "–");
  setText(volume, market.last ? `${short(market.volume)} ${market.quote}` : "–");
}

function drawMore() {
  const chosen = favourites();
  const next = state.rows.slice(state.drawn, state.drawn + BATCH);
  const lines = next.map((market) => row(market, chosen.has(market.symbol)));
  body.append(...lines);
  lines.forEach((line) => sight.observe(line));
  state.drawn += next.length;
  more.hidden = state.drawn >= state.rows.length;
}

function redraw() {
  state.rows = select(markets, state);
  state.drawn = 0;
  for (const line of body.rows) sight.unobserve(line);
  visible.clear();
  body.replaceChildren();
  drawMore();
  const count = state.rows.length;
  setText(document.getElementById("count"), interpolate(ngettext("%s market", "%s markets", count), [grouped(String(count))]));
  explainNothing(count);
}

function explainNothing(count) {
  nothing.hidden = count > 0;
  if (count) return;
  const favouritesOnly = state.show === "favourites" && !state.search;
  setText(nothing.querySelector("h2"), favouritesOnly ? gettext("No favourites yet") : gettext("No market matches"));
  setText(
    nothing.querySelector("p"),
    favouritesOnly
      ? gettext("Press the star beside a pair and you will find it here.")
      : interpolate(gettext("Nothing here is called “%s”. Try a coin's ticker or its name."), [state.search]),
  );
}

const sight = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) visible.add(entry.target.dataset.symbol);
    else visible.delete(entry.target.dataset.symbol);
  }
  follow();
});
new IntersectionObserver((entries) => entries[0].isIntersecting && markets.length && drawMore(), {
  rootMargin: "600px",
}).observe(more);

let followTimer = 0;
function follow() {
  clearTimeout(followTimer);
  followTimer = setTimeout(() => {
    const wanted = new Set([...visible].slice(0, MOST_TOPICS));
    for (const symbol of subscribed) {
      if (!wanted.has(symbol)) feed.unsubscribe(`spot/ticker:${symbol}`, note);
    }
    for (const symbol of wanted) {
      if (!subscribed.has(symbol)) feed.subscribe(`spot/ticker:${symbol}`, note);
    }
    subscribed = wanted;
  }, 300);
}

function note(ticker) {
  pending.set(ticker.symbol, ticker);
}

function repaint() {
  if (document.hidden || !pending.size) return;
  for (const [symbol, ticker] of pending) {
    const market = bySymbol.get(symbol);
    if (!market) continue;
    const before = Number(market.last);
    if (Number(ticker.last_price) > 0) market.last = ticker.last_price;
    market.change = ticker.fluctuation;
    market.volume = ticker.quote_volume_24h;
    const line = body.querySelector(`tr[data-symbol="${symbol}"]`);
    if (!line) continue;
    fill(line, market);
    const after = Number(market.last);
    line.classList.remove("tick-up", "tick-down");
    if (after !== before) {
      void line.offsetWidth;
      line.classList.add(after > before ? "tick-up" : "tick-down");
    }
  }
  pending.clear();
}

function choose(show) {
  state.show = show;
  for (const button of document.querySelectorAll("[data-show]")) {
    button.setAttribute("aria-pressed", String(button.dataset.show === show));
  }
  redraw();
}

function sortBy(head) {
  const { column } = head.dataset;
  state.down = state.column === column ? !state.down : column !== "symbol";
  state.column = column;
  if (state.show === "gainers" || state.show === "losers") choose("all");
  for (const other of document.querySelectorAll("[data-column]")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
  redraw();
}

document.addEventListener("click", (event) => {
  const starred = event.target.closest("[data-star]");
  if (starred) {
    starred.setAttribute("aria-pressed", String(toggleFavourite(starred.dataset.star)));
    return;
  }
  const show = event.target.closest("[data-show]");
  if (show) choose(show.dataset.show);
  const head = event.target.closest("[data-column]");
  if (head && event.target.closest(".sort")) sortBy(head);
  if (event.target.closest("#more button")) drawMore();
  if (event.target.closest("#show-all")) {
    search.value = state.search = "";
    choose("all");
    search.focus();
  }
});

search.addEventListener("input", () => {
  state.search = search.value;
  redraw();
});

search.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && state.rows.length) body.querySelector("a").click();
  if (event.key === "Escape" && search.value) {
    event.preventDefault();
    search.value = state.search = "";
    redraw();
  }
});

/* Arrow keys walk from the search box through the rows. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const links = [...body.querySelectorAll(".pair a")];
  const at = links.indexOf(document.activeElement);
  if (at < 0 && document.activeElement !== search) return;
  event.preventDefault();
  const next = event.key === "ArrowDown" ? at + 1 : at - 1;
  if (next < 0) search.focus();
  else links[Math.min(next, links.length - 1)]?.focus();
});

async function start() {
  ({ markets } = await loadMarkets(list));
  bySymbol = new Map(markets.map((market) => [market.symbol, market]));
  feed = new Feed(socket);
  feed.addEventListener("reconnect", async () => {
    const fresh = await loadMarkets(list);
    fresh.markets.forEach((market) => Object.assign(bySymbol.get(market.symbol) ?? {}, market));
    [...body.rows].forEach((line) => fill(line, bySymbol.get(line.dataset.symbol)));
  });
  state.search = search.value;
  redraw();
  setInterval(repaint, REPAINT_MS);
  if (location.hash === "#search") search.focus();
}

start();
