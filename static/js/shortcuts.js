/* Single-key shortcuts: `/` search, `?` help, `g` then a place. They can be switched off (WCAG 2.1.4). */

const OFF = "holdfast.shortcuts-off";
const PLACES = { m: "/markets", t: "/trade", b: "/balances", o: "/orders" };
const own = new Map();
let waitingForPlace = -Infinity;

const off = () => localStorage.getItem(OFF) === "1";

/** A page's own key, e.g. onKey("b", () => …). */
export function onKey(key, action) {
  own.set(key, action);
}

export function openShortcuts() {
  const dialog = document.getElementById("shortcuts");
  if (dialog && !dialog.open) dialog.showModal();
}

function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable]") !== null;
}

function focusSearch() {
  const search = [...document.querySelectorAll("[data-search]")].find((box) => box.checkVisibility());
  if (search) {
    search.focus();
    search.select?.();
  } else if (own.has("/")) {
    own.get("/")();
  } else {
    location.assign("/markets#search");
  }
}

function go(key) {
  location.assign(PLACES[key]);
}

export function startShortcuts() {
  const box = document.querySelector("[data-shortcuts-off]");
  if (box) {
    box.checked = off();
    box.addEventListener("change", () => localStorage.setItem(OFF, box.checked ? "1" : ""));
  }
  document.addEventListener("keydown", (event) => {
    if (off() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const key = event.key;
    if (performance.now() - waitingForPlace < 1200 && (key in PLACES)) {
      waitingForPlace = -Infinity;
      event.preventDefault();
      return go(key);
    }
    waitingForPlace = key === "g" ? performance.now() : -Infinity;
    if (key === "/") {
      event.preventDefault();
      focusSearch();
    } else if (key === "?") {
      openShortcuts();
    } else if (own.has(key)) {
      event.preventDefault();
      own.get(key)();
    }
  });
}
