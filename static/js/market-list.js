/* The list of all pairs in memory: found, filtered and sorted without asking the server again.
   Sorting compares Numbers; nothing here is an amount that anybody pays. */

const FAVOURITES = "holdfast.favourites";

/** Pairs from /markets.json as objects, most prominent first. */
export async function loadMarkets(url) {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const { rows, rates } = await response.json();
  const markets = rows.map(([symbol, name, precision, last, change, volume, turnover, status, tag], rank) => {
    const [base, quote] = symbol.split("_");
    const found = `${base} ${quote} ${base}/${quote} ${base}${quote} ${name}`.toLowerCase();
    const worth = Number(turnover);
    return { symbol, base, quote, name, precision, last, change, volume, worth, status, tag, rank, found };
  });
  return { markets, rates };
}

export function favourites() {
  try {
    return new Set(JSON.parse(localStorage.getItem(FAVOURITES) ?? "[]"));
  } catch {
    return new Set();
  }
}

export function toggleFavourite(symbol) {
  const chosen = favourites();
  if (!chosen.delete(symbol)) chosen.add(symbol);
  localStorage.setItem(FAVOURITES, JSON.stringify([...chosen]));
  return chosen.has(symbol);
}

/** How well a pair answers a search: 0 not at all, the higher the better. */
function answers(market, words) {
  if (!words.every((word) => market.found.includes(word))) return 0;
  const base = market.base.toLowerCase();
  if (base === words[0]) return 4;
  if (base.startsWith(words[0])) return 3;
  return market.name.toLowerCase().startsWith(words[0]) ? 2 : 1;
}

const KEYS = {
  symbol: (market) => market.symbol,
  last: (market) => Number(market.last),
  change: (market) => Number(market.change),
  volume: (market) => market.worth,
};

/** The pairs to show, in order. `show`: all, favourites, gainers, losers or quote:USDT. */
export function select(markets, { search = "", show = "all", column = "volume", down = true }) {
  const words = search.toLowerCase().trim().split(/[\s/_-]+/).filter(Boolean);
  const chosen = favourites();
  const fits = {
    all: () => true,
    favourites: (market) => chosen.has(market.symbol),
    gainers: (market) => Number(market.change) > 0,
    losers: (market) => Number(market.change) < 0,
  }[show] ?? ((market) => market.quote === show.slice("quote:".length));
  const rows = markets.filter(fits);
  if (words.length) return bestAnswers(rows, words);
  const sorting = show === "gainers" || show === "losers" ? "change" : column;
  const key = KEYS[sorting];
  const sign = show === "losers" ? 1 : show === "gainers" || down ? -1 : 1;
  return rows.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    return x === y ? a.rank - b.rank : (x < y ? -1 : 1) * sign;
  });
}

function bestAnswers(rows, words) {
  return rows
    .map((market) => [answers(market, words), market])
    .filter(([grade]) => grade)
    .sort(([a, x], [b, y]) => b - a || x.rank - y.rank)
    .map(([, market]) => market);
}
