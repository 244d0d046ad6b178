// A link to a comment that stands on another page ("#comment-12") leads to the page of its thread.
for (const threads of document.querySelectorAll('[data-behaviour="threads"]')) {
  const wanted = /^#comment-(\d+)$/.exec(location.hash);
  if (wanted && !document.getElementById(wanted[0].slice(1))) location.replace(`${threads.dataset.comments}/${wanted[1]}${wanted[0]}`);
}
