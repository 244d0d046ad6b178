// A paper is saved, or let go of, where it stands. Without this file, and when the site does not answer as expected, the page comes anew.
for (const form of document.querySelectorAll('[data-behaviour="keep"]')) {
  const show = (paper, isKept) => {
    for (const button of document.querySelectorAll(`button.keep[value="${CSS.escape(paper)}"]`)) {
      button.name = isKept ? "remove" : "save";
      button.setAttribute("aria-pressed", String(isKept));
      button.textContent = isKept ? form.dataset.saved : form.dataset.save;
    }
  };
  const underWay = new Set();
  form.addEventListener("submit", async (event) => {
    const { name, value } = event.submitter ?? {};
    if (!name) return;
    event.preventDefault();
    if (underWay.has(value)) return;
    underWay.add(value);
    const body = new FormData(form);
    body.set(name, value);
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      const found = await answer.json();
      if (found.address) location.href = found.address;
      else show(value, found.kept);
    } catch {
      const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
      form.append(field);
      form.submit();
    } finally {
      underWay.delete(value);
    }
  });
}
