/* Keep the list of withdrawals fresh: the customer's own stream says when something moved. */

import { Feed } from "./feed.js";
import { ask } from "./page.js";

const list = document.getElementById("withdrawals");
const TOPIC = "spot/user/withdrawal:WITHDRAWAL_UPDATE";
const SOON_MS = 150; // several pushes of one block are one look

let waiting = 0;

async function refresh() {
  waiting = 0;
  // Nothing is replaced under somebody's finger: it is looked at again when they leave it.
  if (list.contains(document.activeElement)) return;
  const url = new URL(window.location.href);
  url.searchParams.set("part", "rows");
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok || answer.redirected) return;
  const text = await answer.text();
  if (text.trim() !== list.dataset.last) {
    list.dataset.last = text.trim();
    const parsed = new DOMParser().parseFromString(text, "text/html"); // runs no script
    list.replaceChildren(...parsed.body.childNodes);
  }
}

function soon() {
  waiting ||= setTimeout(() => refresh().catch(() => {}), SOON_MS);
}

const feed = new Feed(list.dataset.private, {
  login: async () => (await ask(list.dataset.token, {})).token,
});
feed.subscribe(TOPIC, soon);
feed.addEventListener("reconnect", soon);
list.addEventListener("focusout", soon);
