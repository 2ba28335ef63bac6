/* Checks an inclusion proof with WebCrypto alone: no library, nothing asked of the server. The same
   rules as static/reserves/verify_inclusion.py; docs/proof-of-reserves.md says them byte by byte.
   Runs in a browser and in Node unchanged. */

export const FORMAT = "holdfast-inclusion-1";
const LARGEST = (1n << 128n) - 1n;
const MOST_LEAVES = 2 ** 48;
const text = new TextEncoder();

/** The proof does not hold; the message says why. */
export class Wrong extends Error {}

function wrong(why) {
  throw new Wrong(why);
}

const shown = (value) => JSON.stringify(value) ?? "nothing";

function join(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const sha256 = async (...parts) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", join(parts)));

async function hmac(key, message) {
  const made = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", made, message));
}

/** A whole number as that many bytes, the most significant first. */
function bytes(value, length) {
  const digits = BigInt(value).toString(16).padStart(2 * length, "0");
  return Uint8Array.from({ length }, (_, n) => Number.parseInt(digits.slice(2 * n, 2 * n + 2), 16));
}

function number(value) {
  const plain = typeof value === "string" && /^(0|[1-9][0-9]{0,38})$/u.test(value);
  if (!plain || BigInt(value) > LARGEST) wrong(`${shown(value)} is not a whole number from 0 to 2^128 - 1`);
  return BigInt(value);
}

function count(value, most) {
  if (!Number.isSafeInteger(value) || value < 0 || value > most) wrong(`${shown(value)} is not a count`);
  return value;
}

function hexed(value) {
  if (typeof value !== "string" || !/^[0-9a-f]{64}$/u.test(value)) wrong(`${shown(value)} is not 32 bytes in hex`);
  return bytes(BigInt(`0x${value}`), 32);
}

function words(value, most) {
  const length = typeof value === "string" ? [...value].length : 0;
  if (length === 0 || length > most || /\p{Surrogate}/u.test(value)) wrong(`${shown(value)} is not a short text`);
  return value;
}

function listed(value) {
  if (!Array.isArray(value)) wrong(`${shown(value)} is not a list`);
  return value;
}

function object(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) wrong(`${shown(value)} is not an object`);
  return value;
}

const equal = (a, b) => a.length === b.length && a.every((byte, n) => byte === b[n]);

/** How many levels stand above so many leaves. */
function depth(leaves) {
  let levels = 0;
  for (let reach = 1; reach < leaves; reach *= 2) levels += 1;
  return levels;
}

const bit = (value, place) => Math.floor(value / 2 ** place) % 2 === 1;

async function assetTag(tag, code, decimals) {
  if (!/^[A-Z0-9]{1,15}$/u.test(code)) wrong(`${shown(code)} is not the code of an asset`);
  return sha256(bytes(5, 1), tag, bytes(code.length, 1), text.encode(code), bytes(count(decimals, 38), 1));
}

/** From a leaf to the root: each step hashes both children's hashes and both their sums. */
async function climb(leaf, amount, position, path) {
  let [hash, total] = [leaf, amount];
  for (const [level, step] of path.entries()) {
    if (listed(step).length !== 2) wrong("a step of a path is not a hash and a sum");
    const [beside, besideSum] = [hexed(step[0]), number(step[1])];
    const mine = join([hash, bytes(total, 16)]);
    const other = join([beside, bytes(besideSum, 16)]);
    hash = bit(position, level) ? await sha256(bytes(1, 1), other, mine) : await sha256(bytes(1, 1), mine, other);
    total += besideSum;
    if (total > LARGEST) wrong("a sum is beyond 2^128 - 1");
  }
  return [hash, total];
}

async function checkChunks(asset, code, bound, holder) {
  const leaves = count(asset.leaves, MOST_LEAVES);
  const owed = number(asset.liabilities);
  const root = hexed(asset.root);
  const key = await hmac(hexed(asset.key), text.encode(holder));
  const chunks = listed(asset.chunks);
  if (chunks.length === 0 || chunks.length > 255) wrong(`${code}: there are no chunks`);
  const seen = new Set();
  let mine = 0n;
  for (const [order, chunk] of chunks.entries()) {
    const position = count(object(chunk).position, leaves - 1);
    const amount = number(chunk.amount);
    if (seen.has(position)) wrong(`${code}: the leaf at position ${position} is counted twice`);
    seen.add(position);
    const nonce = await hmac(key, join([bound, bytes(order, 2), bytes(chunks.length, 2)]));
    const leaf = await sha256(bytes(0, 1), bound, nonce, bytes(position, 8), bytes(amount, 16));
    const path = listed(chunk.path);
    if (path.length !== depth(leaves)) wrong(`${code}: a path has not as many steps as the tree has levels`);
    const [reached, total] = await climb(leaf, amount, position, path);
    if (!equal(reached, root) || total !== owed) {
      wrong(`${code}: the chunk at position ${position} does not lead to the root`);
    }
    mine += amount;
  }
  if (mine !== number(asset.balance)) wrong(`${code}: the chunks sum to ${mine}, the balance is ${asset.balance}`);
  return { leaves, owed, root, mine, chunks: chunks.length };
}

async function checkAsset(asset, tag, holder, assetCount, snapshotRoot) {
  const code = words(object(asset).asset, 15);
  const bound = await assetTag(tag, code, asset.decimals);
  const found = await checkChunks(asset, code, bound, holder);
  const place = count(asset.place, assetCount - 1);
  let above = await sha256(bytes(2, 1), bound, bytes(found.leaves, 8), bytes(found.owed, 16), found.root);
  const steps = listed(asset.path);
  if (steps.length !== depth(assetCount)) {
    wrong(`${code}: the asset's path has not as many steps as there are levels`);
  }
  for (const [level, step] of steps.entries()) {
    const beside = hexed(step);
    above = bit(place, level) ? await sha256(bytes(3, 1), beside, above) : await sha256(bytes(3, 1), above, beside);
  }
  if (!equal(await sha256(bytes(4, 1), tag, bytes(assetCount, 4), above), snapshotRoot)) {
    wrong(`${code}: its tree does not lead to the root of the snapshot`);
  }
  return { code, place, decimals: asset.decimals, ...found };
}

/** Every step; `tell` hears of each asset that held. Throws Wrong. `root`: as published, or null. */
export async function check(proof, root = null, tell = () => {}) {
  if (object(proof).format !== FORMAT) wrong(`this is not an inclusion proof of the format ${FORMAT}`);
  const snapshotRoot = hexed(proof.root);
  if (root !== null && !equal(snapshotRoot, hexed(root))) {
    wrong("the root in the file is not the published one: it is of another snapshot");
  }
  const [name, takenAt] = [words(proof.snapshot, 40), words(proof.taken_at, 40)];
  const tag = await sha256(text.encode(`holdfast liabilities 1\n${name}\n${takenAt}\n`));
  const holder = words(proof.holder, 300);
  const assetCount = count(proof.asset_count, 2 ** 32 - 1);
  const found = [];
  for (const asset of listed(proof.assets)) {
    const checked = await checkAsset(asset, tag, holder, assetCount, snapshotRoot);
    const before = found.at(-1);
    if (before && !(before.code < checked.code && before.place < checked.place)) {
      wrong(`${checked.code}: assets are not in order, or one is there twice`);
    }
    found.push(checked);
    tell(checked);
  }
  if (found.length === 0) wrong("the proof has no asset");
  return found;
}
