/* Keep a sale's figures fresh; when its state has changed, the page is looked at anew. */

import { ask, setText } from "./page.js";

const EVERY_MS = 5000;
const says = document.getElementById("sale-says");
const until = document.getElementById("sale-until");
const bar = document.getElementById("sale-bar");

async function refresh() {
  if (document.hidden) return;
  const now = await ask(says.dataset.url);
  setText(says, now.says);
  bar.value = now.percent;
  setText(until, now.until);
  until.hidden = !now.until;
  // Nobody loses what they are typing: a form in use is left alone.
  const typing = document.activeElement?.closest("form");
  if (now.state !== says.dataset.state && !typing) window.location.reload();
}

if (["announced", "open", "closed", "allocated", "distributing"].includes(says.dataset.state)) {
  setInterval(() => refresh().catch(() => {}), EVERY_MS);
}
