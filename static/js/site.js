/* On every page: menus, theme, keyboard. */

import { openShortcuts, startShortcuts } from "./shortcuts.js";

const YEAR = 365 * 24 * 3600;

function chooseTheme(choice) {
  document.documentElement.dataset.theme = choice;
  document.cookie = `theme=${choice};path=/;max-age=${YEAR};samesite=lax`;
  const icon = { auto: "auto", light: "sun", dark: "moon" }[choice];
  const shown = document.querySelector("[data-theme-choice]")?.closest("details")
    ?.querySelector("summary use");
  shown?.setAttribute("href", shown.getAttribute("href").replace(/#.*/, `#${icon}`));
  markTheme();
  document.dispatchEvent(new CustomEvent("themechange"));
}

function markTheme() {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    const chosen = button.dataset.themeChoice === document.documentElement.dataset.theme;
    button.toggleAttribute("aria-current", chosen);
    if (chosen) button.setAttribute("aria-current", "true");
  }
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-theme-choice]");
  if (choice) chooseTheme(choice.dataset.themeChoice);
  if (event.target.closest("[data-open-shortcuts]")) openShortcuts();
  closeMenus(choice ? null : event.target.closest("details.menu"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

/* What scrolls sideways can be scrolled by keyboard: a tab stop, only where there is more to see. */
function markScrollers() {
  for (const box of document.querySelectorAll(".table-scroll")) {
    const more = box.scrollWidth > box.clientWidth + 1;
    if (more && !box.hasAttribute("tabindex")) box.tabIndex = 0;
    else if (!more) box.removeAttribute("tabindex");
  }
}

markTheme();
markScrollers();
addEventListener("resize", markScrollers);
document.addEventListener("toggle", markScrollers, true);
startShortcuts();
