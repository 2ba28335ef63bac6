/* What is wrong with an order, said at the field it is wrong in, with the limit it broke. */

import { fault, grouped, toText } from "../exact.js";
import { isolated } from "../page.js";

/** The first fault as {field, text}, or null when the order can be sent. */
export function faultOf({ order, texts, estimate, funds, terms, market }) {
  const say = (field, text, ...values) => ({ field, text: interpolate(text, values.map(isolated)) });
  const budgeted = order.kind === "market" && order.side === "buy";
  const fields = budgeted ? [["notional", terms.product]] : [["size", terms.size]];
  if (order.kind !== "market") fields.unshift(["price", terms.price]);
  for (const [field, digits] of fields) {
    const why = fault(texts[field], digits);
    if (why === "empty") return say(field, EMPTY[field]());
    if (why === "malformed") return say(field, gettext("Write a plain number, such as 0.5."));
    if (why === "precise") {
      return say(field, gettext("This market keeps at most %s digits after the point here."), digits);
    }
  }
  return (
    sizeFault(order, budgeted, terms, market, say) ??
    worthFault(order, budgeted, terms, market, say) ??
    fundsFault({ order, estimate, funds, terms, market, say }) ??
    depthFault({ order, estimate, budgeted, say })
  );
}

const EMPTY = {
  price: () => gettext("Enter a price."),
  size: () => gettext("Enter an amount."),
  notional: () => gettext("Enter what you want to spend."),
};

function sizeFault({ kind, ticks, lots }, budgeted, terms, market, say) {
  if (kind !== "market" && ticks === 0n) return say("price", gettext("The price must be more than zero."));
  if (budgeted) return null;
  const text = (units) => `${grouped(toText(units, terms.size, { trim: true }))} ${market.base}`;
  if (lots < terms.minLots) return say("size", gettext("The least you can order is %s."), text(terms.minLots));
  if (lots > terms.maxLots) return say("size", gettext("The most you can order is %s."), text(terms.maxLots));
  return null;
}

function worthFault({ kind, side, ticks, lots, budget }, budgeted, terms, market, say) {
  if (kind === "market" && side === "sell") return null; // its worth is known once it trades
  const worth = (budgeted ? budget : ticks * lots) * terms.scale;
  if (worth >= terms.minNotional) return null;
  const text = (units) => `${grouped(toText(units, terms.quote, { trim: true }))} ${market.quote}`;
  return say(
    budgeted ? "notional" : "size",
    gettext("An order must be worth at least %s; this one is worth %s."),
    text(terms.minNotional),
    text(worth),
  );
}

function fundsFault({ order, estimate, funds, terms, market, say }) {
  if (funds === null || estimate.needs <= funds) return null;
  const buys = order.side === "buy";
  const [digits, asset] = buys ? [terms.quote, market.quote] : [terms.size, market.base];
  const text = (units) => `${grouped(toText(units, digits, { trim: true }))} ${asset}`;
  const words = buys
    ? gettext("With its fee this needs %s, and %s is available.")
    : gettext("This needs %s, and %s is available.");
  const field = buys && order.kind === "market" ? "notional" : "size";
  return say(field, words, text(estimate.needs), text(funds));
}

/** A market order into an empty book would only be cancelled. */
function depthFault({ order, estimate, budgeted, say }) {
  if (order.kind !== "market" || estimate.best > 0n) return null;
  return say(
    budgeted ? "notional" : "size",
    gettext("Nobody is on the other side of the book now. Use a limit order, which can wait."),
  );
}

