/* The box at the top also knows the screens: what is typed is looked up in the menu, and Enter on a
   chosen one opens it. With none chosen Enter asks the server, as it does without this script. */

const MOST = 8;
const plain = (text) => text.trim().toLocaleLowerCase();

function screens() {
  const seen = new Map();
  for (const link of document.querySelectorAll(".desk ul a:not([data-letter])")) {
    if (seen.has(link.href)) continue;
    const desk = link.closest(".desk").querySelector("summary span").textContent;
    const name = link.querySelector("span").textContent;
    seen.set(link.href, { href: link.href, name, desk, sought: plain(`${name} ${desk}`) });
  }
  return [...seen.values()];
}

function option(screen, index) {
  const line = document.createElement("li");
  line.id = `finder-screen-${index}`;
  line.setAttribute("role", "option");
  line.setAttribute("aria-selected", "false");
  line.dataset.href = screen.href;
  for (const words of [screen.name, screen.desk]) {
    const part = document.createElement("span");
    part.textContent = words;
    line.append(part);
  }
  return line;
}

export function startFinder() {
  const box = document.getElementById("finder");
  const list = document.getElementById("finder-screens");
  if (!box || !list) return;
  const known = screens();
  let chosen = -1;

  function show(found) {
    chosen = -1;
    box.removeAttribute("aria-activedescendant");
    list.replaceChildren(...found.map(option));
    list.hidden = found.length === 0;
    box.setAttribute("aria-expanded", String(found.length > 0));
  }

  function choose(step) {
    const lines = [...list.children];
    const places = lines.length + 1; // one of them is none
    chosen = ((chosen + 1 + step + places) % places) - 1;
    lines.forEach((line, index) => line.setAttribute("aria-selected", String(index === chosen)));
    if (chosen < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", lines[chosen].id);
  }

  box.addEventListener("input", () => {
    const words = plain(box.value).split(/\s+/).filter(Boolean);
    const found = words.length ? known.filter((each) => words.every((word) => each.sought.includes(word))) : [];
    show(found.slice(0, MOST));
  });
  box.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const acts = { ArrowDown: () => choose(1), ArrowUp: () => choose(-1), Escape: () => show([]) };
    if (event.key === "Enter" && chosen >= 0) acts.Enter = () => location.assign(list.children[chosen].dataset.href);
    if (!(event.key in acts)) return;
    event.preventDefault();
    acts[event.key]();
  });
  // The press, not the click: by then the box has lost the focus and the list is gone.
  list.addEventListener("mousedown", (event) => {
    const line = event.target.closest("li");
    if (line && event.button === 0) location.assign(line.dataset.href);
  });
  box.addEventListener("blur", () => show([]));
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    box.select();
  });
}
