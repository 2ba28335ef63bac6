/* On every staff page: menus, theme, finder, keyboard; on lists the bar of actions; at home the pulse. */

import { startEditor } from "./editor.js";
import { startFinder } from "./finder.js";
import { startKeys } from "./keys.js";
import { startList } from "./list.js";
import { startPulse } from "./pulse.js";

const YEAR = 365 * 24 * 3600;
const narrow = matchMedia("(max-width: 64rem)");
const root = document.documentElement;

function chooseTheme(choice) {
  root.dataset.theme = choice;
  document.cookie = `theme=${choice};path=/;max-age=${YEAR};samesite=lax`;
  const icon = { auto: "auto", light: "sun", dark: "moon" }[choice];
  document.querySelector("[data-theme-icon]")?.setAttribute("href", `#i-${icon}`);
  markTheme();
}

function markTheme() {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    if (button.dataset.themeChoice === root.dataset.theme) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

function menu(open) {
  document.body.classList.toggle("menu-open", open);
  const opener = document.querySelector("[data-open-menu]");
  opener?.setAttribute("aria-expanded", String(open));
  if (open) document.querySelector(".side a")?.focus();
  else if (document.querySelector(".side")?.contains(document.activeElement)) opener?.focus();
}

/* On a wide screen the menu is put away for good, until it is asked for again. */
function fold() {
  const closed = root.dataset.side !== "closed";
  if (closed) root.dataset.side = "closed";
  else delete root.dataset.side;
  document.cookie = `side=${closed ? "closed" : "open"};path=/staff/;max-age=${YEAR};samesite=lax`;
  document.querySelector("[data-open-menu]")?.setAttribute("aria-expanded", String(!closed));
}

function closeAllBut(kept) {
  for (const each of document.querySelectorAll("details.pop[open], details.filter[open]")) {
    if (each !== kept) each.open = false;
  }
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-theme-choice]");
  if (choice) chooseTheme(choice.dataset.themeChoice);
  if (event.target.closest("[data-open-menu]")) narrow.matches ? menu(true) : fold();
  if (event.target.closest("[data-close-menu]")) menu(false);
  if (event.target.closest("[data-open-keys]")) document.getElementById("keys")?.showModal();
  closeAllBut(choice ? null : event.target.closest("details.pop, details.filter"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.pop[open], details.filter[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  } else if (document.body.classList.contains("menu-open")) {
    menu(false);
  }
});

for (const filter of document.querySelectorAll("details.filter")) {
  filter.addEventListener("toggle", () => filter.open && filter.querySelector("input[type=text]")?.focus());
}

markTheme();
if (narrow.matches) menu(false);
startEditor();
startFinder();
startKeys();
startList();
startPulse();
