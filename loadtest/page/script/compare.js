// The section "comparison": another run's report.json is chosen, or dropped anywhere on the page, and compared with
// this page's run, the older one first. The file stays in the browser.
(() => {
  "use strict";
  const { data, say, named, list, interval, make, table, place, across } = authlab;
  if (!data.comparable || !document.getElementById("comparison")) return;
  let other = null; // the report that was chosen, or why it is none

  const spoken = ([key, args]) => say(key, Object.fromEntries(Object.entries(args).map(([name, v]) =>
    [name, Array.isArray(v) ? spoken(v) : name === "role" ? say("tier." + v, {}, v) : v])));
  const two = (v) => v.toFixed(2);
  const percent = (v) => (v > 0 ? "+" : "") + Math.round(100 * v) + " %";
  const verdict = (c) => c.different ? make("strong", {}, percent(c.ratio.center - 1))
    : c.once ? say("comparison.once") : "~";

  const said = (x) => {
    const of = x.changes.filter((c) => !c.once).length;
    const different = x.changes.filter((c) => c.different).length;
    const lines = [say("compare.differ", { different, of })];
    if (x.changes.length > of) lines.push(say("compare.started-once", { figures: x.changes.length - of }));
    if (x.alone.length) {
      lines.push(say("compare.alone", {
        figures: x.alone.map((f) => say("figure.alone", { figure: named(f.key, f.figure), scheme: f.scheme })).join(", "),
      }));
    }
    return make("p", {}, lines.join(" "));
  };

  const result = () => {
    if (other === null) return [];
    if (other.wrong) return [make("p", { class: "warning" }, other.wrong)];
    const mine = data.environment.started ?? "", theirs = other.environment?.started ?? "";
    const [before, after] = theirs <= mine ? [other, data] : [data, other];
    const x = across(before.comparable, after.comparable);
    const title = make("p", {}, say("comparison.title", { before: before.run, after: after.run }));
    if (x.refused) return [title, make("p", { class: "warning" }, spoken(x.refused) + ".")];
    const head = ["comparison.figure", "head.scheme", "comparison.before", "comparison.after", "comparison.ratio"];
    return [
      title,
      ...x.warnings.map((w) => make("p", { class: "notice" }, say("comparison.mind", { what: spoken(w) }))),
      said(x),
      table([...head.map((key) => say(key)), ""], x.changes.map((c) => [named(c.key, c.figure), c.scheme,
        interval(c.old, two), interval(c.new, two), interval(c.ratio, two), verdict(c)]),
      [false, false, true, true, true, true]),
      make("p", { class: "note" }, say("comparison.notes")),
    ];
  };

  const mount = () => {
    const live = place("comparison");
    if (!live) return;
    const input = make("input", { type: "file", id: "comparison-file", accept: ".json,application/json" });
    input.addEventListener("change", () => { if (input.files.length) take(input.files[0]); });
    live.append(make("p", { class: "field" }, make("label", { for: input.id }, say("compare.choose")), input),
      make("div", { role: "status", class: "compared" }, ...result()));
  };

  const take = async (file) => {
    try {
      const read = JSON.parse(await file.text());
      other = read?.comparable?.figures ? read : { wrong: say("compare.no-report", { name: file.name }) };
    } catch {
      other = { wrong: say("compare.no-json", { name: file.name }) };
    }
    mount();
    document.querySelector("#comparison .compared").scrollIntoView({ block: "nearest" });
  };

  addEventListener("dragover", (event) => { if (event.dataTransfer?.types.includes("Files")) event.preventDefault(); });
  addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
  mount();
  document.addEventListener("language", mount);
})();
