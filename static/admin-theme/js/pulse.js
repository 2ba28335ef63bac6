/* The dashboard reads itself again every ten seconds. What did not change is not touched: no
   flicker, and the focus stays where it is. A hidden page does not ask. */

function patch(from, to) {
  const fresh = new Map([...from.querySelectorAll("[data-key]")].map((part) => [part.dataset.key, part]));
  const old = [...to.querySelectorAll("[data-key]")];
  const same = old.length === fresh.size && old.every((part) => fresh.has(part.dataset.key));
  if (!same) {
    to.replaceChildren(...from.childNodes);
    return;
  }
  for (const part of old) {
    const next = fresh.get(part.dataset.key);
    if (part.innerHTML === next.innerHTML && part.className === next.className) continue;
    const focused = part.contains(document.activeElement);
    part.className = next.className;
    part.replaceChildren(...next.childNodes);
    if (focused) part.querySelector("a")?.focus({ preventScroll: true });
  }
}

export function startPulse() {
  const pulse = document.querySelector("[data-pulse]");
  if (!pulse) return;
  const every = Number(pulse.dataset.every) * 1000;

  async function read() {
    if (document.hidden) return;
    try {
      const answer = await fetch(pulse.dataset.pulse, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      patch(page.body, pulse);
      pulse.classList.remove("stale");
    } catch {
      pulse.classList.add("stale");
    }
  }

  setInterval(read, every);
  document.addEventListener("visibilitychange", read);
}
