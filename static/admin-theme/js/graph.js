/* The link graph as SVG. The server says what is tied to what and where it stands; here it is drawn,
   walked by arrow keys, looked further into by Enter or click, and narrowed by time. */

const SVG = "http://www.w3.org/2000/svg";
const SIZE = 11;
const LONGEST = 18;

function make(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function shape(kind) {
  const attributes = { class: "shape" };
  if (kind === "address") return make("rect", { ...attributes, x: -SIZE, y: -SIZE, width: SIZE * 2, height: SIZE * 2 });
  if (kind === "device") return make("path", { ...attributes, d: `M0 ${-SIZE - 2}L${SIZE + 2} 0L0 ${SIZE + 2}L${-SIZE - 2} 0z` });
  if (kind === "ip") return make("path", { ...attributes, d: `M0 ${-SIZE}L${SIZE} ${SIZE}H${-SIZE}z` });
  return make("circle", { ...attributes, r: SIZE });
}

const short = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 6)}…${text.slice(-5)}` : text);
const dollars = (text) => Number(text).toLocaleString("en", { maximumFractionDigits: 0 });
const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

class Drawing {
  constructor(form) {
    this.form = form;
    this.place = form.parentElement.querySelector("[data-drawing]");
    this.says = form.parentElement.querySelector("[data-says]");
    this.from = form.querySelector("[data-from]");
    this.until = form.querySelector("[data-until]");
    this.span = form.querySelector("[data-span]");
    this.expanded = [];
    this.here = "";
  }

  async look() {
    const asked = new URLSearchParams();
    for (const name of ["hops", "least", "days"]) asked.set(name, this.form.elements[name].value);
    for (const key of this.expanded) asked.append("expand", key);
    try {
      const answer = await fetch(`${this.form.dataset.graph}?${asked}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      this.show(await answer.json());
    } catch {
      this.says.textContent = this.place.dataset.failed;
    }
  }

  show(graph) {
    this.graph = graph;
    const r = graph.radius + 40;
    const svg = make("svg", { viewBox: `${-r} ${-r} ${2 * r} ${2 * r}`, role: "group", "aria-label": document.querySelector("#graph h2").textContent });
    const at = new Map(graph.nodes.map((node) => [node.key, node]));
    this.lines = graph.edges.map((edge) => {
      const [a, b] = [at.get(edge.source), at.get(edge.target)];
      const width = edge.kind === "access" ? 1 : 1 + Math.min(Math.log10(1 + Number(edge.usd)), 6) / 1.5;
      const line = make("line", { x1: a.x, y1: a.y, x2: b.x, y2: b.y, "stroke-width": width.toFixed(1) });
      if (edge.kind !== "access") line.classList.add("is-money");
      line.append(make("title", {}, `${a.label} → ${b.label}: ${edge.kind} ×${edge.count}, ${dollars(edge.usd)} USD`));
      svg.append(line);
      return [line, edge];
    });
    this.dots = new Map();
    for (const node of graph.nodes) svg.append(this.dot(node));
    this.place.replaceChildren(svg);
    this.times();
    this.filter();
    if (!graph.edges.length) this.says.textContent = this.place.dataset.none;
    else if (graph.leftOut) this.says.textContent = `${graph.leftOut} ${this.place.dataset.more}`;
    else this.says.textContent = "";
    if (this.here && this.dots.has(this.here)) this.dots.get(this.here).focus();
  }

  dot(node) {
    const name = make("text", { y: SIZE + 13 }, short(node.label));
    const dot = make("g", { transform: `translate(${node.x} ${node.y})`, tabindex: node.hop === 0 ? 0 : -1, role: "button", class: `is-${node.kind}${node.hop === 0 ? " is-root" : ""}`, "aria-label": this.words(node) }, shape(node.kind), name, make("title", {}, node.label));
    dot.addEventListener("focus", () => {
      this.here = node.key;
      this.says.textContent = this.words(node);
    });
    dot.addEventListener("click", () => this.further(node.key));
    dot.addEventListener("keydown", (event) => this.key(event, node));
    this.dots.set(node.key, dot);
    return dot;
  }

  words(node) {
    const ties = this.graph.edges.filter((edge) => edge.source === node.key || edge.target === node.key);
    const usd = ties.reduce((sum, edge) => sum + Number(edge.usd), 0);
    return `${node.kind} ${node.label}: ${ties.length} ties, ${dollars(usd)} USD`;
  }

  key(event, node) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const shown = this.graph.nodes.filter((each) => !this.dots.get(each.key).classList.contains("is-away"));
      const place = shown.findIndex((each) => each.key === node.key);
      const next = shown[(place + step + shown.length) % shown.length];
      for (const dot of this.dots.values()) dot.setAttribute("tabindex", -1);
      this.dots.get(next.key).setAttribute("tabindex", 0);
      this.dots.get(next.key).focus();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.further(node.key);
    }
  }

  further(key) {
    this.here = key;
    if (!this.expanded.includes(key)) this.expanded.push(key);
    this.expanded = this.expanded.slice(-20);
    this.look();
  }

  times() {
    const first = Math.min(...this.graph.edges.map((edge) => edge.first));
    const last = Math.max(...this.graph.edges.map((edge) => edge.last));
    this.bounds = Number.isFinite(first) ? [first, last] : [0, 0];
  }

  filter() {
    const [first, last] = this.bounds;
    const at = (slider) => first + ((last - first) * Number(slider.value)) / 100;
    const [from, until] = [Math.min(at(this.from), at(this.until)), Math.max(at(this.from), at(this.until))];
    this.span.textContent = last ? `${day(from)} – ${day(until)}` : "";
    const tied = new Set();
    for (const [line, edge] of this.lines) {
      const away = edge.last < Math.floor(from) || edge.first > Math.ceil(until);
      line.classList.toggle("is-away", away);
      if (!away) tied.add(edge.source).add(edge.target);
    }
    for (const node of this.graph.nodes) this.dots.get(node.key).classList.toggle("is-away", node.hop > 0 && !tied.has(node.key));
  }
}

export function startGraph() {
  const form = document.querySelector("[data-graph]");
  if (!form) return;
  const drawing = new Drawing(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    drawing.expanded = [];
    drawing.look();
  });
  for (const slider of [drawing.from, drawing.until]) slider.addEventListener("input", () => drawing.graph && drawing.filter());
  drawing.look();
}
