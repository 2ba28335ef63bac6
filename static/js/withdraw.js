/* The withdrawal form: what leaves the account as the amount is typed, and a new address only when
   none of the book is chosen. The server says everything again before the code. */

import { fault, toText, toUnits } from "./exact.js";

const PRECISION = 18;

const form = document.getElementById("withdraw-form");
const amount = form.elements.amount;
const total = document.getElementById("total");
const most = document.getElementById("take-most");
const entry = form.elements.entry;
const fresh = document.getElementById("new-address");

function showTotal() {
  const written = amount.value.trim().replaceAll(" ", "").replace(",", ".");
  if (fault(written, PRECISION)) {
    total.textContent = "–";
    return;
  }
  const units = toUnits(written, PRECISION) + toUnits(form.dataset.fee, PRECISION);
  total.textContent = `${toText(units, PRECISION, { trim: true })} ${form.dataset.asset}`;
}

function showAddress() {
  if (entry) fresh.hidden = entry.value !== "";
}

most.hidden = toUnits(form.dataset.most, PRECISION) <= 0n;
most.addEventListener("click", () => {
  amount.value = form.dataset.most;
  showTotal();
  amount.focus();
});
amount.addEventListener("input", showTotal);
entry?.addEventListener("change", showAddress);
showTotal();
showAddress();
