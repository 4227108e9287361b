// Which scheme fits, and what it takes: a function of what a run measured (the member "which" of report.json) and of
// what is asked. A figure is {center, low, high}; single says that it has no interval. What lies outside of the measured
// range is refused, with the range. Reasons are [key, arguments].
authlab.advise = (() => {
  "use strict";
  const severity = { nothing: 0, requests: 1, logins: 2 };
  const figure = (e) => ({ center: e.center, low: e.low, high: e.high, single: Boolean(e.why) || e.low === undefined });
  const times = (e, k) => ({ ...e, center: e.center * k, low: e.low * k, high: e.high * k });
  const product = (a, b) => {
    const ends = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    return { center: a.center * b.center, low, high, single: a.single && b.single };
  };

  // between is the figure at x on the straight lines between points that were measured; null outside of them.
  const between = (points, x, at, of) => {
    for (let i = 0; i < points.length; i++) {
      if (at(points[i]) === x) return figure(of(points[i]));
      if (i === 0 || at(points[i - 1]) > x || x > at(points[i])) continue;
      const t = (x - at(points[i - 1])) / (at(points[i]) - at(points[i - 1]));
      const [a, b] = [figure(of(points[i - 1])), figure(of(points[i]))];
      const mix = (end) => a[end] + t * (b[end] - a[end]);
      return { center: mix("center"), low: mix("low"), high: mix("high"), single: a.single || b.single };
    }
    return null;
  };

  // cost is what a request costs a full replica, with tokens of the asked size.
  const cost = (s, ask) => {
    if (s.costs === null || s.costs.length === 0) return { refused: ["which.no-cost", {}] };
    const bytes = s.costs[0].claims_bytes === 0 ? 0 : ask.claims;
    const at = (of) => between(s.costs, bytes, (c) => c.claims_bytes, of);
    const cpu = at((c) => c.cpu_us);
    if (cpu === null) {
      const [least, most] = [s.costs[0], s.costs[s.costs.length - 1]].map((c) => c.claims_bytes);
      return { refused: [least === most ? "which.one-size" : "which.range-claims", { least, most }] };
    }
    return { cpu, added: at((c) => c.added_us), ratio: at((c) => c.ratio) };
  };

  // enclosed is by how much more a request costs at a share of the load that saturates. Between two shares that were
  // measured it is what they enclose, with its center on the line over the logarithm of the share.
  const enclosed = (points, share, of) => {
    const above = points.findIndex((p) => p.share >= share * (1 - 1e-9));
    if (above === 0 || points[above].share <= share * (1 + 1e-9)) return figure(of(points[above]));
    const [a, b] = [figure(of(points[above - 1])), figure(of(points[above]))];
    const t = Math.log(share / points[above - 1].share) / Math.log(points[above].share / points[above - 1].share);
    return {
      center: a.center + t * (b.center - a.center), low: Math.min(a.low, b.low), high: Math.max(a.high, b.high),
      single: false,
    };
  };

  // load is by how much more a request costs because a part is not full; least says that it may be more.
  const load = (points, share) => {
    if (share > 1 - 1e-9) return { factor: figure({ center: 1, low: 1, high: 1 }), least: false };
    const least = share < points[0].share * (1 - 1e-9);
    return { factor: enclosed(points, least ? points[0].share : share, (p) => p.ratio), least };
  };

  // added is what authentication adds to a request: as measured where the replicas are not full, or what it adds where
  // they are, as much more as the whole request costs.
  const added = (s, share, full, factor) => {
    if (!s.load[0].added_us || share > 1 - 1e-9) return product(full, factor);
    return enclosed(s.load, Math.max(share, s.load[0].share), (p) => p.added_us ?? full);
  };

  const store = (s, ask, row) => {
    if (!s.store || !s.costs?.length) return; // how often it asks is known with its cost, whatever its token's size
    const commands = ask.rate * s.store.commands_per_request + ask.replicas * s.store.commands_per_s_of_replica;
    row.store = { commands };
    const wait = between(s.store.waits, ask.distance, (w) => w.distance_ms, (w) => w.added_ms);
    const most = s.store.waits[s.store.waits.length - 1].distance_ms;
    if (wait !== null) row.wait = wait;
    else row.waitRefused = [most === 0 ? "which.no-distance" : "which.range-distance", { most }];
    if (!s.store.cpu_us) return;
    const cpu = figure(s.store.cpu_us);
    const busy = times(cpu, ask.rate / 1e6); // where its work is never interrupted
    const { factor, least } = load(s.store.load, busy.center);
    row.store.cores = product(busy, factor);
    row.store.least = least;
    row.store.full = 1e6 / cpu.high; // requests/s from which on one core may not be enough
    if (!s.store.one_thread) return;
    if (busy.low > 1) row.reasons.push(["which.store-full", { rate: row.store.full }]);
    else if (busy.high > 1) row.refused.push(["which.store-unclear", { rate: row.store.full }]);
  };

  const memory = (s, ask, row) => {
    if (!s.memory) return;
    if (ask.users > s.memory.users) {
      row.memoryRefused = ["which.range-users", { most: s.memory.users }];
      return;
    }
    row.memory = {};
    const { replica_bytes: replica, store_bytes: kept } = s.memory;
    const copies = s.memory.in_every_replica ? ask.replicas : 1;
    if (replica) row.memory.replicas = times(figure(replica), ask.users * copies);
    if (kept) row.memory.store = times(figure(kept), ask.users);
  };

  // share is the throughput as a share of the control's: as measured with as many replicas, or what the two nearest
  // sizes enclose.
  const share = (s, ask) => {
    const all = s.share_of_control ?? [];
    const exact = all.find((p) => p.replicas === ask.replicas);
    if (exact) return figure(exact.ratio);
    const above = all.findIndex((p) => p.replicas > ask.replicas);
    if (above < 1) return null;
    const [a, b] = [all[above - 1].ratio, all[above].ratio];
    const [low, high] = [Math.min(a.low, b.low), Math.max(a.high, b.high)];
    return { center: (a.center + b.center) / 2, low, high, single: false };
  };

  const misfits = (s, ask) => {
    const reasons = [];
    if (s.ends_within_s > ask.delay) {
      const setting = s.ends_at_expiry && ask.delay > 0;
      reasons.push([setting ? "which.ends-setting" : "which.ends-late", { time: s.ends_within_s }]);
    }
    if (severity[s.failure] > severity[ask.failure]) reasons.push(["which.fails-" + s.failure, {}]);
    if (s.one_replica_only && ask.replicas > 1) reasons.push(["which.one-replica", {}]);
    if (s.guarantee_broken) reasons.push(["which.broken", {}]);
    return reasons;
  };

  const row = (which, s, ask) => {
    const r = { scheme: s.scheme, reasons: misfits(s, ask), refused: [], asks: Boolean(s.store) };
    if (ask.replicas > s.replicas_by_model) r.refused.push(["which.range-replicas", { most: s.replicas_by_model }]);
    const c = cost(s, ask);
    if (c.refused) r.refused.push(c.refused);
    else {
      const full = ask.replicas * 1e6 / c.cpu.center; // requests/s of as many replicas of one core each
      if (ask.rate > full * (1 + 1e-9)) r.refused.push(["which.range-rate", { most: full }]);
      else {
        const { factor, least } = load(s.load, ask.rate / full);
        r.cores = product(times(c.cpu, ask.rate / 1e6), factor);
        r.added = times(added(s, ask.rate / full, c.added, factor), ask.rate / 1e6);
        r.least = least;
        r.unloaded = least && s.load.length === 1; // measured at saturation only
      }
      r.ratio = c.ratio;
      r.full = full;
    }
    r.modelled = ask.replicas > which.replicas;
    r.share = share(s, ask);
    store(s, ask, r);
    memory(s, ask, r);
    return r;
  };

  // beats reports whether one takes less CPU than the other beyond their intervals: at the asked rate, as it is shown, or
  // at saturation where one of them was measured at nothing else.
  const beats = (a, b) => a.unloaded || b.unloaded ? a.ratio.high < b.ratio.low : a.cores.high < b.cores.low;

  // best are the schemes that fit and that none beats: more than one where the run does not tell them apart. By says
  // where they were compared.
  const best = (which, rows) => {
    const able = rows.filter((r) => r.reasons.length === 0 && r.refused.length === 0);
    const names = (all) => all.map((r) => r.scheme);
    if (able.length < 2) return { best: names(able), by: "only", full: [] };
    if (which.unranked || able.some((r) => r.ratio.single)) return { best: names(able), by: "nothing", full: [] };
    const unbeaten = able.filter((r) => !able.some((other) => beats(other, r)));
    const found = unbeaten.length ? unbeaten : able;
    const full = able.filter((r) => r.unloaded);
    const by = full.length === 0 ? "rate" : found.some((r) => r.unloaded) ? "full" : "both";
    return { best: names(found), by, full: names(full) };
  };

  const answer = (which, ask) => {
    const rows = which.schemes.map((s) => row(which, s, ask));
    return { rows, ...best(which, rows) };
  };

  // changes are the nearest other answers: what would have to be asked for them.
  const changes = (which, ask, now, delays) => {
    const found = [];
    const tries = (values, key, args, own) => {
      for (const value of values) {
        const other = answer(which, { ...ask, [own]: value }).best;
        if (other.join() !== now.join()) {
          found.push([key(value), args(value), other]);
          return;
        }
      }
    };
    const delay = (v) => ({ time: v });
    tries(delays.filter((d) => d > ask.delay), () => "which.change-delay", delay, "delay");
    tries(delays.filter((d) => d < ask.delay).reverse(), () => "which.change-delay", delay, "delay");
    const kinds = Object.keys(severity);
    const own = severity[ask.failure];
    tries(kinds.slice(0, own).reverse(), (v) => "which.change-" + v, () => ({}), "failure");
    tries(kinds.slice(own + 1), (v) => "which.change-" + v, () => ({}), "failure");
    for (const r of answer(which, ask).rows) {
      if (!now.includes(r.scheme) || !r.store?.full || r.store.full <= ask.rate) continue;
      found.push(["which.change-rate", { rate: r.store.full, scheme: r.scheme }, null]);
    }
    return found;
  };

  const advise = (which, ask, delays) => {
    const least = { rate: 1, replicas: 1, users: 1, distance: 0, claims: 1 };
    const bad = Object.keys(least).find((key) => !(ask[key] >= least[key]));
    if (bad) return { refused: ["which.bad-" + bad, {}], rows: [], best: [], changes: [] };
    if (which.refused) return { refused: ["which.refused", { why: which.refused }], rows: [], best: [], changes: [] };
    const now = answer(which, ask);
    return { ...now, changes: changes(which, ask, now.best, delays) };
  };
  return advise;
})();
