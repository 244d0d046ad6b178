// Who follows the link of a notice has read it: the form beside it is sent on the way.
for (const notice of document.querySelectorAll('[data-behaviour="mark-read"]')) {
  const form = notice.querySelector("form");
  notice.addEventListener("click", (event) => {
    if (form && event.target instanceof Element && event.target.closest("a")) navigator.sendBeacon(form.action, new FormData(form));
  });
}
