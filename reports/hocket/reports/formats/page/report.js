/* The page: which failure is open, and the keys. */

(() => {
  const DATA = JSON.parse(document.getElementById("data").textContent);
  const failures = [...document.querySelectorAll("details.failure")];
  const pictures = new Map();

  function open(details) {
    const host = details.querySelector(".picture");
    if (host && !pictures.has(details)) pictures.set(details, new Picture(host, DATA.pictures[host.dataset.picture - 1]));
  }

  /* The failure that the keys are for: the one that was opened or touched last. */
  let current = failures.find((details) => details.open);

  function turnTo(details) {
    details.open = true;
    current = details;
    open(details);
  }

  for (const details of failures) {
    details.addEventListener("toggle", () => { if (details.open) turnTo(details); });
    details.addEventListener("pointerdown", () => { current = details; });
    details.addEventListener("focusin", () => { current = details; });
    const copy = details.querySelector(".copy");
    copy.addEventListener("click", () => copyText(copy));
  }

  async function copyText(button) {
    const code = button.previousElementSibling;
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    let done = false;
    try { await navigator.clipboard.writeText(code.textContent); done = true; } catch { done = document.execCommand("copy"); }
    button.textContent = done ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  }

  function followHash() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && failures.includes(target)) { turnTo(target); target.scrollIntoView(); }
  }

  const find = document.getElementById("find");

  function nextFailure(by) {
    if (!failures.length) return;
    const at = failures.indexOf(current);
    const next = failures[(at + by + failures.length) % failures.length];
    turnTo(next);
    next.scrollIntoView();
    next.querySelector("summary").focus({ preventScroll: true });
  }

  const KEYS = {
    j: (p) => p.move(1), k: (p) => p.move(-1), n: (p) => p.jump(1), p: (p) => p.jump(-1),
    g: (p) => p.select(p.board.rows[0]), G: (p) => p.select(p.board.rows.at(-1)),
    c: (p) => p.toggle("causal"), s: (p) => p.toggle("everyStep"), v: (p) => { if (p.passing) p.toggle("beside"); },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input[type=search], textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.getElementById("keys").open) return;
    const picture = pictures.get(current);
    if (KEYS[event.key] && picture) KEYS[event.key](picture);
    else if (event.key === "]") nextFailure(1);
    else if (event.key === "[") nextFailure(-1);
    else if (event.key === "/" && find) find.focus();
    else if (event.key === "?") document.getElementById("keys").showModal();
    else return;
    event.preventDefault();
  });

  addEventListener("hashchange", followHash);
  let resized = 0;
  addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => pictures.forEach((picture, details) => { if (details.open) picture.redraw(); }), 150);
  });
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = failures.filter((details) => !details.open);
    for (const details of closed) { details.open = true; open(details); }
  });
  addEventListener("afterprint", () => { for (const details of closed) details.open = false; });

  if (current) open(current);
  followHash();
  document.documentElement.dataset.ready = "yes";
  performance.mark("ready");
})();
