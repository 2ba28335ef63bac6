/* The arithmetic of an order before it is placed: the same whole numbers that the exchange uses.

   Prices are ticks, sizes lots; a tick times a lot, times `scale`, is a unit of the quote asset.
   Every notional is exact; only fees are rounded, up to one unit. */

import { ceilDiv, least, most, toUnits } from "../exact.js";

const PPM = 1_000_000n;

/** The terms of a market from its JSON. */
export function termsOf(market) {
  const { price_precision: price, size_precision: size, quote_precision: quote } = market;
  return {
    price,
    size,
    quote,
    product: price + size,
    scale: 10n ** BigInt(quote - price - size),
    minLots: toUnits(market.min_size, size),
    maxLots: toUnits(market.max_size, size),
    minNotional: toUnits(market.min_notional, quote),
    maker: BigInt(market.maker_ppm),
    taker: BigInt(market.taker_ppm),
  };
}

export const feeOf = (notional, ppm) => ceilDiv(notional * ppm, PPM);

/** The largest notional that `available` pays for together with its fee. */
export function mostAffordable(available, ppm) {
  let notional = (available * PPM) / (PPM + ppm);
  while (notional + 1n + feeOf(notional + 1n, ppm) <= available) notional += 1n;
  while (notional > 0n && notional + feeOf(notional, ppm) > available) notional -= 1n;
  return notional;
}

/** What an order at a price costs at most (buy) or brings at least (sell). Quote units. */
export function priced({ side, kind, ticks, lots }, terms) {
  const notional = ticks * lots * terms.scale;
  const dearest = most(terms.maker, terms.taker);
  const rate = kind === "limit_maker" ? terms.maker : dearest;
  const fee = feeOf(notional, rate);
  // What is set aside for a buy always covers the dearer rate; what is not needed comes back.
  const needs = side === "buy" ? notional + feeOf(notional, dearest) : lots;
  return { notional, fee, rate, needs, total: side === "buy" ? notional + fee : notional - fee };
}

/** What the book gives now for a market order: a sell of `lots`, or a buy that spends `budget`
    (in ticks times lots). `levels` are [ticks, lots], best first. `short`: the book shows too little. */
export function walked({ side, lots, budget }, levels, terms) {
  let got = 0n;
  let turned = 0n;
  let fee = 0n;
  let worst = 0n;
  let left = side === "buy" ? budget : lots;
  for (const [ticks, offered] of levels) {
    const wanted = side === "buy" ? left / ticks : left;
    if (wanted === 0n) break;
    const taken = least(wanted, offered);
    got += taken;
    turned += taken * ticks;
    fee += feeOf(taken * ticks * terms.scale, terms.taker);
    left -= side === "buy" ? taken * ticks : taken;
    worst = ticks;
    if (taken < offered) break;
  }
  const best = levels.length ? levels[0][0] : 0n;
  const notional = turned * terms.scale;
  const dry = side === "buy" ? levels.length === 0 || boughtOut(levels, budget) : left > 0n;
  return {
    lots: got,
    notional,
    fee,
    best,
    worst,
    short: dry,
    needs: side === "buy" ? budget * terms.scale + feeOf(budget * terms.scale, terms.taker) : lots,
    total: side === "buy" ? notional + fee : notional - fee,
    slips: slips({ side, got, turned, best }),
  };
}

function boughtOut(levels, budget) {
  return levels.reduce((worth, [ticks, lots]) => worth + ticks * lots, 0n) < budget;
}

/** Whether the average price is more than 1 % worse than the best. */
function slips({ side, got, turned, best }) {
  if (got === 0n) return false;
  return side === "buy" ? turned * 100n > best * got * 101n : turned * 100n < best * got * 99n;
}

/** Whether a limit reaches more than 1 % beyond the best price on the other side. */
export function reaches({ side, ticks }, best) {
  if (best === null || best === 0n) return false;
  return side === "buy" ? ticks * 100n > best * 101n : ticks * 100n < best * 99n;
}

/** The size or budget that a share (in percent) of what is available pays for: `lots` of the base
    for a sell, `quote` units for a buy. */
export function share({ side, kind, ticks, percent, lots, quote }, terms) {
  const part = BigInt(percent);
  if (side === "sell") return { lots: least((lots * part) / 100n, terms.maxLots) };
  const spend = mostAffordable((quote * part) / 100n, most(terms.maker, terms.taker));
  const product = spend / terms.scale;
  if (kind === "market") return { budget: product };
  return ticks > 0n ? { lots: least(product / ticks, terms.maxLots) } : { lots: 0n };
}
