// "/" puts the cursor into the search box, unless somebody is typing.
for (const box of document.querySelectorAll('[data-behaviour="slash-focus"]')) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}
