/* Keep the list of withdrawals fresh while something in it moves. */

const list = document.getElementById("withdrawals");
const EVERY_MS = 4000;

async function refresh() {
  if (document.hidden || list.contains(document.activeElement)) return;
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

const moving = () => list.querySelector("[data-moving]")?.dataset.moving === "yes";

setInterval(() => {
  if (moving()) refresh().catch(() => {});
}, EVERY_MS);
