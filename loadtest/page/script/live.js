// What the scripts of a page share: its data, its words, figures as the rest of the page prints them, and the settings
// in its address.
const authlab = (() => {
  "use strict";
  const data = JSON.parse(document.getElementById("report").textContent);
  const words = JSON.parse(document.getElementById("words").textContent);

  // kept keeps figures with their units in one line, as the rest of the page does.
  const kept = (text) => text.replace(/(\d|\]) (ns|µs|ms|s|min|h|B|kB|MB|GB|TB|KiB|MiB|GiB|cores?|%|×)(?![A-Za-z])/g, "$1\u00a0$2");

  // say is a sentence in the language that is shown, with {name} replaced by the arguments; without such a sentence it
  // is the text that stands for it.
  const say = (key, args = {}, text = key) => {
    const sentence = (words[document.documentElement.lang] || {})[key] ?? Object.values(words)[0][key] ?? text;
    return kept(sentence.replace(/\{([a-z]+)\}/g, (all, name) => name in args ? args[name] : all));
  };
  // named is a name that the page has in several languages, or else the text that stands for it.
  const named = (key, text) => say("name " + key, {}, text);
  const list = (items) => items.reduce((first, last) => say("live.and", { first, last }));

  // significant prints three digits, at least.
  const significant = (v) => v === 0 ? "0" : v.toFixed(Math.max(0, 2 - Math.floor(Math.log10(Math.abs(v)))));
  const interval = (e, print = significant) => e.single ? print(e.center)
    : `${print(e.center)} [${print(e.low)} ${print(e.high)}]`;

  // make is an element: its attributes, then its children. Texts stay texts.
  const make = (tag, attributes = {}, ...children) => {
    const e = tag === "svg" || tag === "path" || tag === "circle"
      ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    e.append(...children);
    return e;
  };

  // table is as the page's own are: a head, and rows of texts or elements. Numbers says which columns are.
  const table = (head, rows, numbers = []) => make("div", { class: "scroll", tabindex: 0 }, make("table", {},
    make("thead", {}, make("tr", {},
      ...head.map((h, i) => make("th", { scope: "col", class: numbers[i] ? "n" : "" }, h)))),
    make("tbody", {}, ...rows.map((cells) => make("tr", {},
      ...cells.map((c, i) => make("td", { class: numbers[i] ? "n" : "" }, ...[c].flat())))))));

  // place is where a section's live part stands: under its first paragraph.
  const place = (section) => {
    const own = document.getElementById(section);
    if (!own) return null;
    own.querySelector(":scope > .live")?.remove();
    const live = make("div", { class: "live" });
    (own.querySelector(":scope > p") ?? own.firstElementChild).after(live);
    return live;
  };

  // Settings are kept in the address, behind an anchor, both of which may be missing: #which&rate=2000. What is as it
  // is by default is left out, and what other scripts keep there is left alone.
  const settings = new Map();
  const parts = () => location.hash.slice(1).split("&").filter(Boolean);
  const read = (keys) => {
    const found = new URLSearchParams(parts().filter((p) => p.includes("=")).join("&"));
    for (const key of keys) if (found.has(key)) settings.set(key, found.get(key));
    return keys.some((key) => found.has(key));
  };
  const write = (keys) => {
    const kept = parts().filter((p) => !keys.includes(p.split("=")[0]));
    for (const key of keys) {
      if (settings.has(key)) kept.push(key + "=" + encodeURIComponent(settings.get(key)).replaceAll("%2C", ","));
    }
    const hash = kept.length ? "#" + kept.join("&") : "";
    if (hash !== location.hash) history.replaceState(null, "", hash || location.pathname + location.search);
  };

  return { data, say, named, list, significant, interval, make, table, place, settings, read, write };
})();
