/* How fresh is what you see: live, or cut off for so many seconds. Screen readers hear changes only. */

import { setText } from "../page.js";

const QUIET_SECONDS = 40;

/** Watches the market's feed and, when there is one, the customer's. */
export function watchConnection(feeds) {
  const badge = document.getElementById("connection");
  const words = badge.querySelector("[data-words]");
  const said = document.getElementById("connection-said");
  let before = "connecting";

  const show = () => {
    const feed = feeds.find((each) => each.state !== "live") ?? feeds[0];
    const age = feed.heardAt ? Math.round((Date.now() - feed.heardAt) / 1000) : 0;
    const [tone, text] = describe(feed.state, age);
    for (const name of ["good", "warn", "bad"]) badge.classList.toggle(`badge--${name}`, name === tone);
    setText(words, text);
    if (feed.state !== before) {
      if (feed.state === "offline") setText(said, gettext("Connection lost. Reconnecting."));
      else if (before === "offline") setText(said, gettext("Connected again."));
      before = feed.state;
    }
  };

  for (const feed of feeds) feed.addEventListener("state", show);
  setInterval(show, 1000);
  show();
}

function describe(state, age) {
  if (state === "connecting") return ["warn", gettext("Connecting")];
  if (state === "offline") {
    return ["bad", interpolate(gettext("Reconnecting · data is %s s old"), [age])];
  }
  if (age > QUIET_SECONDS) return ["warn", interpolate(gettext("Nothing heard for %s s"), [age])];
  return ["good", gettext("Live")];
}
