// "Which one for me?": asks, has authlab.advise compute, and shows its answer.
(() => {
  "use strict";
  const { data, say, named, list, significant, interval, make, table, place, settings, read, write, advise } = authlab;
  const which = data.which;
  if (!which || !document.getElementById("which")) return;

  const delays = [0, 1, 60, 900, 43200]; // seconds
  const failures = ["nothing", "requests", "logins"];
  const most = (of) => Math.max(...which.schemes.map(of));
  const users = most((s) => s.memory ? s.memory.users : 0);
  const fields = [
    { key: "rate", byDefault: 1000, step: "any" },
    { key: "replicas", byDefault: Math.min(4, which.replicas), step: 1 },
    { key: "users", byDefault: users || 1000, step: 1 },
    { key: "delay", byDefault: 0, options: delays },
    { key: "failure", byDefault: "requests", options: failures },
    { key: "distance", byDefault: 0, step: "any" },
    { key: "claims", byDefault: 200, step: 1 },
  ];
  const keys = fields.map((f) => f.key);

  const time = (s) => s === 0 ? say("which.at-once") : s < 60 ? say("which.seconds", { n: s })
    : s < 3600 ? say("which.minutes", { n: s / 60 }) : say("which.hours", { n: s / 3600 });
  const whole = (v) => String(Math.round(v)).replace(/\B(?=(\d{3})+$)/g, ",");
  const bytes = (v) => {
    const units = ["B", "kB", "MB", "GB", "TB"];
    const i = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, Math.abs(v))) / 3)));
    return significant(v / 1000 ** i) + "\u00a0" + units[i];
  };
  // about is a rate of requests with two digits, rounded down: an interval knows no more.
  const about = (v) => {
    const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, v))) - 1);
    return whole(Math.floor(v / unit) * unit);
  };
  const shown = { time, rate: about };
  const spoken = ([key, args]) => say(key, Object.fromEntries(Object.entries(args).map(([name, v]) =>
    [name, typeof v === "number" ? (shown[name] ?? whole)(v) : v])));

  // bar is a figure with its interval, on the scale of its column.
  const bar = (e, top) => {
    const x = (v) => 2 + 96 * Math.max(0, v) / top;
    return make("svg", { class: "bar", viewBox: "0 0 100 12", "aria-hidden": "true" },
      make("path", { class: "track", d: "M2 11.5H98" }),
      make("path", { class: "whisker", d: `M${x(e.low)} 6H${x(e.high)}M${x(e.low)} 2V10M${x(e.high)} 2V10` }),
      make("circle", { cx: x(e.center), cy: 6, r: 3 }));
  };

  const asked = () => Object.fromEntries(fields.map((f) => {
    const v = settings.has(f.key) ? settings.get(f.key) : f.byDefault;
    return [f.key, f.key === "failure" ? v : Number(v)];
  }));

  const field = (f, changed) => {
    const id = "which-" + f.key;
    const value = String(settings.get(f.key) ?? f.byDefault);
    const input = f.options
      ? make("select", { id }, ...f.options.map((o) => make("option", { value: o },
        f.key === "delay" ? time(o) : say("which.failure-" + o))))
      : make("input", { id, type: "number", inputmode: "decimal", min: f.key === "distance" ? 0 : 1, step: f.step });
    input.value = value;
    input.addEventListener("input", () => {
      if (input.value === String(f.byDefault)) settings.delete(f.key); else settings.set(f.key, input.value);
      changed();
    });
    const asks = make("span", {}, make("label", { for: id }, say("which.ask-" + f.key)));
    const faults = f.key === "failure" && document.getElementById("incident");
    if (faults) asks.append(" ", make("a", { href: "#incident" }, say("page.evidence")));
    return make("p", { class: "field" }, asks, input);
  };

  const headline = (a) => {
    if (a.refused) return [spoken(a.refused)];
    const open = a.rows.filter((r) => r.reasons.length === 0 && r.refused.length > 0);
    const lines = [];
    if (a.best.length === 1) {
      const others = a.full.length ? list(a.full) : "";
      lines.push(say("which.answer-" + a.by, { scheme: a.best[0], others }));
    } else if (a.best.length > 1) {
      lines.push(say(which.unranked ? "which.answer-unranked" : "which.answer-few", { schemes: list(a.best) }));
    } else if (open.length === 0) lines.push(say("which.answer-none"));
    for (const r of open) lines.push(say("which.open", { scheme: r.scheme, why: r.refused.map(spoken).join(" ") }));
    return lines;
  };

  const caveats = (a) => a.best.map((name) => {
    const all = data.schemes.find((s) => s.name === name)?.caveats ?? [];
    const what = all.map((text) => named(text, text)).join("; ");
    return make("p", { class: "note" }, say("which.mind", { scheme: name, what }));
  });

  // unbroken keeps the two ends of an interval on one line.
  const unbroken = (text) => text.replace(/\[(\S+) (\S+)\]/, "[$1\u00a0$2]");
  const cells = (r, top) => {
    const least = (text, more = r.least) => unbroken(more ? say("which.at-least", { figure: text }) : text);
    const memory = r.memory && [["which.in-replicas", r.memory.replicas], ["which.in-store", r.memory.store]]
      .filter(([, e]) => e).map(([key, e]) => say(key, { bytes: interval(e, bytes) })).join(", ");
    return [
      r.scheme,
      r.cores ? [bar(r.cores, top), least(interval(r.cores))] : say("which.unmeasured"),
      r.added ? least(interval(r.added)) : say("which.unmeasured"),
      r.store ? whole(r.store.commands) : say(r.asks ? "which.unmeasured" : "which.none"),
      r.store?.cores ? least(interval(r.store.cores), r.store.least) : say(r.asks ? "which.unmeasured" : "which.none"),
      r.memoryRefused ? spoken(r.memoryRefused) : memory || say(r.memory ? "which.none" : "which.unmeasured"),
      r.waitRefused ? spoken(r.waitRefused) : r.wait?.center ? unbroken(interval(r.wait)) : "0",
    ];
  };

  const change = ([key, args, then]) => {
    const what = then === null ? "" : then.length ? list(then) : say("which.nothing-fits");
    return make("li", {}, spoken([key, { ...args, then: what }]));
  };

  const columns = ["scheme", "cores", "added", "commands", "store-cores", "logins", "wait"];
  const figures = (fitting) => {
    const top = Math.max(1e-9, ...fitting.map((r) => r.cores ? r.cores.high : 0));
    return table(columns.map((c) => say("which.head-" + c)), fitting.map((r) => cells(r, top)),
      columns.map((c) => c !== "scheme" && c !== "logins"));
  };

  const note = (key) => make("p", { class: "note" }, say(key));
  const show = (output) => {
    const a = advise(which, asked(), delays);
    output.replaceChildren(make("div", { class: "answer", role: "status" },
      ...headline(a).map((line) => make("p", {}, line))), ...caveats(a));
    const fitting = a.rows.filter((r) => r.reasons.length === 0);
    const others = a.rows.filter((r) => r.reasons.length > 0);
    if (a.changes.length) {
      output.append(make("p", {}, say("which.would-change")), make("ul", {}, ...a.changes.map(change)));
    }
    if (fitting.length) {
      output.append(figures(fitting));
      if (fitting.some((r) => r.least)) {
        output.append(note(which.schemes.some((s) => s.load.length > 1) ? "which.note-load" : "which.note-full"));
      }
      if (fitting.some((r) => r.modelled && r.cores)) output.append(note("which.note-model"));
    }
    if (others.length) {
      output.append(make("p", {}, say("which.unfit")), make("ul", {}, ...others.map((r) =>
        make("li", {}, say("which.unfit-scheme", { scheme: r.scheme, why: r.reasons.map(spoken).join(" ") })))));
    }
  };

  const mount = () => {
    const live = place("which");
    if (!live) return;
    const output = make("div", { class: "result" });
    const form = make("form", { "aria-label": say("which.form") });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.append(...fields.map((f) => field(f, () => { write(keys); show(output); })));
    live.append(form, output);
    show(output);
  };

  read(keys);
  mount();
  document.addEventListener("language", mount);
  addEventListener("hashchange", () => {
    if (read(keys)) mount(); else write(keys);
  });
})();
