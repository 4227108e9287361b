// Charts, as SVG. What they show stands in words too, for readers who cannot see them. Colours, sizes and patterns are
// in chart.css: the page's policy allows no style in an element.

import { quantity } from './dom.js';

const svgName = 'http://www.w3.org/2000/svg';

// mark makes an element of SVG.
export function mark(name, attributes = {}, ...children) {
  const made = document.createElementNS(svgName, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children.flat().filter(Boolean));
  return made;
}

// text is a word at a place.
export const text = (x, y, words, attributes = {}) => mark('text', { x, y, ...attributes }, String(words));

// line is a path through points [x, y].
export const line = (points, kind) => mark('polyline', {
  class: kind, points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '),
});

// round is the next number that is easy to read.
export function round(top) {
  const step = 10 ** Math.floor(Math.log10(Math.max(top, 1)));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((by) => by * step).find((v) => v >= top);
}

// counted is a number with its thousands apart.
export const counted = (n) => Math.round(n).toLocaleString('en');

const width = 560, height = 330, left = 100, right = 20, top = 50, bottom = 60;

// raced draws throughput against the number of replicas: a dot for each measurement, and dashed what the model expects.
export function raced(side, race, words) {
  const scale = round(race.top);
  const x = (n) => left + 20 + (width - left - right - 40) * (n - 1) / 7;
  const y = (v) => height - bottom - (height - top - bottom) * v / scale;
  const sizes = [1, 2, 4, 8];
  const mean = (n) => {
    const laps = race.laps.filter((l) => l.replicas === n);
    return laps.length ? laps.reduce((sum, l) => sum + l.perSecond, 0) / laps.length : undefined;
  };
  const done = sizes.filter((n) => mean(n) !== undefined);
  const last = race.laps.at(-1);
  const said = done.map((n) => `${n}: ${counted(mean(n))}`).join(', ');
  const at = race.crossover ? x(Math.min(Math.max(race.crossover, 1), 8)) : undefined;
  const chart = mark('svg', {
    class: `chart side${side}`, viewBox: `0 0 ${width} ${height}`, role: 'img',
    'aria-label': `${words.throughput}. ${words.replicas}: ${said}`,
  },
  text(0, 26, words.throughput),
  mark('path', { class: 'axis', d: `M${left} ${top}V${height - bottom}H${width - right}` }),
  [0, scale].map((v) => text(left - 10, y(v) + 9, counted(v), { class: 'end' })),
  sizes.map((n) => text(x(n), height - bottom + 30, n, { class: 'middle' })),
  text(left, height - 4, words.replicas),
  line(race.most.map((m) => [x(m.replicas), y(m.perSecond)]), 'expected'),
  at && [mark('path', { class: 'here', d: `M${at} ${top}V${height - bottom}` }),
    text(at + 8, top + 20, race.crossover.toFixed(1))],
  done.length > 1 && line(done.map((n) => [x(n), y(mean(n))]), 'measured'),
  race.laps.map((l) => mark('circle', { class: 'dot', cx: x(l.replicas), cy: y(l.perSecond), r: 6 })));
  const sentences = [`${words.replicas}: ${last.replicas}. ${words.throughput}: ${counted(mean(last.replicas))}.`];
  if (race.crossover) sentences.push(`${words.storeused}: ${Math.round(100 * last.store)} %.`);
  const told = document.createElement('p');
  told.className = 'drawn';
  told.textContent = sentences.join(' ');
  const key = document.createElement('p');
  key.className = 'key quiet';
  key.textContent = `● ${words.dots}   - - ${words.expected}`;
  if (race.crossover) key.append(`   ┊ ${words.crossover}: ${race.crossover.toFixed(1)}`);
  return [chart, key, told];
}

const span = 30; // seconds that a live chart shows
const slice = .5; // seconds that a point of it is about

// lastly says in words what a live chart shows last: right answers, the p99 and failures.
export function lastly(points, words) {
  const last = points.at(-1);
  const late = last?.p99 ? quantity(last.p99.toFixed(last.p99 < 10 ? 1 : 0), 'ms') : '–'; // there is none without right answers
  const how = { 'error-timeout': words.timeout }[last?.how]
    ?? (last?.how.startsWith('status-') ? last.how.slice(7) : words.unreached);
  return [
    `${words.throughput}: ${last ? counted(last.right) : '–'}`,
    `${words.p99}: ${late}`,
    `${words.failures}: ${last ? counted(last.failed / slice) : '–'}${last?.how ? ` (${how})` : ''}`,
  ];
}

// lived draws the last half minute: right answers a second, below them the p99, and a tick for each moment in which
// requests failed, the higher the more of them did. Each part is headed by what it shows last. Rate is what is asked for;
// top and slow are the largest values of both sides.
export function lived(side, { points, now, rate, top, slow: slowest }, words) {
  const w = 560, h = 306, l = 100, r = 12;
  const scale = round(top), slow = round(slowest);
  const [throughput, p99, failures] = lastly(points, words);
  const x = (p) => l + (w - l - r) * Math.max(0, 1 - (now - p.at) / span);
  const panel = (from, to, most) => (v) => to - (to - from) * v / most;
  const right = panel(38, 128, scale), late = panel(170, 228, slow);
  const shown = points.filter((p) => now - p.at <= span + 1);
  const failed = shown.filter((p) => p.failed > 0);
  const tall = (p) => 8 + 26 * Math.min(1, p.failed / Math.max(1, rate * slice));
  const label = [throughput, p99, failures].join('. ');
  return mark('svg', { class: `chart side${side}`, viewBox: `0 0 ${w} ${h}`, role: 'img', 'aria-label': label },
    text(0, 24, throughput), text(w - r, 24, `← ${span} s`, { class: 'end' }),
    mark('path', { class: 'axis', d: `M${l} 38V128H${w - r}M${l} 170V228H${w - r}` }),
    text(l - 10, 134, 0, { class: 'end' }), text(l - 10, 54, counted(scale), { class: 'end' }),
    line([[l, right(rate)], [w - r, right(rate)]], 'expected'),
    line(shown.map((p) => [x(p), right(p.right)]), 'measured'),
    text(0, 162, p99),
    text(l - 10, 234, 0, { class: 'end' }), text(l - 10, 190, counted(slow), { class: 'end' }),
    line(shown.filter((p) => p.p99 > 0).map((p) => [x(p), late(p.p99)]), 'measured'),
    text(0, 264, failures),
    failed.map((p) => mark('path', { class: 'tick', d: `M${x(p)} ${h}v${-tall(p)}` })));
}
