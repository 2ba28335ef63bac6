// The calculator answers while one types. The sum is the server's, by the same rounding as interest.
const form = document.querySelector("[data-calculator]");
const shown = document.getElementById("calculated");
let waiting = 0;
let asked = 0;

async function calculate() {
  const number = ++asked;
  const query = new URLSearchParams(new FormData(form));
  const answer = await fetch(`${location.pathname}?${query}`, { headers: { Accept: "text/html" } });
  if (!answer.ok || number !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("calculated");
  if (fresh) shown.replaceChildren(...fresh.childNodes);
}

if (form && shown) {
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => calculate().catch(() => {}), 250);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    calculate().catch(() => form.submit());
  });
}
