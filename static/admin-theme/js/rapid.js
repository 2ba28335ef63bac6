/* While the contract is being read the page asks every second, and comes back with what was found.
   Nothing that was typed meanwhile is lost: it waits then until somebody reloads. */

const waiting = document.querySelector("[data-reading]");
let typed = false;

document.addEventListener("input", () => {
  typed = true;
});

async function ask() {
  const answer = await fetch(waiting.dataset.reading, { headers: { Accept: "application/json" } });
  const { reading } = await answer.json();
  if (!reading && !typed) location.reload();
  else if (reading) setTimeout(ask, 1000);
}

if (waiting) setTimeout(() => ask().catch(() => undefined), 1000);
