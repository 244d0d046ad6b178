// A form saves itself while somebody types, and shows the text as it will look. Without this file both are done by buttons.
for (const form of document.querySelectorAll('[data-behaviour="kept-form"]')) {
  const part = (name) => form.querySelector(`[data-part="${name}"]`);
  const after = (waitMs, act) => {
    let timer;
    return () => { clearTimeout(timer); timer = setTimeout(act, waitMs); };
  };
  let leaving = new AbortController();
  const post = (address) => fetch(address, { method: "POST", body: new FormData(form), signal: leaving.signal, redirect: "error" });
  const keep = after(2000, async () => {
    const said = part("saved");
    try {
      const answer = await post(form.dataset.keep);
      said.textContent = answer.ok ? said.dataset.saved.replace("{time}", new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" })) : said.dataset.unsaved;
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = said.dataset.unsaved;
    }
  });
  const preview = part("preview");
  let asked = 0; // answers may overtake each other: only the last one asked for is shown
  const show = async () => {
    const turn = ++asked;
    try {
      const answer = await post(form.dataset.preview);
      const into = part("preview-text");
      const found = await answer.text();
      if (answer.ok && turn === asked) into.innerHTML = found || into.dataset.empty;
      return answer.ok;
    } catch {
      return false;
    }
  };
  let alone = false; // the preview did not come: the form goes as it would without a script
  const showSoon = after(400, show);
  form.addEventListener("input", () => { keep(); if (!preview.hidden) showSoon(); });
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.value === "preview" && !alone) {
      event.preventDefault();
      preview.hidden = false;
      if (!(await show())) {
        alone = true;
        form.requestSubmit(event.submitter);
        return;
      }
      preview.focus();
      preview.scrollIntoView({ block: "nearest" });
      return;
    }
    leaving.abort(); // a draft under way must not come after what is sent now
  });
  // Back from the next page: the form may save itself again.
  addEventListener("pageshow", () => { leaving = new AbortController(); });
}
