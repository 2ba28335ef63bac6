/* The order form: exact amounts, what it costs and brings before the click, and one honest answer. */

import { fault, grouped, rescale, toText, toUnits } from "../exact.js";
import { RequestFailed, ask, isolated, setText, toast } from "../page.js";
import { failureText } from "./activity.js";
import { faultOf } from "./faults.js";
import { priced, reaches, share, walked } from "./terms.js";

const BLANK = "–";
const SLIPPAGE = "1%"; // beyond it an order is confirmed; `slips` and `reaches` count it

export class Ticket {
  #form = document.getElementById("ticket");
  #market;
  #terms;
  #book;
  #account;
  #links;
  #driver = "size"; // which of amount and value was typed last; the other follows
  #touched = new Set();
  #sending = false;
  #clientOrderId = "";

  constructor({ market, terms, book, account, links, lastPrice }) {
    this.#market = market;
    this.#terms = terms;
    this.#book = book;
    this.#account = account;
    this.#links = links;
    this.#form.addEventListener("input", (event) => this.#typed(event.target));
    this.#form.addEventListener("focusout", (event) => this.#left(event.target));
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    for (const button of this.#form.querySelectorAll("[data-share]")) {
      button.addEventListener("click", () => this.#takeShare(Number(button.dataset.share)));
    }
    document.getElementById("best-price").addEventListener("click", () => this.#takeBest());
    book.addEventListener("change", () => this.#refresh());
    account?.addEventListener("change", () => this.#refresh());
    if (Number(lastPrice)) this.#set("price", toText(this.#ticks(lastPrice), terms.price));
    this.#shape();
  }

  get side() {
    return this.#form.elements.side.value;
  }

  get kind() {
    const { type, lifetime } = this.#form.elements;
    return type.value === "market" ? "market" : lifetime.value;
  }

  /** Buy or sell, and put the cursor where the next number goes. */
  choose(side, focus = "") {
    this.#form.elements.side.value = side;
    this.#shape();
    if (focus) this.#form.elements[focus].focus();
  }

  /** Nothing can be typed or sent while the market does not trade, or the customer may not. */
  close(closed) {
    this.#form.querySelector(".ticket__all").disabled = closed || this.#form.dataset.barred !== undefined;
    const dialog = document.getElementById("confirm");
    if (closed && dialog.open) dialog.close("no");
  }

  focus(name) {
    const control = this.#form.elements[name];
    (control.checkVisibility() ? control : this.#form.elements.notional).focus();
  }

  /** A price from the book, in a limit order. */
  pick(price) {
    this.#form.elements.type.value = "limit";
    this.#set("price", price);
    this.#shape();
  }

  #ticks = (text) => toUnits(text, this.#terms.price);
  #lots = (text) => toUnits(text, this.#terms.size);
  #value(name) {
    return this.#form.elements[name].value.trim();
  }

  #set(name, text) {
    this.#form.elements[name].value = text;
  }

  #isAmount(name, precision) {
    return fault(this.#value(name), precision) === "";
  }

  #typed(control) {
    if (["price", "size", "notional"].includes(control.name)) {
      const plain = control.value.replace(",", ".").replace(/[\s\u00a0]/g, "");
      if (plain !== control.value) control.value = plain;
      if (control.name !== "price") this.#driver = control.name;
      this.#touched.delete(control.name);
    }
    this.#clientOrderId = "";
    this.#say("");
    if (control.name === "side" || control.name === "type") this.#shape();
    else this.#refresh();
  }

  #left(control) {
    if (!["price", "size", "notional"].includes(control.name) || !control.value) return;
    this.#touched.add(control.name);
    this.#refresh();
  }

  /** Which fields there are: a market buy names what it spends, a market sell what it sells. */
  #shape() {
    const market = this.kind === "market";
    const buys = this.side === "buy";
    const show = { price: !market, size: !(market && buys), notional: !(market && !buys), lifetime: !market };
    for (const [name, shown] of Object.entries(show)) {
      this.#form.querySelector(`[data-for="${name}"]`).hidden = !shown;
    }
    if (market) this.#driver = buys ? "notional" : "size";
    setText(
      this.#form.querySelector("[data-total-label]"),
      market && buys ? gettext("Spend, before the fee") : gettext("Order value"),
    );
    this.#form.dataset.side = this.side;
    const submit = document.getElementById("submit");
    if (submit) {
      submit.classList.toggle("button--buy", buys);
      submit.classList.toggle("button--sell", !buys);
      const words = buys ? gettext("Buy %s") : gettext("Sell %s");
      setText(submit, interpolate(words, [this.#market.base]));
    }
    this.#touched.clear();
    this.#refresh();
  }

  /** The order as it is written, in whole numbers. */
  #read() {
    const { price, size, product } = this.#terms;
    return {
      side: this.side,
      kind: this.kind,
      ticks: this.#isAmount("price", price) ? this.#ticks(this.#value("price")) : 0n,
      lots: this.#isAmount("size", size) ? this.#lots(this.#value("size")) : 0n,
      budget: this.#isAmount("notional", product) ? toUnits(this.#value("notional"), product) : 0n,
    };
  }

  /** The other of amount and value follows the one that was typed. */
  #follow() {
    if (this.kind === "market") return;
    const { ticks, lots, budget } = this.#read();
    const { product, size } = this.#terms;
    if (!ticks) return;
    if (this.#driver === "size") {
      this.#set("notional", lots ? toText(ticks * lots, product, { trim: true }) : "");
    } else {
      this.#set("size", budget ? toText(budget / ticks, size, { trim: true }) : "");
    }
  }

  #refresh() {
    this.#follow();
    const order = this.#read();
    const estimate = this.#estimate(order);
    this.#showAvailable();
    this.#showFacts(order, estimate);
    this.#showFaults(order, estimate);
    this.#showWarning(order, estimate);
  }

  #estimate(order) {
    if (order.kind !== "market") return priced(order, this.#terms);
    const levels = this.#book.others(order.side === "buy" ? "asks" : "bids");
    return walked(order, levels, this.#terms);
  }

  /** What may be spent: quote units for a buy, lots for a sell. */
  #funds() {
    if (!this.#account) return null;
    const { quote, size } = this.#terms;
    return this.side === "buy"
      ? toUnits(this.#account.available(this.#market.quote), quote)
      : toUnits(this.#account.available(this.#market.base), size);
  }

  #showAvailable() {
    if (!this.#account) return;
    const buys = this.side === "buy";
    const lots = grouped(toText(this.#funds(), this.#terms.size, { trim: true }));
    const text = `${lots} ${this.#market.base}`;
    setText(document.getElementById("available"), buys ? this.#quoteText(this.#funds()) : text);
  }

  #quoteText(units, { up = false } = {}) {
    const digits = Math.min(8, this.#terms.quote);
    const text = toText(rescale(units, this.#terms.quote, digits, { up }), digits, { trim: true });
    return `${grouped(text)} ${this.#market.quote}`;
  }

  #showFacts(order, estimate) {
    const buys = order.side === "buy";
    const market = order.kind === "market";
    const written = market ? estimate.lots > 0n : order.ticks > 0n && order.lots > 0n;
    const fact = (name) => this.#form.querySelector(`[data-fact="${name}"]`);
    fact("expect").hidden = fact("expect-label").hidden = !market;
    const rate = market ? this.#terms.taker : estimate.rate;
    const percent = `${toText(rate, 4, { trim: true })}%`;
    const feeWords = order.kind === "limit" ? gettext("Fee, up to %s") : gettext("Fee, %s");
    setText(fact("fee-label"), interpolate(feeWords, [isolated(percent)]));
    setText(fact("total-label"), buys ? gettext("You pay at most") : gettext("You receive"));
    if (!buys && (market || order.kind !== "limit")) setText(fact("total-label"), gettext("You receive, about"));
    if (!buys && order.kind === "limit") setText(fact("total-label"), gettext("You receive at least"));
    setText(fact("receive-label"), buys ? gettext("You receive") : gettext("You give"));
    const lots = market ? estimate.lots : order.lots;
    const base = `${grouped(toText(lots, this.#terms.size, { trim: true }))} ${this.#market.base}`;
    setText(fact("fee"), written ? this.#quoteText(estimate.fee, { up: true }) : BLANK);
    const pays = buys ? this.#quoteText(estimate.needs, { up: true }) : this.#quoteText(estimate.total);
    setText(fact("total"), written ? pays : BLANK);
    setText(fact("receive"), written ? (market && buys ? `≈ ${base}` : base) : BLANK);
    setText(fact("expect"), written && market ? this.#average(estimate) : BLANK);
  }

  #average({ notional, lots }) {
    const ticks = notional / this.#terms.scale / lots;
    return `${grouped(toText(ticks, this.#terms.price))} ${this.#market.quote}`;
  }

  #faults(order, estimate) {
    const texts = Object.fromEntries(["price", "size", "notional"].map((name) => [name, this.#value(name)]));
    return faultOf({
      order,
      texts,
      estimate,
      funds: this.#funds(),
      terms: this.#terms,
      market: this.#market,
      book: this.#book,
    });
  }

  /** Errors stand at their field once the reader has left it. */
  #showFaults(order, estimate) {
    const found = this.#faults(order, estimate);
    for (const name of ["price", "size", "notional"]) {
      const shown = found?.field === name && this.#touched.has(name) ? found.text : "";
      const place = document.getElementById(`${name}-error`);
      place.hidden = !shown;
      setText(place, shown);
      const control = this.#form.elements[name];
      if (shown) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
    return found;
  }

  #showWarning(order, estimate) {
    const place = document.getElementById("ticket-warning");
    const text = this.#risk(order, estimate);
    place.hidden = !text;
    setText(place, text);
  }

  /** Why this order deserves a second look, or "". */
  #risk(order, estimate) {
    if (order.kind === "market") {
      if (estimate.lots > 0n && estimate.short) {
        return gettext("The book holds less than this order. It fills what there is, and the rest is cancelled.");
      }
      if (estimate.slips) {
        const words = gettext("The average price will be more than %s worse than the best price now.");
        return interpolate(words, [SLIPPAGE]);
      }
      return "";
    }
    const best = order.side === "buy" ? this.#book.bestAsk : this.#book.bestBid;
    if (order.ticks > 0n && order.kind !== "limit_maker" && reaches(order, best)) {
      const above = gettext("This price is more than %s above the best offer.");
      const below = gettext("This price is more than %s below the best bid.");
      return interpolate(order.side === "buy" ? above : below, [SLIPPAGE]);
    }
    return "";
  }

  #takeShare(percent) {
    const funds = this.#funds();
    if (funds === null) return;
    if (this.kind !== "market" && !this.#isAmount("price", this.#terms.price)) this.#takeBest();
    const { side, kind, ticks } = this.#read();
    const taken = share({ side, kind, ticks, percent, lots: funds, quote: funds }, this.#terms);
    if (taken.budget === undefined) {
      this.#driver = "size";
      this.#set("size", toText(taken.lots, this.#terms.size, { trim: true }));
    } else {
      this.#driver = "notional";
      this.#set("notional", toText(taken.budget, this.#terms.product, { trim: true }));
    }
    this.#touched = new Set(["size", "notional"]);
    this.#refresh();
  }

  #takeBest() {
    const best = this.side === "buy" ? this.#book.bestAsk : this.#book.bestBid;
    if (best !== null) this.#set("price", toText(best, this.#terms.price));
    this.#refresh();
  }

  async #submit() {
    if (this.#sending || !this.#account) return;
    this.#touched = new Set(["price", "size", "notional"]);
    const order = this.#read();
    const estimate = this.#estimate(order);
    const found = this.#showFaults(order, estimate);
    if (found) {
      this.#form.elements[found.field].focus();
      return;
    }
    const risk = this.#risk(order, estimate);
    if (risk && !(await this.#confirm(risk, order, estimate))) return;
    await this.#send(order);
  }

  #confirm(risk, order, estimate) {
    const dialog = document.getElementById("confirm");
    const buys = order.side === "buy";
    const title = buys ? gettext("Buy at this price?") : gettext("Sell at this price?");
    setText(document.getElementById("confirm-title"), title);
    const worst = order.kind === "market" ? estimate.worst : order.ticks;
    const price = `${grouped(toText(worst, this.#terms.price))} ${this.#market.quote}`;
    const words = `${risk} ${interpolate(gettext("The worst price it may reach is %s."), [isolated(price)])}`;
    setText(document.getElementById("confirm-text"), words);
    setText(document.getElementById("confirm-yes"), buys ? gettext("Buy anyway") : gettext("Sell anyway"));
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }

  /** One order is one client order id: sending it twice cannot place it twice. */
  async #send(order) {
    const button = document.getElementById("submit");
    this.#sending = true;
    button.disabled = true;
    this.#clientOrderId ||= clientOrderId();
    const body = { symbol: this.#market.symbol, side: order.side, kind: order.kind, client_order_id: this.#clientOrderId };
    const { price, size, product } = this.#terms;
    if (order.kind !== "market") body.price = toText(order.ticks, price);
    if (order.kind === "market" && order.side === "buy") body.notional = toText(order.budget, product);
    else body.size = toText(order.lots, size);
    try {
      await ask(this.#links.place, body);
      this.#clientOrderId = "";
      this.#clear();
      toast(gettext("Order placed."), "success");
    } catch (error) {
      this.#fail(error);
    }
    this.#sending = false;
    button.disabled = false;
    this.#account.fetchSoon();
  }

  #clear() {
    this.#set("size", "");
    this.#set("notional", "");
    this.#touched.clear();
    this.#say("");
    this.#refresh();
  }

  #fail(error) {
    const known = error instanceof RequestFailed && error.status < 500;
    if (known) this.#clientOrderId = "";
    this.#say(failureText(error));
  }

  #say(text) {
    const place = document.getElementById("ticket-error");
    place.hidden = !text;
    setText(place, text);
  }
}

function clientOrderId() {
  const bytes = crypto.getRandomValues(new Uint8Array(15));
  return `w-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

