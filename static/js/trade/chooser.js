/* Another market without leaving the page's place: the pair's button opens a searchable list. */

import { favourites, loadMarkets, select } from "../market-list.js";
import { change, element, fixed } from "../page.js";

const SHOWN = 80;

export class Chooser {
  #dialog = document.getElementById("market-chooser");
  #search = document.getElementById("chooser-search");
  #rows = document.getElementById("chooser-rows");
  #links;
  #markets = [];
  #show = "all";
  #at = 0;

  constructor(links) {
    this.#links = links;
    document.getElementById("choose-market").addEventListener("click", () => this.open());
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog || event.target.closest("[data-close]")) this.#dialog.close();
      const button = event.target.closest("[data-show]");
      if (button) this.#filter(button.dataset.show);
    });
    this.#search.addEventListener("input", () => this.#draw());
    this.#search.addEventListener("keydown", (event) => this.#walk(event));
  }

  async open() {
    if (this.#dialog.open) return;
    this.#dialog.showModal();
    this.#search.value = "";
    this.#search.focus();
    this.#draw();
    const { markets } = await loadMarkets(this.#links.markets);
    this.#markets = markets;
    this.#draw();
  }

  #filter(show) {
    this.#show = show;
    for (const button of this.#dialog.querySelectorAll("[data-show]")) {
      button.setAttribute("aria-pressed", String(button.dataset.show === show));
    }
    this.#draw();
    this.#search.focus();
  }

  #draw() {
    const found = select([...this.#markets], { search: this.#search.value, show: this.#show });
    const chosen = favourites();
    const items = found.slice(0, SHOWN).map((market, index) => this.#item(market, index, chosen));
    this.#rows.replaceChildren(...items);
    if (!items.length && this.#markets.length) {
      const none = element("li", "chooser__none quiet", gettext("No market matches."));
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      this.#rows.append(none);
    }
    this.#mark(0);
  }

  #item(market, index, chosen) {
    const item = element("li", "chooser__row");
    item.id = `market-${index}`;
    item.setAttribute("role", "option");
    const name = element("span", "pair__name", market.base);
    name.append(element("span", "", `/${market.quote}`));
    const starred = element("span", "chooser__star", chosen.has(market.symbol) ? "★" : "");
    const { text, tone } = change(market.change);
    item.append(
      starred,
      name,
      element("span", "num", market.last ? fixed(market.last, market.precision) : "–"),
      element("span", `num ${tone}`, market.last ? text : ""),
    );
    item.addEventListener("click", () => this.#go(market.symbol));
    item.dataset.symbol = market.symbol;
    return item;
  }

  #go(symbol) {
    location.assign(this.#links.trade.replace(/_$/, symbol));
  }

  #mark(at) {
    const items = [...this.#rows.querySelectorAll("[data-symbol]")];
    this.#at = Math.max(0, Math.min(at, items.length - 1));
    items.forEach((item, index) => item.setAttribute("aria-selected", String(index === this.#at)));
    const current = items[this.#at];
    if (current) this.#search.setAttribute("aria-activedescendant", current.id);
    else this.#search.removeAttribute("aria-activedescendant");
    current?.scrollIntoView({ block: "nearest" });
  }

  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      this.#mark(this.#at + step);
    }
    if (event.key === "Enter") {
      const chosen = this.#rows.querySelector('[aria-selected="true"]');
      if (chosen) this.#go(chosen.dataset.symbol);
    }
  }
}
