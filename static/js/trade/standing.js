/* Whether the market trades: a halt reaches the open page, and so does its end. */

import { setText } from "../page.js";

const TRADING = "trading";

/** Shows the banner, closes the order form, and opens it again. */
export function watchStanding(feed, market, ticket) {
  const banner = document.getElementById("market-status");
  const said = document.getElementById("market-status-said");
  let standing = market.status;

  feed.subscribe(`spot/status:${market.symbol}`, ({ status, reason }) => {
    for (const words of banner.querySelectorAll("[data-when]")) words.hidden = words.dataset.when !== status;
    setText(banner.querySelector("[data-reason]"), reason);
    banner.hidden = status === TRADING;
    ticket.close(status !== TRADING);
    setText(said, status === TRADING && standing !== TRADING ? gettext("This market trades again.") : "");
    standing = status;
  });
}
