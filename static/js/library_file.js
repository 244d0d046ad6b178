// A file that is being read: says every two seconds how far it is. Without this file a link does.
for (const part of document.querySelectorAll('[data-behaviour="library-file"][data-waiting]')) {
  const look = async () => {
    try {
      const answer = await fetch(location.pathname);
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector('[data-behaviour="library-file"]');
      if (!answer.ok || !found) return;
      if (!("waiting" in found.dataset)) return location.reload();
      part.replaceChildren(...found.childNodes);
    } catch { /* the site is away for a moment: it is asked again */ }
    setTimeout(look, 2000);
  };
  setTimeout(look, 2000);
}
