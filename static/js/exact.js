/* Amounts as whole numbers. A decimal text becomes a BigInt of 10^-precision units and back again;
   no amount, price or fee passes through binary floating point. */

const PLAIN = /^(\d*)(?:\.(\d*))?$/;

/** Why a text is no amount: "empty", "malformed", "precise" or "" when it is one. */
export function fault(text, precision) {
  if (text.trim() === "") return "empty";
  const parts = PLAIN.exec(text.trim());
  if (!parts || (!parts[1] && !parts[2])) return "malformed";
  return (parts[2] ?? "").replace(/0+$/, "").length > precision ? "precise" : "";
}

/** Decimal text in units of 10^-precision. Digits beyond the precision are cut off. */
export function toUnits(text, precision) {
  const [whole, fraction = ""] = String(text).trim().split(".");
  return BigInt((whole || "0") + fraction.slice(0, precision).padEnd(precision, "0"));
}

/** Units of 10^-precision as plain decimal text. `trim` drops zeros at the end. */
export function toText(units, precision, { trim = false } = {}) {
  const sign = units < 0n ? "-" : "";
  const digits = String(units < 0n ? -units : units).padStart(precision + 1, "0");
  const whole = digits.slice(0, digits.length - precision);
  let fraction = precision ? digits.slice(-precision) : "";
  if (trim) fraction = fraction.replace(/0+$/, "");
  return sign + whole + (fraction ? `.${fraction}` : "");
}

/** The same text with its thousands apart: 95,000.00. */
export function grouped(text) {
  const [whole, fraction] = text.split(".");
  const apart = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction === undefined ? apart : `${apart}.${fraction}`;
}

/** Units at another precision; down unless `up`. */
export function rescale(units, from, to, { up = false } = {}) {
  if (to >= from) return units * 10n ** BigInt(to - from);
  const divisor = 10n ** BigInt(from - to);
  return up ? ceilDiv(units, divisor) : units / divisor;
}

export function ceilDiv(dividend, divisor) {
  return (dividend + divisor - 1n) / divisor;
}

export const least = (a, b) => (a < b ? a : b);
export const most = (a, b) => (a > b ? a : b);

/** `part` of `whole` in hundredths of a percent, as a Number for widths and comparisons. */
export function basisPoints(part, whole) {
  return whole === 0n ? 0 : Number((part * 10_000n) / whole);
}
