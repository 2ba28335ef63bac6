/* An operator's approval: shows what the very bytes say, and signs those bytes with a key that
   never leaves this page (templates/wallets/parts/operator_approval.html).

   What is shown is read from what is signed, not from anything else the server says. Contents that
   are not in their one canonical form are not signed at all. */

import { grouped, toText } from "../../js/exact.js";

const KIND = "holdfast.person.v1";
const ascii = new TextEncoder();

class Fault extends Error {}

const bytes = (hex) => {
  if (typeof hex !== "string" || !/^([0-9a-f]{2})+$/.test(hex)) throw new Fault("file");
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
};
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The signer's canonical JSON: keys sorted, no spaces, ASCII only, whole numbers. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const parts = Object.keys(value).sort().map((key) => `${canonical(key)}:${canonical(value[key])}`);
    return `{${parts.join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new Fault("contents");
  const text = JSON.stringify(value);
  return text.replace(/[\u007f-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** What contents say, as pairs of words; refuses what has more than one reading. */
export function facts(text, words) {
  let contents;
  try {
    contents = JSON.parse(text);
  } catch {
    throw new Fault("contents");
  }
  if (canonical(contents) !== text) throw new Fault("contents");
  if (contents.type === "holdfast.thaw.v1") {
    return [
      [words.wordThaw, `#${contents.entry}`],
      [words.wordFrozen, contents.by],
      [words.wordReason, contents.reason],
    ];
  }
  if (contents.type !== "holdfast.sign.v1") throw new Fault("contents");
  const amount = (units, decimals, asset) => `${grouped(toText(BigInt(units), decimals, { trim: true }))} ${asset}`;
  const rows = [];
  for (const payment of contents.payments) {
    if (payment.call) rows.push([words.wordCall, payment.call]);
    rows.push([words.wordPay, `${amount(payment.units, payment.decimals, payment.asset)} ${words.wordTo} ${payment.address}`]);
    if (payment.contract) rows.push([words.wordContract, payment.contract]);
  }
  rows.push([words.wordFee, amount(contents.max_fee, contents.fee_decimals, contents.fee_asset)]);
  rows.push([words.wordFrom, contents.from ? `${contents.key}, ${contents.from}` : contents.key]);
  rows.push([words.wordNetwork, `${contents.network}, ${contents.chain}`]);
  rows.push([words.wordId, contents.id]);
  return rows;
}

/** The operator's name and key out of their file. */
async function open(file, passphrase) {
  let content;
  try {
    content = JSON.parse(await file.text());
  } catch {
    throw new Fault("file");
  }
  if (content?.kind !== KIND || typeof content.name !== "string") throw new Fault("file");
  const secret = content.sealed ? await unseal(content, passphrase) : bytes(content.private);
  let key, check;
  try {
    key = await crypto.subtle.importKey("pkcs8", secret, "Ed25519", false, ["sign"]);
    check = await crypto.subtle.importKey("raw", bytes(content.public), "Ed25519", false, ["verify"]);
  } catch (error) {
    throw new Fault(error.name === "NotSupportedError" ? "browser" : "file");
  }
  return { name: content.name, key, check };
}

async function unseal(content, passphrase) {
  if (!Number.isSafeInteger(content.iterations) || content.iterations > 10_000_000) throw new Fault("file");
  const typed = await crypto.subtle.importKey("raw", ascii.encode(passphrase), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(content.salt), iterations: content.iterations };
  const key = await crypto.subtle.deriveKey(how, typed, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
  const sealed = { name: "AES-GCM", iv: bytes(content.nonce), additionalData: ascii.encode(KIND) };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(sealed, key, bytes(content.sealed)));
  } catch {
    throw new Fault("passphrase");
  }
}

async function sign(file, passphrase, text) {
  const { name, key, check } = await open(file, passphrase);
  const signature = await crypto.subtle.sign("Ed25519", key, ascii.encode(text));
  if (!(await crypto.subtle.verify("Ed25519", check, signature, ascii.encode(text)))) throw new Fault("file");
  return { operator: name, signature: hex(signature) };
}

function start(section) {
  const form = section.querySelector("form");
  const fault = section.querySelector("[data-approval-fault]");
  const button = form.querySelector("button");
  const file = section.querySelector("#approval-key");
  const passphrase = section.querySelector("#approval-passphrase");
  const text = form.elements.contents.value;

  const say = (kind) => {
    fault.hidden = !kind;
    fault.textContent = kind ? section.dataset[`fault${kind[0].toUpperCase()}${kind.slice(1)}`] : "";
  };
  const handIn = ({ operator, signature }) => {
    form.elements.operator.value = operator;
    form.elements.signature.value = signature;
    form.submit();
  };

  let shown;
  try {
    shown = facts(text, section.dataset);
  } catch {
    say("contents");
    return;
  }
  for (const [name, value] of shown) {
    const term = document.createElement("dt");
    const said = document.createElement("dd");
    term.textContent = name;
    said.textContent = value;
    section.querySelector("[data-approval-facts]").append(term, said);
  }
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say("");
    if (!globalThis.crypto?.subtle) return say("browser");
    if (!file.files.length) return file.focus();
    button.disabled = true;
    try {
      handIn(await sign(file.files[0], passphrase.value, text));
    } catch (error) {
      say(error instanceof Fault ? error.message : "file");
      button.disabled = false;
    } finally {
      passphrase.value = "";
    }
  });
  section.querySelector("[data-approval-paste]").addEventListener("click", () => {
    try {
      const pasted = JSON.parse(section.querySelector("#approval-pasted").value);
      if (typeof pasted.operator !== "string" || !/^[0-9a-f]{128}$/.test(pasted.signature)) throw new Fault("file");
      handIn(pasted);
    } catch {
      say("file");
    }
  });
}

document.querySelectorAll("[data-approval]").forEach(start);
