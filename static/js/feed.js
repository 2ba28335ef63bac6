/* A WebSocket that stays: subscriptions survive reconnects, and everybody can see how fresh it is.

   Emits "state" (connecting, live, offline), "reconnect" (it was away: fetch once what was missed)
   and hands each push to the listeners of its table. */

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
const PING_EVERY = 15_000;
const SILENT_AFTER = 40_000;

const WHOLE_ACCOUNT = ["ALL_SYMBOLS", "BALANCE_UPDATE", "DEPOSIT_UPDATE", "WITHDRAWAL_UPDATE"];

export class Feed extends EventTarget {
  #url;
  #login;
  #socket = null;
  #topics = new Map();
  #wait = FIRST_WAIT;
  #wasLive = false;
  #timer = 0;
  #opening = false;

  /** `login` (optional) returns a promise of the token that the private stream asks for. */
  constructor(url, { login = null } = {}) {
    super();
    this.#url = url;
    this.#login = login;
    this.state = "connecting";
    this.heardAt = 0;
    setInterval(() => this.#keepAlive(), PING_EVERY);
    addEventListener("online", () => this.#connectNow());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.state !== "live") this.#connectNow();
    });
    addEventListener("pagehide", () => this.#socket?.close());
    addEventListener("pageshow", (event) => event.persisted && this.#connectNow());
    this.#connect();
  }

  /** Call `listener(row, table)` for every row of a topic such as "spot/ticker:BTC_USDT". */
  subscribe(topic, listener) {
    const listeners = this.#topics.get(topic) ?? new Set();
    listeners.add(listener);
    this.#topics.set(topic, listeners);
    if (listeners.size === 1) this.#say("subscribe", [topic]);
  }

  unsubscribe(topic, listener) {
    const listeners = this.#topics.get(topic);
    if (!listeners?.delete(listener) || listeners.size) return;
    this.#topics.delete(topic);
    this.#say("unsubscribe", [topic]);
  }

  #say(op, args) {
    if (this.state === "live") this.#socket.send(JSON.stringify({ op, args }));
  }

  async #connect() {
    if (this.#opening) return;
    this.#opening = true;
    clearTimeout(this.#timer);
    this.#become(this.#wasLive ? "offline" : "connecting");
    let token = null;
    try {
      if (this.#login) token = await this.#login();
    } catch {
      this.#opening = false;
      return this.#later();
    }
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#opening = false;
    socket.addEventListener("open", () => {
      if (token === null) this.#live();
      else socket.send(JSON.stringify({ op: "login", args: ["token", token] }));
    });
    socket.addEventListener("message", (event) => this.#hear(event.data));
    socket.addEventListener("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#later();
    });
  }

  #live() {
    const again = this.#wasLive;
    this.#wasLive = true;
    this.#wait = FIRST_WAIT;
    this.heardAt = Date.now();
    this.#become("live");
    const topics = [...this.#topics.keys()];
    for (let at = 0; at < topics.length; at += 20) {
      this.#say("subscribe", topics.slice(at, at + 20));
    }
    if (again) this.dispatchEvent(new Event("reconnect"));
  }

  #hear(data) {
    this.heardAt = Date.now();
    if (data === "pong") return;
    const message = JSON.parse(data);
    if (message.table) return this.#deliver(message);
    if (message.event === "login" && !message.errorCode) this.#live();
  }

  #deliver({ table, data }) {
    for (const row of data) {
      for (const scope of [row.symbol, ...WHOLE_ACCOUNT]) {
        for (const listener of this.#topics.get(`${table}:${scope}`) ?? []) listener(row, table);
      }
    }
  }

  #later() {
    this.#become(this.#wasLive ? "offline" : "connecting");
    clearTimeout(this.#timer);
    // Half of the wait is chance, so that a restart is not met by everybody at once.
    this.#timer = setTimeout(() => this.#connect(), this.#wait * (0.5 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  #connectNow() {
    if (this.#socket || this.state === "live") return;
    this.#wait = FIRST_WAIT;
    this.#connect();
  }

  #keepAlive() {
    if (this.state !== "live") return;
    if (Date.now() - this.heardAt > SILENT_AFTER) this.#socket.close();
    else this.#socket.send("ping");
  }

  #become(state) {
    if (this.state === state && state !== "live") return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}
