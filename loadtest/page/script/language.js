// The page holds each language once: one in <main>, the others in a <template lang>. A button of class "language" swaps
// them. What has been typed or opened, the focus and the place that is read are carried over. Parts of the page that need
// a script listen for "language" on document, because the elements of another language only then become part of it.
(() => {
  "use strict";
  const root = document.documentElement;
  const main = document.querySelector("main");
  const first = root.lang;
  const contents = new Map(); // of the languages that are not shown
  for (const t of document.querySelectorAll("template[lang]")) contents.set(t.lang, t.content);

  // The hash is an anchor and settings, each of which may be missing: #costs&lang=ko.
  const parts = () => location.hash.slice(1).split("&").filter(Boolean);
  const anchor = () => parts().find((part) => !part.includes("="));
  const chosen = () => new URLSearchParams(parts().join("&")).get("lang");

  const note = () => {
    const kept = parts().filter((part) => !part.startsWith("lang="));
    if (chosen() || root.lang !== first) kept.push("lang=" + root.lang);
    const hash = kept.length ? "#" + kept.join("&") : "";
    if (hash !== location.hash) history.replaceState(null, "", hash || location.pathname + location.search);
  };

  const all = (selector) => [...main.querySelectorAll(selector)];
  const focusable = "a[href], button, input, select, textarea, summary, [tabindex]";

  // place is the last element with an id that begins above the middle of the window, and how much of it is above its top.
  const place = () => {
    if (scrollY === 0) return null;
    const read = all("[id]").filter((e) => e.getClientRects().length && e.getBoundingClientRect().top < innerHeight / 2).pop();
    if (!read) return null;
    const box = read.getBoundingClientRect();
    return { id: read.id, above: box.top > 0 ? box.top : box.top / box.height };
  };
  const comeBack = (to) => {
    const box = to && document.getElementById(to.id)?.getBoundingClientRect();
    if (box) scrollBy({ top: box.top - (to.above > 0 ? to.above : to.above * box.height), behavior: "instant" });
  };

  const show = (lang) => {
    if (lang === root.lang || !contents.has(lang)) return;
    const from = place();
    const focused = all(focusable).indexOf(document.activeElement);
    const open = all("details").map((d) => d.open);
    const typed = all("input, select, textarea").map((field) => [field.value, field.checked]);

    const old = document.createDocumentFragment();
    old.append(...main.childNodes);
    contents.set(root.lang, old);
    main.append(contents.get(lang));
    contents.delete(lang);
    root.lang = lang;
    document.title = main.querySelector("h1").textContent;
    reveal();

    all("details").forEach((d, i) => { d.open = open[i]; });
    all("input, select, textarea").forEach((field, i) => { [field.value, field.checked] = typed[i]; });
    document.dispatchEvent(new CustomEvent("language", { detail: lang }));
    if (focused >= 0) all(focusable)[focused]?.focus({ preventScroll: true });
    comeBack(from);
  };

  const reveal = () => {
    for (const button of all("button.language")) button.hidden = false; // without a script it would do nothing
  };
  const follow = () => {
    show(chosen() ?? root.lang);
    note();
    if (anchor() && location.hash !== "#" + anchor()) document.getElementById(anchor())?.scrollIntoView();
  };

  main.addEventListener("click", (event) => {
    const button = event.target.closest("button.language");
    if (!button) return;
    show(button.lang);
    note();
  });
  addEventListener("hashchange", follow);
  reveal();
  follow();
})();
