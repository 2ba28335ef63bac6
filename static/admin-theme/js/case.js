/* Cases by keyboard: every element with data-press="x" is pressed by that key: buttons and links are
   clicked, a form is opened with its first field ready. Ctrl+Enter sends the form one types in. The
   switch that turns single keys off holds here too. */

import { startGraph } from "./graph.js";

const OFF = "holdfast.shortcuts-off";
const THEN_NEXT = "holdfast.cases.then-next";

const typing = (target) => Boolean(target.closest?.("input:not([type=checkbox]):not([type=range]), textarea, select"));

function open(details) {
  for (const other of document.querySelectorAll("details.doing[open]")) {
    if (other !== details) other.open = false;
  }
  details.open = true;
  details.scrollIntoView({ block: "nearest" });
  details.querySelector("select, textarea, input:not([type=hidden]):not([type=checkbox])")?.focus();
}

function pressed(event) {
  if (!/^[a-z0-9]$/.test(event.key)) return;
  const found = document.querySelector(`[data-press="${event.key}"]`);
  if (!found) return;
  event.preventDefault();
  if (found.tagName === "DETAILS") open(found);
  else found.click();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest?.("details.doing form");
    if (form) {
      event.preventDefault();
      form.requestSubmit();
    }
    return;
  }
  if (event.key === "Escape" && event.target.closest?.("details.doing")) {
    const details = event.target.closest("details.doing");
    details.open = false;
    details.querySelector("summary").focus();
    return;
  }
  if (localStorage.getItem(OFF) === "1" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.defaultPrevented || typing(event.target) || document.querySelector("dialog[open]")) return;
  pressed(event);
});

/* Nothing is posted twice by an impatient key. */
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  for (const button of event.target.querySelectorAll("button")) {
    setTimeout(() => {
      button.disabled = true;
    });
  }
});

for (const chooser of document.querySelectorAll("[data-fills]")) {
  chooser.addEventListener("change", () => {
    const field = document.getElementById(chooser.dataset.fills);
    if (field && chooser.value) {
      field.value = chooser.value;
      field.focus();
    }
  });
}

for (const box of document.querySelectorAll("[data-then-next]")) {
  box.checked = localStorage.getItem(THEN_NEXT) !== "0";
  box.addEventListener("change", () => localStorage.setItem(THEN_NEXT, box.checked ? "1" : "0"));
}

document.querySelector("details.doing[open] [aria-invalid], details.doing[open] textarea")?.focus();
document.querySelector("[data-now]")?.click();
startGraph();
