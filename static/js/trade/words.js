/* Kinds and states of orders in the reader's language. */

import { element } from "../page.js";

export function kindWord(kind) {
  return {
    limit: gettext("Limit"),
    market: pgettext("order", "Market"),
    limit_maker: gettext("Post-only"),
    ioc: gettext("IOC"),
    fok: gettext("FOK"),
  }[kind] ?? kind;
}

const STATES = {
  new: [() => gettext("Open"), ""],
  partially_filled: [() => gettext("Partly filled"), "info"],
  filled: [() => gettext("Filled"), "good"],
  canceled: [() => gettext("Cancelled"), ""],
  partially_canceled: [() => gettext("Partly filled, rest cancelled"), "info"],
};

export function stateWord(state) {
  return STATES[state]?.[0]() ?? state;
}

export function stateBadge({ state, cancel_source: source }) {
  const tone = STATES[state]?.[1];
  const badge = element("span", `badge${tone ? ` badge--${tone}` : ""}`, stateWord(state));
  const why = {
    system: gettext("by the exchange's rules for this kind of order"),
    stp: gettext("it would have traded with your own order"),
  }[source];
  if (!why) return badge;
  const both = element("span", "row");
  both.append(badge, element("span", "small quiet", why));
  return both;
}
