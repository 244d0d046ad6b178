// In a list of cases "j" and "k" go to the next and the one before, unless somebody is typing.
for (const list of document.querySelectorAll('[data-behaviour="case-keys"]')) {
  const heads = [...list.querySelectorAll("h2")];
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (typing || !["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    const here = heads.findIndex((head) => head.closest("li").contains(document.activeElement));
    const next = event.key === "j" ? here + 1 : Math.max(here - 1, 0);
    heads[Math.min(next, heads.length - 1)]?.focus();
  });
}
