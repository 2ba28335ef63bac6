/* Deposits as they come along, by the customer's own stream; and the list of coins, filtered. */

import { grouped } from "./exact.js";
import { Feed } from "./feed.js";
import { ask, isolated, pageData, setText } from "./page.js";

const TABLE = "spot/user/deposit";
const MOVING = new Set(["seen", "confirming"]);

const list = document.getElementById("arrivals");
const none = document.getElementById("no-arrivals");
const words = list ? pageData("deposit-words") : {};

const cell = (row, name) => row.querySelector(`[data-cell="${name}"]`);
const rowOf = (id) => list.querySelector(`[data-id="${id}"]`);

function made(deposit) {
  const row = document.getElementById("arrival").content.firstElementChild.cloneNode(true);
  row.dataset.id = deposit.id;
  row.dataset.ms = deposit.ms;
  setText(cell(row, "amount"), `${grouped(deposit.amount)} ${deposit.asset}`);
  setText(cell(row, "network"), deposit.network_name);
  setText(cell(row, "txid"), deposit.txid);
  const at = new Date(deposit.ms);
  cell(row, "at").dateTime = at.toISOString();
  setText(cell(row, "at"), at.toISOString().slice(0, 16).replace("T", " "));
  list.prepend(row);
  while (list.children.length > Number(list.dataset.most)) list.lastElementChild.remove();
  none.hidden = true;
  return row;
}

function show(deposit) {
  const row = rowOf(deposit.id) ?? made(deposit);
  const { word, tone, sentence } = words[deposit.state];
  row.dataset.state = deposit.state;
  setText(cell(row, "word"), word);
  cell(row, "word").className = tone ? `badge badge--${tone}` : "badge";
  setText(cell(row, "sentence"), sentence);
  cell(row, "progress").hidden = !MOVING.has(deposit.state);
  const bar = row.querySelector("progress");
  bar.max = deposit.needed;
  bar.value = deposit.confirmations;
  setText(cell(row, "count"), isolated(`${deposit.confirmations}/${deposit.needed}`));
}

function follow() {
  for (const amount of list.querySelectorAll('[data-cell="amount"]')) {
    const [number, ...unit] = amount.textContent.split(" ");
    setText(amount, [grouped(number), ...unit].join(" "));
  }
  const feed = new Feed(list.dataset.private, {
    login: async () => (await ask(list.dataset.token, {})).token,
  });
  feed.subscribe(`${TABLE}:DEPOSIT_UPDATE`, show);
  feed.addEventListener("reconnect", async () => {
    const { deposits } = await ask(list.dataset.mine);
    deposits.reverse().forEach(show);
  });
}

function filterCoins() {
  const find = document.getElementById("find-coin");
  const coins = [...document.querySelectorAll("#coins > li")];
  find?.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase();
    let shown = 0;
    for (const coin of coins) {
      coin.hidden = !coin.dataset.words.toLowerCase().includes(wanted);
      shown += coin.hidden ? 0 : 1;
    }
    document.getElementById("no-coin").hidden = shown > 0;
  });
}

filterCoins();
if (list) follow();
