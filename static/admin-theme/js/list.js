/* Lists: tick rows (shift for a range), and the bar of actions that appears with the first tick. */

export function startList() {
  const form = document.getElementById("changelist-form");
  const bar = form?.querySelector("[data-actionbar]");
  if (!bar) return;
  const all = form.querySelector("#action-toggle");
  const boxes = [...form.querySelectorAll("input.action-select")];
  let last = -1;

  function show() {
    const ticked = boxes.filter((box) => box.checked).length;
    bar.hidden = ticked === 0;
    bar.querySelector("[data-count]").textContent = ticked;
    if (!all) return;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }

  boxes.forEach((box, index) => {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last >= 0) {
        const [from, to] = [Math.min(last, index), Math.max(last, index)];
        for (const each of boxes.slice(from, to + 1)) each.checked = box.checked;
      }
      last = index;
      show();
    });
  });
  all?.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  show();
}
