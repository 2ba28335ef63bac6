/* A form that was touched says so, and the browser asks before it is left unsaved. */

export function startEditor() {
  const form = document.querySelector("[data-editor]");
  if (!form) return;
  const says = form.querySelector("[data-unsaved]");
  let touched = false;

  function warn(event) {
    event.preventDefault();
  }

  form.addEventListener("input", () => {
    if (touched) return;
    touched = true;
    if (says) says.hidden = false;
    addEventListener("beforeunload", warn);
  });
  form.addEventListener("submit", () => removeEventListener("beforeunload", warn));
}
