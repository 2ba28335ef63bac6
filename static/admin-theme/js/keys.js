/* Single keys: `/` find, `j` `k` rows, `x` tick, `g` then a desk's letter, `?` help. They can be
   switched off (WCAG 2.1.4), with the same switch as on the customer site. */

const OFF = "holdfast.shortcuts-off";
const WAIT_MS = 1200;
let waitingSince = -Infinity;

const off = () => localStorage.getItem(OFF) === "1";
const typing = (target) => Boolean(target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select"));

function rows() {
  return [...document.querySelectorAll("[data-row]")];
}

function here() {
  return rows().findIndex((row) => row.classList.contains("row-here"));
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const next = Math.min(Math.max(here() + step, 0), all.length - 1);
  all.forEach((row, index) => row.classList.toggle("row-here", index === next));
  all[next].querySelector("th a, td a")?.focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
}

function tick() {
  rows()[here()]?.querySelector("input.action-select")?.click();
}

function go(letter) {
  if (letter === "h") return location.assign(document.querySelector(".side__home").href);
  const desk = document.querySelector(`[data-letter="${CSS.escape(letter)}"]`);
  if (desk) location.assign(desk.href);
}

function pressed(event) {
  const key = event.key;
  if (performance.now() - waitingSince < WAIT_MS && /^[a-z]$/.test(key)) {
    waitingSince = -Infinity;
    event.preventDefault();
    return go(key);
  }
  waitingSince = key === "g" ? performance.now() : -Infinity;
  const acts = {
    "/": () => document.getElementById("finder")?.select(),
    "?": () => document.getElementById("keys")?.showModal(),
    j: () => move(1),
    k: () => move(-1),
    x: tick,
  };
  // A page's own keys: what it marks is pressed, as the pointer would.
  const marked = /^[a-z0-9]$/.test(key) && document.querySelector(`[data-hotkey="${key}"]`);
  if (marked && !(key in acts)) {
    event.preventDefault();
    return marked.click();
  }
  if (!(key in acts)) return;
  event.preventDefault();
  acts[key]();
}

export function startKeys() {
  const box = document.querySelector("[data-keys-off]");
  if (box) {
    box.checked = off();
    box.addEventListener("change", () => localStorage.setItem(OFF, box.checked ? "1" : ""));
  }
  document.addEventListener("keydown", (event) => {
    if (off() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    pressed(event);
  });
}
