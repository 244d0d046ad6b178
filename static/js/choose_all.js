// One box ticks all papers of a page. Without this file it is not shown.
for (const form of document.querySelectorAll('[data-behaviour="choose-all"]')) {
  const boxes = [...form.querySelectorAll('input[name="paper"]')];
  const tick = form.querySelector('[data-part="tick"]');
  const show = () => {
    const n = boxes.filter((box) => box.checked).length;
    tick.checked = n === boxes.length;
    tick.indeterminate = n > 0 && n < boxes.length;
  };
  form.querySelector('[data-part="all"]').hidden = false;
  tick.addEventListener("change", () => boxes.forEach((box) => { box.checked = tick.checked; }));
  form.addEventListener("change", (event) => { if (event.target.name === "paper") show(); });
  show();
}
