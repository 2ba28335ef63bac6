/* The orders page: cancel one or all, then show the page as it is now. */

import { RequestFailed, ask, toast } from "./page.js";

function explain(error) {
  const told = error instanceof RequestFailed ? error.message : "";
  toast(told || gettext("The exchange could not be reached. Reload the page before you try again."), "error");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-cancel], #cancel-all");
  if (!button) return;
  button.disabled = true;
  try {
    if (button.id === "cancel-all") await ask(button.dataset.url, { symbol: button.dataset.symbol });
    else await ask(button.dataset.cancel, {});
    location.reload();
  } catch (error) {
    button.disabled = false;
    explain(error);
  }
});
