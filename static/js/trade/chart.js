/* Candles and volume. The chart draws binary fractions; nothing is computed with them. */

import {
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  HistogramSeries,
  createChart,
} from "../../vendor/lightweight-charts-5.2.1/lightweight-charts.mjs";
import { element, fixed, setText, short } from "../page.js";

const PAGE = 200;
const TABLE_ROWS = 24;
const BAR_PIXELS = 9;
const language = `${document.documentElement.lang || "en"}-u-nu-latn`;
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The time as the chart counts it, shifted so that its UTC labels read as local time. */
const local = (seconds) => seconds - new Date(seconds * 1000).getTimezoneOffset() * 60;

export class Chart {
  #market;
  #rows = new Map();
  #newest = 0;
  #older = true;
  #loading = null;
  #fetchCandles;
  #chart;
  #candles;
  #volume;
  #table = document.getElementById("candle-table");

  /** `fetchCandles(minutes, before)` resolves to rows [s, o, h, l, c, volume], oldest first. */
  constructor(market, minutes, fetchCandles) {
    this.#market = market;
    this.minutes = minutes;
    this.#fetchCandles = fetchCandles;
    this.#chart = createChart(document.getElementById("chart"), {
      autoSize: true,
      layout: { attributionLogo: false, fontFamily: token("--sans"), fontSize: 11 },
      crosshair: { mode: CrosshairMode.Normal },
      timeScale: { timeVisible: true, secondsVisible: false, rightOffset: 4, borderVisible: false },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.24 } },
      localization: { locale: language },
    });
    const digits = market.price_precision;
    this.#candles = this.#chart.addSeries(CandlestickSeries, {
      priceFormat: { type: "price", precision: digits, minMove: 10 ** -digits },
    });
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceFormat: { type: "custom", formatter: (value) => short(String(value)) },
      priceScaleId: "volume",
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.#dress();
    document.addEventListener("themechange", () => this.#dress());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#dress());
    this.#chart.subscribeCrosshairMove((at) => this.#describe(at));
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range && range.from < 20) this.#loadOlder();
    });
    this.#prepareTable();
  }

  replace(rows) {
    this.#rows = new Map(rows.map((row) => [Number(row[0]), row]));
    this.#newest = Math.max(0, ...this.#rows.keys());
    this.#older = rows.length >= PAGE / 2;
    this.#draw();
    const fits = Math.max(30, Math.round(document.getElementById("chart").clientWidth / BAR_PIXELS));
    this.#chart.timeScale().setVisibleLogicalRange({ from: rows.length - fits, to: rows.length + 4 });
  }

  /** A candle of the wire: the newest one changed, or a new one began. */
  update(row) {
    const at = Number(row[0]);
    this.#rows.set(at, row);
    this.#showEmpty();
    if (at < this.#newest) return this.#draw();
    this.#newest = at;
    this.#candles.update(this.#candle(row));
    this.#volume.update(this.#bar(row));
    this.#describe();
    if (!this.#table.hidden) this.#fillTable();
    return undefined;
  }

  /** Show another step; what was asked for last wins. */
  async switchTo(minutes) {
    this.minutes = minutes;
    const rows = await this.#fetchCandles(minutes, null);
    if (this.minutes !== minutes) return;
    this.replace(rows);
  }

  async #loadOlder() {
    if (this.#loading || !this.#older || !this.#rows.size) return;
    const minutes = this.minutes;
    this.#loading = this.#fetchCandles(minutes, Math.min(...this.#rows.keys()) - 1);
    const rows = await this.#loading.catch(() => []);
    this.#loading = null;
    if (this.minutes !== minutes) return;
    const fresh = rows.filter(([at]) => !this.#rows.has(Number(at)));
    this.#older = fresh.length > 0;
    if (!fresh.length) return;
    for (const row of fresh) this.#rows.set(Number(row[0]), row);
    const range = this.#chart.timeScale().getVisibleLogicalRange();
    this.#draw();
    this.#chart.timeScale().setVisibleLogicalRange({
      from: range.from + fresh.length,
      to: range.to + fresh.length,
    });
  }

  #sorted() {
    return [...this.#rows.values()].sort((a, b) => a[0] - b[0]);
  }

  #draw() {
    const rows = this.#sorted();
    this.#candles.setData(rows.map((row) => this.#candle(row)));
    this.#volume.setData(rows.map((row) => this.#bar(row)));
    this.#showEmpty();
    this.#describe();
    if (!this.#table.hidden) this.#fillTable();
  }

  #candle([at, open, high, low, close]) {
    const [o, h, l, c] = [open, high, low, close].map(Number);
    return { time: local(Number(at)), open: o, high: h, low: l, close: c };
  }

  #bar([at, open, , , close, volume]) {
    const color = Number(close) >= Number(open) ? token("--up-bar") : token("--down-bar");
    return { time: local(Number(at)), value: Number(volume), color };
  }

  #showEmpty() {
    document.getElementById("chart-empty").hidden = this.#rows.size > 0;
  }

  /* Rising candles are hollow and falling ones filled: the shape says it without the colour. */
  #dress() {
    const [up, down, surface, line, ink] = ["--up", "--down", "--surface", "--line", "--ink-soft"].map(token);
    this.#chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: surface }, textColor: ink },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
    });
    this.#candles.applyOptions({
      upColor: surface,
      borderUpColor: up,
      wickUpColor: up,
      downColor: down,
      borderDownColor: down,
      wickDownColor: down,
    });
    if (this.#rows.size) this.#draw();
  }

  #describe(at = null) {
    const wanted = at?.time ? this.#sorted().find((row) => local(Number(row[0])) === at.time) : null;
    const row = wanted ?? this.#rows.get(this.#newest);
    const legend = document.getElementById("legend");
    if (!row) return setText(legend, "");
    const [open, high, low, close] = row.slice(1, 5).map((price) => fixed(price, this.#market.price_precision));
    return setText(legend, `O ${open}  H ${high}  L ${low}  C ${close}  V ${short(row[5])}`);
  }

  #prepareTable() {
    const toggle = document.getElementById("candle-table-toggle");
    toggle.addEventListener("click", () => {
      this.#table.hidden = !this.#table.hidden;
      toggle.setAttribute("aria-expanded", String(!this.#table.hidden));
      if (!this.#table.hidden) this.#fillTable();
    });
  }

  #fillTable() {
    const when = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short" });
    const lines = this.#sorted()
      .slice(-TABLE_ROWS)
      .reverse()
      .map(([at, open, high, low, close, volume]) => {
        const line = element("tr");
        const head = element("th", "", when.format(Number(at) * 1000));
        head.scope = "row";
        const cells = [open, high, low, close].map((price) =>
          element("td", "num", fixed(price, this.#market.price_precision)),
        );
        line.append(head, ...cells, element("td", "num", short(volume)));
        return line;
      });
    this.#table.querySelector("tbody").replaceChildren(...lines);
  }
}
