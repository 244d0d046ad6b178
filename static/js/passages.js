// Words selected in the abstract can be commented on. Without this file the box has a field for them.
for (const link of document.querySelectorAll('[data-behaviour="passages"]')) {
  const text = document.getElementById(link.dataset.of);
  const longest = 500; // what the box takes
  const address = link.href;
  document.addEventListener("selectionchange", () => {
    const chosen = document.getSelection();
    const words = chosen.toString().replace(/\s+/g, " ").trim();
    const isWithin = chosen.rangeCount > 0 && text?.contains(chosen.getRangeAt(0).commonAncestorContainer);
    link.hidden = !isWithin || words.length < 3 || words.length > longest;
    if (!link.hidden) link.href = `${address}?kind=question&passage=${encodeURIComponent(words)}`;
  });
}
