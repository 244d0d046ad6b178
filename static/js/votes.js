// A vote is counted where it is given, without a new page. Without this file the form brings one.
for (const form of document.querySelectorAll('[data-behaviour="votes"]')) {
  let alone = false;
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (alone || !button) return;
    event.preventDefault();
    const body = new FormData(form, button);
    body.set("piece", "1");
    const votes = button.parentElement;
    const place = [...votes.children].indexOf(button);
    try {
      const answer = await fetch(button.formAction, { method: "POST", body, redirect: "error" });
      if (!answer.ok) throw new Error(answer.status);
      const made = document.createElement("div");
      made.innerHTML = await answer.text();
      const fresh = made.firstElementChild;
      votes.replaceWith(fresh);
      fresh.children[place]?.focus();
    } catch {
      alone = true; // as it would go without a script: the next page says what is wrong
      form.requestSubmit(button);
    }
  });
}
