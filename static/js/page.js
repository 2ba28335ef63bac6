/* Small things that several pages need: their data, requests to their own server, numbers as text. */

import { grouped, toText, toUnits } from "./exact.js";

/** The JSON that the server put into <script type="application/json" id="…">. */
export function pageData(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

export class RequestFailed extends Error {
  constructor(status, body) {
    super(body?.message ?? "");
    this.status = status;
    this.body = body ?? {};
  }
}

function csrfToken() {
  return document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? "";
}

/** JSON from our own server. Throws RequestFailed with what the server said. */
export async function ask(url, body = null) {
  const options = { headers: { Accept: "application/json" }, credentials: "same-origin" };
  if (body !== null) {
    options.method = "POST";
    options.headers["Content-Type"] = "application/json";
    options.headers["X-CSRFToken"] = csrfToken();
    options.body = JSON.stringify(body);
  }
  const response = await fetch(url, options);
  const told = await response.json().catch(() => null);
  if (!response.ok) throw new RequestFailed(response.status, told);
  return told;
}

export const element = (tag, className = "", text = "") => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};

export const setText = (node, text) => {
  if (node && node.textContent !== text) node.textContent = text;
};

/** A price or size at a fixed number of digits, with its thousands apart. */
export function fixed(text, precision) {
  return grouped(toText(toUnits(text, precision), precision));
}

/** "1.2345" from "1.234500": no zeros at the end, thousands apart. */
export function trimmed(text) {
  return grouped(text.includes(".") ? text.replace(/\.?0+$/, "") : text);
}

/** A number and its unit, kept together and in order within right-to-left text. */
export function isolated(text) {
  return document.dir === "rtl" ? `\u2066${text}\u2069` : text;
}

/** A volume in few characters: 1.24M. For reading, never for arithmetic. */
export function short(text) {
  const value = Number(text);
  if (value >= 1e9) return `${(value / 1e9).toFixed(2)}B`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)}M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)}K`;
  if (value >= 1) return value.toFixed(2);
  return value ? trimmed(value.toFixed(8)) : "0";
}

/** A 24-hour change, given as a fraction: its text with arrow and sign, and its class. */
export function change(fraction) {
  const hundredths = Math.round(Number(fraction) * 10_000);
  const percent = (Math.abs(hundredths) / 100).toFixed(2);
  if (hundredths > 0) return { text: `▲ +${percent}%`, tone: "up" };
  if (hundredths < 0) return { text: `▼ −${percent}%`, tone: "down" };
  return { text: `${percent}%`, tone: "" };
}

export function showChange(node, fraction) {
  const { text, tone } = change(fraction);
  setText(node, text);
  node.classList.toggle("up", tone === "up");
  node.classList.toggle("down", tone === "down");
}

const language = document.documentElement.lang || "en";
const clock = new Intl.DateTimeFormat(`${language}-u-nu-latn`, { timeStyle: "medium", hour12: false });
const day = new Intl.DateTimeFormat(`${language}-u-nu-latn`, {
  dateStyle: "short",
  timeStyle: "medium",
  hour12: false,
});

export const timeOfDay = (ms) => clock.format(Number(ms));
export const dayAndTime = (ms) => day.format(Number(ms));

/** Run `work` at most once a frame, and not at all while the page is hidden. */
export function onceAFrame(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}

/** Run `work` soon after the first call, then at most once in `ms`. */
export function atMostEvery(ms, work) {
  let timer = 0;
  let last = 0;
  return () => {
    if (timer) return;
    const wait = Math.max(0, last + ms - Date.now());
    timer = setTimeout(() => {
      timer = 0;
      last = Date.now();
      work();
    }, wait);
  };
}

/** A message at the edge of the window, read out politely. */
export function toast(text, tone = "info") {
  const place = document.getElementById("toasts");
  const note = element("p", `notice notice--${tone}`, text);
  place.append(note);
  while (place.children.length > 3) place.firstChild.remove();
  setTimeout(() => note.remove(), tone === "error" ? 9000 : 5000);
}
