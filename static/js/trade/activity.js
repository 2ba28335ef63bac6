/* Open orders, past orders, fills and balances under the chart; cancelling one or all. */

import { RequestFailed, ask, dayAndTime, element, onceAFrame, setText, toast, trimmed } from "../page.js";
import { kindWord, stateBadge } from "./words.js";

const TABS = ["open", "history", "trades", "balances"];

export class Activity {
  #account;
  #market;
  #links;
  #shown = "open";
  #only = document.getElementById("this-market");
  #paint = onceAFrame(() => this.#draw());

  constructor(account, market, links) {
    this.#account = account;
    this.#market = market;
    this.#links = links;
    account.addEventListener("change", this.#paint);
    this.#only.addEventListener("change", this.#paint);
    document.getElementById("cancel-all").addEventListener("click", () => this.#cancelAll());
    document.querySelector(".activity").addEventListener("click", (event) => {
      const button = event.target.closest("[data-cancel]");
      if (button) this.#cancel(button);
    });
    this.#prepareTabs();
    this.#draw();
  }

  #prepareTabs() {
    const tabs = TABS.map((name) => document.getElementById(`tab-${name}`));
    tabs.forEach((tab, index) => {
      tab.addEventListener("click", () => this.#choose(TABS[index]));
      tab.addEventListener("keydown", (event) => {
        const forward = document.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
        const back = document.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
        const step = { [forward]: 1, [back]: -1 }[event.key];
        if (!step) return;
        const next = (index + step + TABS.length) % TABS.length;
        this.#choose(TABS[next]);
        tabs[next].focus();
      });
    });
  }

  #choose(name) {
    this.#shown = name;
    for (const each of TABS) {
      const tab = document.getElementById(`tab-${each}`);
      tab.setAttribute("aria-selected", String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
      document.getElementById(`panel-${each}`).hidden = each !== name;
    }
    this.#draw();
  }

  #draw() {
    const here = ({ symbol }) => !this.#only.checked || symbol === this.#market.symbol;
    const open = [...this.#account.open.values()].filter(here);
    setText(document.getElementById("open-count"), this.#account.open.size ? String(this.#account.open.size) : "");
    document.getElementById("cancel-all").hidden = this.#shown !== "open" || !open.length;
    this.#only.closest("label").hidden = this.#shown === "balances";
    if (this.#shown === "open") fill("open", open.map(openRow));
    if (this.#shown === "history") fill("history", this.#account.history.filter(here).map(pastRow));
    if (this.#shown === "trades") fill("trades", this.#account.trades.filter(here).map(fillRow));
    if (this.#shown === "balances") {
      const held = [...this.#account.balances.values()].filter(
        ({ available, held: inOrders }) => /[1-9]/.test(available + inOrders),
      );
      fill("balances", held.map(balanceRow));
    }
  }

  async #cancel(button) {
    button.disabled = true;
    try {
      const { order } = await ask(this.#links.cancel.replace("/0/", `/${button.dataset.cancel}/`), {});
      sayCancelled(order);
    } catch (error) {
      button.disabled = false;
      toast(failureText(error), "error");
    }
    this.#account.fetchSoon();
  }

  async #cancelAll() {
    const button = document.getElementById("cancel-all");
    button.disabled = true;
    try {
      const symbol = this.#only.checked ? this.#market.symbol : "";
      const { canceled } = await ask(this.#links.cancel_all, { symbol });
      const words = ngettext("%s order cancelled.", "%s orders cancelled.", canceled);
      toast(interpolate(words, [canceled]), "success");
    } catch (error) {
      toast(failureText(error), "error");
    }
    button.disabled = false;
    this.#account.fetchSoon();
  }
}

/** "Cancelled" is a promise: it is said only when the matcher has answered. */
function sayCancelled({ state }) {
  const waits = state === "new" || state === "partially_filled";
  if (waits) toast(gettext("The cancel is on its way. Until it is answered the order may still trade."), "warning");
  else toast(gettext("Order cancelled."), "success");
}

export function failureText(error) {
  if (error instanceof RequestFailed && error.message) return error.message;
  return gettext("The exchange could not be reached. Check your open orders before you try again.");
}

/** Put rows into a panel; keeps the focus where it was when the row still exists. */
function fill(name, rows) {
  const panel = document.getElementById(`panel-${name}`);
  const body = panel.querySelector("tbody");
  const focused = document.activeElement?.dataset?.cancel;
  body.replaceChildren(...rows);
  if (focused) body.querySelector(`[data-cancel="${focused}"]`)?.focus();
  panel.querySelector("table").hidden = rows.length === 0;
  panel.querySelector(".empty").hidden = rows.length > 0;
}

function row(cells) {
  const line = element("tr");
  const heads = cells.map(([label, content, className]) => {
    const cell = element("td", className ?? "");
    cell.dataset.label = label;
    cell.append(content);
    return cell;
  });
  line.append(...heads);
  return line;
}

function marketLink(symbol) {
  const link = element("a", "", symbol.replace("_", "/"));
  link.href = `/trade/${symbol}`;
  return link;
}

function sideWord(side) {
  return side === "buy"
    ? element("span", "up", `▲ ${gettext("Buy")}`)
    : element("span", "down", `▼ ${gettext("Sell")}`);
}

/** What was asked for: a market buy names what it spends. */
function amountOf(order) {
  const [base, quote] = order.symbol.split("_");
  const spends = order.kind === "market" && order.side === "buy";
  return spends ? `${trimmed(order.notional)} ${quote}` : `${trimmed(order.size)} ${base}`;
}

function openRow(order) {
  const cancel = element("button", "button button--small", gettext("Cancel"));
  cancel.type = "button";
  cancel.dataset.cancel = order.id;
  cancel.setAttribute("aria-label", interpolate(gettext("Cancel order %s"), [order.id]));
  return row([
    [gettext("Market"), marketLink(order.symbol)],
    [gettext("Side"), sideWord(order.side)],
    [gettext("Kind"), kindWord(order.kind)],
    [gettext("Price"), Number(order.price) ? trimmed(order.price) : pgettext("order", "Market"), "num"],
    [gettext("Amount"), amountOf(order), "num"],
    [gettext("Filled"), trimmed(order.filled), "num"],
    [gettext("Placed"), dayAndTime(order.created)],
    ["", cancel, "num"],
  ]);
}

function pastRow(order) {
  const average = order.average && Number(order.average) ? trimmed(order.average) : averageOf(order);
  return row([
    [gettext("Market"), marketLink(order.symbol)],
    [gettext("Side"), sideWord(order.side)],
    [gettext("Kind"), kindWord(order.kind)],
    [gettext("Average price"), average, "num"],
    [gettext("Amount"), amountOf(order), "num"],
    [gettext("Filled"), trimmed(order.filled), "num"],
    [gettext("State"), stateBadge(order)],
    [gettext("Updated"), dayAndTime(order.updated)],
  ]);
}

/** Until the server has said it: for reading, six significant digits. */
function averageOf({ filled, filled_notional: notional }) {
  if (!Number(filled)) return "–";
  return String(Number((Number(notional) / Number(filled)).toPrecision(8)));
}

function fillRow(trade) {
  const [base, quote] = trade.symbol.split("_");
  return row([
    [gettext("Market"), marketLink(trade.symbol)],
    [gettext("Side"), sideWord(trade.side)],
    [gettext("Price"), trimmed(trade.price), "num"],
    [gettext("Amount"), `${trimmed(trade.size)} ${base}`, "num"],
    [gettext("Value"), `${trimmed(trade.notional)} ${quote}`, "num"],
    [gettext("Fee"), `${trimmed(trade.fee)} ${trade.fee_asset}`, "num"],
    [gettext("Role"), trade.role === "maker" ? gettext("Maker") : gettext("Taker")],
    [gettext("Time"), dayAndTime(trade.at)],
  ]);
}

function balanceRow({ asset, available, held }) {
  return row([
    [gettext("Asset"), element("strong", "", asset)],
    [gettext("Available"), trimmed(available), "num"],
    [gettext("In orders"), trimmed(held), "num"],
  ]);
}
