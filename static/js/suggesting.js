// The search box suggests what may be meant while somebody types: a combobox with a list (ARIA 1.2). Enter alone searches, as without this file.
const WAIT_MS = 150;
let made = 0;

for (const form of document.querySelectorAll('[data-behaviour="suggesting"]')) {
  const input = form.querySelector('input[name="q"]');
  const list = document.createElement("div");
  const said = document.createElement("p");
  const known = new Map(); // what was answered before, for going back and forth
  let options = [];
  let chosen = -1;
  let timer;
  let asking = new AbortController();
  let restUntil = 0; // the site asked for a pause, or cannot be reached

  list.id = `suggestions-${++made}`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.label);
  list.hidden = true;
  said.className = "visually-hidden";
  said.setAttribute("role", "status");
  input.after(list, said);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-haspopup", "listbox"], ["aria-controls", list.id], ["aria-expanded", "false"]]) input.setAttribute(name, value);

  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    choose(-1);
  };
  const open = () => {
    if (!options.length || document.activeElement !== input) return;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  };
  const choose = (n) => {
    options[chosen]?.setAttribute("aria-selected", "false");
    chosen = n;
    if (n < 0) return input.removeAttribute("aria-activedescendant");
    options[n].setAttribute("aria-selected", "true");
    options[n].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[n].id);
  };
  const go = (option) => { location.href = option.dataset.address; };

  const element = (kind, words, name) => {
    const one = document.createElement(kind);
    one.textContent = words;
    one.className = name;
    return one;
  };
  const show = (found) => {
    close();
    options = [];
    list.replaceChildren(...found.groups.map((group, n) => {
      const part = document.createElement("div");
      const heading = element("div", group.name, "suggestions-name");
      heading.id = `${list.id}-${n}`;
      heading.setAttribute("role", "presentation");
      part.setAttribute("role", "group");
      part.setAttribute("aria-labelledby", heading.id);
      part.append(heading, ...group.items.map((item) => {
        const option = element("div", "", "suggestions-item");
        option.id = `${list.id}-option-${options.length}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.address = item.address;
        option.append(element("span", item.label, "suggestions-words"), " ", element("span", item.note, "suggestions-note"));
        options.push(option);
        return option;
      }));
      return part;
    }));
    said.textContent = found.said;
    open();
  };
  const ask = async () => {
    const typed = input.value.replace(/^\s+/, "");
    asking.abort();
    if (!typed) return show({ groups: [], said: "" });
    if (known.has(typed)) return show(known.get(typed));
    if (Date.now() < restUntil) return close();
    asking = new AbortController();
    try {
      const answer = await fetch(`${form.dataset.suggest}?${new URLSearchParams({ q: typed })}`, { signal: asking.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) {
        restUntil = Date.now() + 1000 * (Number(answer.headers.get("Retry-After")) || 30);
        return close();
      }
      const found = await answer.json();
      known.set(typed, found);
      if (input.value.replace(/^\s+/, "") === typed) show(found);
    } catch (error) {
      if (error.name !== "AbortError") {
        restUntil = Date.now() + 30_000;
        close();
      }
    }
  };

  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (event.isComposing) return; // pinyin on its way to characters
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("compositionend", () => { clearTimeout(timer); timer = setTimeout(ask, WAIT_MS); });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const isOpen = !list.hidden;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (!isOpen) return options.length ? open() : ask();
      if (event.altKey) return step < 0 ? close() : undefined;
      // From the last on to the box itself, and round.
      choose(((chosen + 1 + step + options.length + 1) % (options.length + 1)) - 1);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault(); // else the browser would empty the box
      close();
    } else if (event.key === "Enter" && isOpen && chosen >= 0) {
      event.preventDefault();
      go(options[chosen]);
    } else if (event.key === "Enter" || event.key === "Tab") {
      clearTimeout(timer);
      asking.abort();
      close();
    }
  });
  input.addEventListener("blur", () => { clearTimeout(timer); close(); });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option) go(option);
  });
}
