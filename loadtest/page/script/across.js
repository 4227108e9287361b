// Compares two runs by their member "comparable" in report.json, as `authlab compare` does. Only ratios that a run
// established within itself are compared. A sentence is [key, arguments].
authlab.across = (() => {
  "use strict";
  const known = (e) => e.n > 0;

  // refusal says why two runs cannot be compared; null where they can.
  const refusal = (before, after) => {
    for (const run of [before, after]) {
      if (run.cannot) return ["across.refused", { run: run.run, why: run.cannot }];
    }
    for (const b of before.must_agree) {
      const a = after.must_agree.find((t) => t.key === b.key && t.value !== b.value);
      if (!a) continue;
      const [key, role] = b.key.split(" ");
      return [key, { before: b.value, after: a.value, role }];
    }
    return null;
  };

  const warnings = (before, after) => {
    const all = [];
    for (const b of before.told) {
      const a = after.told.find((t) => t.key === b.key);
      const unknown = ["across.unknown", {}];
      if (a.value !== b.value) {
        all.push(["across.differs", { what: [b.key, {}], before: b.value || unknown, after: a.value || unknown }]);
      }
    }
    if (before.digest && before.digest === after.digest) all.push(["across.same-run", {}]);
    for (const run of [before, after]) if (run.uncommitted) all.push(["across.uncommitted", { run: run.run }]);
    if (before.plan === after.plan && before.plan_sha256 !== after.plan_sha256) all.push(["across.same-name", {}]);
    return all;
  };

  // change is how a figure changed. It is different only where the intervals do not touch, and by more than one and the
  // same program did; never where the servers were started too few times.
  const change = (b, a) => {
    const single = Boolean(b.of.why || a.of.why);
    const center = a.of.center / b.of.center;
    const low = single ? center : a.of.low / b.of.high, high = single ? center : a.of.high / b.of.low;
    const ratio = { center, low, high, single };
    const once = b.once || a.once;
    const apart = !single && (ratio.low > 1 || ratio.high < 1);
    const different = !once && apart && Math.abs(center - 1) > Math.max(b.floor, a.floor);
    const figure = (e) => ({ center: e.center, low: e.low, high: e.high, single: Boolean(e.why) });
    const of = { key: b.key, figure: b.figure, scheme: b.scheme };
    return { ...of, old: figure(b.of), new: figure(a.of), ratio, once, different };
  };

  const across = (before, after) => {
    const refused = refusal(before, after);
    if (refused) return { refused };
    const changes = [], alone = [];
    const pair = (f, other) => {
      const o = other.figures.find((g) => g.key === f.key && g.scheme === f.scheme);
      return o && known(f.of) && known(o.of) ? o : null;
    };
    const miss = (f) => {
      if (!alone.some((o) => o.figure === f.figure && o.scheme === f.scheme)) alone.push(f);
    };
    for (const b of before.figures) {
      const a = pair(b, after);
      if (a) changes.push(change(b, a)); else miss(b);
    }
    for (const a of after.figures) if (!pair(a, before)) miss(a);
    if (changes.length === 0) return { refused: ["across.nothing", {}] };
    return { warnings: warnings(before, after), changes, alone };
  };
  return across;
})();
