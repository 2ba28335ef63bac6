/* The page of a customer's own inclusion proof: fetches it, checks it step by step, says the verdict. */

import { grouped, toText } from "../exact.js";
import { element, setText } from "../page.js";
import { Wrong, check } from "./inclusion.js";

const verdict = document.getElementById("verdict");
const steps = document.getElementById("steps");

const amount = (units, decimals) => grouped(toText(units, decimals, { trim: true }));

function say(state, words, why = "") {
  verdict.dataset.state = state;
  setText(document.getElementById("verdict-words"), words);
  setText(document.getElementById("verdict-why"), why);
}

function step(text) {
  steps.append(element("li", "", text));
}

function tellAsset({ code, mine, owed, decimals, chunks, leaves }) {
  step(interpolate(
    gettext("%(code)s: your %(mine)s is in %(chunks)s of %(leaves)s leaves; they sum to it exactly, and each leads to the root of %(owed)s owed to all."),
    { code, mine: amount(mine, decimals), chunks, leaves, owed: amount(owed, decimals) },
    true,
  ));
}

async function judge(proof) {
  steps.replaceChildren();
  say("working", gettext("Checking …"));
  try {
    const found = await check(proof, verdict.dataset.root, tellAsset);
    steps.prepend(element("li", "", interpolate(
      gettext("The proof is made out to “%(holder)s”. This must be you: nobody else can be shown the same leaves."),
      { holder: proof.holder },
      true,
    )));
    step(gettext("Every tree leads to the root that is published for everybody."));
    const words = interpolate(
      ngettext("✓ Verified: your balance of %(n)s coin is counted.", "✓ Verified: your balances of %(n)s coins are counted.", found.length),
      { n: found.length },
      true,
    );
    say("right", words);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    say("wrong", gettext("✕ Not verified: this proof does not hold."), error.message);
  }
}

async function own() {
  let answer;
  try {
    answer = await fetch(verdict.dataset.proof, { headers: { Accept: "application/json" } });
  } catch {
    say("wrong", gettext("The proof could not be fetched. Reload the page."));
    return;
  }
  if (answer.status === 404) {
    say("none", gettext("You had no balance when this snapshot was taken."), gettext("If you had, tell us and tell others: then this snapshot leaves you out."));
    return;
  }
  if (!answer.ok) {
    say("wrong", gettext("The proof could not be fetched. Reload the page."));
    return;
  }
  await judge(await answer.json());
}

document.getElementById("file").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  if (!file) return;
  let proof;
  try {
    proof = JSON.parse(await file.text());
  } catch {
    say("wrong", gettext("✕ Not verified: this proof does not hold."), gettext("The file is not JSON."));
    return;
  }
  await judge(proof);
});

if (crypto.subtle) await own();
else say("wrong", gettext("Your browser checks signatures on secure pages only. Open this page over https, or use the script."));
