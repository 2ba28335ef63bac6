/* Copy buttons: <button data-copy="id of what to copy" data-copied="Copied" hidden>.

   They stay hidden where the browser can't copy. A list is copied one item a line. */

function textOf(node) {
  const items = [...node.querySelectorAll("li")];
  return items.length ? items.map((item) => item.textContent).join("\n") : node.textContent;
}

async function copy(button) {
  const label = button.firstChild;
  const before = label.textContent;
  await navigator.clipboard.writeText(textOf(document.getElementById(button.dataset.copy)).trim());
  label.textContent = button.dataset.copied;
  button.setAttribute("aria-live", "polite");
  setTimeout(() => { label.textContent = before; }, 2000);
}

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}
