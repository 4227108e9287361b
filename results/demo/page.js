'use strict';

const module_dom_js = (() => {
// Small helpers to build the page. Text is always set as text, never as markup: much of it comes from servers.

// element makes an element with attributes and children; a child may be a string, a node, or nothing.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

// heading is the head of a column. On a phone the columns stand below each other, and there it says which is the left one.
const heading = (side, head, words) =>
  [element('span', { class: 'side' }, `${[words.onLeft, words.onRight][side]}: `), head];

// quantity is a figure with its unit, which no line break tears apart.
const quantity = (figure, unit) => `${figure}\u00a0${unit}`;

// pathed is a path in which a line breaks after a slash, not within a word.
const pathed = (path) => path.split(/(?<=\/)/).flatMap((part) => [part, element('wbr')]);

const shown = new Map(); // what a place shows, as JSON

// show puts into a place what make returns for data, unless it shows that already. What was focused or open stays so.
function show(id, data, make) {
  const text = JSON.stringify(data);
  if (shown.get(id) === text) return;
  shown.set(id, text);
  const place = document.getElementById(id);
  const focused = document.activeElement?.id;
  const open = new Set([...place.querySelectorAll('details[open]')].map((fold) => fold.id));
  place.replaceChildren(...[make(data)].flat().filter(Boolean));
  for (const fold of place.querySelectorAll('details')) if (open.has(fold.id)) fold.open = true;
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
}

// called is a choice as a sentence names it: a line of code by its number.
function called({ choices }, name) {
  const choice = choices?.find((c) => c.name === name);
  return choice?.called ?? choice?.words ?? '';
}

// forget has everything be made again, as in another language.
function forget() { shown.clear(); }

return { element, heading, quantity, pathed, show, called, forget };
})();

const module_chart_js = (() => {
// Charts, as SVG. What they show stands in words too, for readers who cannot see them. Colours, sizes and patterns are
// in chart.css: the page's policy allows no style in an element.

const { quantity } = module_dom_js;

const svgName = 'http://www.w3.org/2000/svg';

// mark makes an element of SVG.
function mark(name, attributes = {}, ...children) {
  const made = document.createElementNS(svgName, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children.flat().filter(Boolean));
  return made;
}

// text is a word at a place.
const text = (x, y, words, attributes = {}) => mark('text', { x, y, ...attributes }, String(words));

// line is a path through points [x, y].
const line = (points, kind) => mark('polyline', {
  class: kind, points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '),
});

// round is the next number that is easy to read.
function round(top) {
  const step = 10 ** Math.floor(Math.log10(Math.max(top, 1)));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((by) => by * step).find((v) => v >= top);
}

// counted is a number with its thousands apart.
const counted = (n) => Math.round(n).toLocaleString('en');

const width = 560, height = 330, left = 100, right = 20, top = 50, bottom = 60;

// raced draws throughput against the number of replicas: a dot for each measurement, and dashed what the model expects.
function raced(side, race, words) {
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
function lastly(points, words) {
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
function lived(side, { points, now, rate, top, slow: slowest }, words) {
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

return { mark, text, line, round, counted, raced, lastly, lived };
})();

const module_bars_js = (() => {
// The votes of the class: beside each choice a bar, as long as its share of all votes, and the count.

const { mark } = module_chart_js;
const { element, quantity } = module_dom_js;

// total is how many have voted.
const total = (votes) => Object.values(votes ?? {}).reduce((sum, n) => sum + n, 0);

// bar is what stands beside a choice. Once it is known which choice won, it says whether this one did.
function bar(choice, { votes, won }, words) {
  const n = votes?.[choice.name] ?? 0;
  const share = n / Math.max(1, total(votes));
  const held = won && (choice.name === won ? 'right' : 'wrong');
  return [
    mark('svg', { class: `bar ${held || 'open'}`, viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      mark('rect', { class: 'all', width: 100, height: 10 }), mark('rect', { class: 'share', width: 100 * share, height: 10 })),
    element('span', { id: `votes-${choice.name}`, class: n ? 'tally' : 'tally none' },
      String(n), element('span', { class: 'heard' }, ` ${words.votes}`), ` (${quantity(Math.round(100 * share), '%')})`,
      held ? element('span', { class: 'heard' }, ` ${held === 'right' ? words.correct : words.incorrect}`) : null),
  ];
}

return { total, bar };
})();

const module_evidence_js = (() => {
// What a step left in one column: all of it comes from the servers and their store.

const { element, pathed, quantity, show } = module_dom_js;
const { raced } = module_chart_js;

// column shows the evidence of one side. Its parts are shown apart, so that a clock that counts disturbs no other.
function column(side, c, words) {
  show(`column-${side}`, c.looked, (looked) => (looked
    ? ['clock', 'race', 'deeds', 'kept', 'token', 'store'].map((part) => element('div', { id: `${part}-${side}`, class: part }))
    : element('p', { class: 'quiet' }, words.nothing)));
  if (!c.looked) return;
  show(`clock-${side}`, c.clock ?? null, (clock) => (clock ? clocked(clock, words) : []));
  const begins = c.race && !document.querySelector('.chart'); // a chart that grows is to be seen growing
  show(`race-${side}`, c.race ?? null, (race) => (race ? raced(side, race, words) : []));
  if (begins) document.getElementById('columns').scrollIntoView();
  show(`deeds-${side}`, c.deeds ?? [], (deeds) => deeds.map((d, i) => (d.exchange
    ? exchange(`${side}-${i}`, d.exchange, words)
    : element('p', { class: 'told' }, d.told))));
  show(`kept-${side}`, { kept: c.kept ?? [], owner: c.owner }, ({ kept, owner }) => (
    owner ? keeps(side, owner, kept, words) : [])); // nobody, while a step begins with a pause
  show(`token-${side}`, c.token ?? null, (t) => (t ? token(side, t, words) : []));
  show(`store-${side}`, { s: c.store, without: c.owner && c.without },
    ({ s, without }) => store(side, s, without, words));
}

// clocked is the clock that counts for how long a copy still works.
function clocked(clock, words) {
  return element('div', { class: clock.worked ? 'counted works' : 'counted' },
    element('span', {}, words.clock),
    element('strong', {}, clock.seconds.toFixed(clock.seconds > 0 && clock.seconds < 1 ? 3 : 1)),
    element('span', {}, words.seconds),
    element('span', { class: 'quiet' }, `(${words.asked}: ${clock.asked}, ${words.worked}: ${clock.worked})`));
}

// exchange is a request, its answer and its path.
function exchange(id, x, words) {
  const url = new URL(x.request.url);
  const status = x.answer.status || '–';
  return element('article', { class: 'exchange' },
    element('p', { class: 'line' },
      element('span', { class: 'who' }, x.who), ' ',
      element('code', {}, `${x.request.method} `, pathed(url.pathname)), ' ',
      element('strong', { class: `status s${String(status)[0]}` }, String(status))),
    gist(x.answer),
    path(x, words),
    fold(`request-${id}`, `${words.request} / ${words.answer}`,
      head(`${x.request.method} ${url.pathname} HTTP/1.1`, x.request), head(`HTTP/1.1 ${status}`, x.answer)),
    fold(`curl-${id}`, words.curl, element('pre', { class: 'curl', tabindex: '0' }, x.curl), copier(x.curl, words)));
}

// gist is an answer in a line: why it is refused, whom it calls the user, or what else it says beside ids and tokens.
// The whole body is in the fold.
function gist({ body, failure }) {
  let text = body || failure || '';
  try {
    const said = JSON.parse(body);
    const telling = (name, value) => (/^id$|_token$/.test(name) ? undefined : value);
    text = said.detail ?? JSON.stringify(said.user ?? said, telling);
  } catch { /* not every body is JSON */ }
  if (!text) return null;
  return element('p', {}, element('code', { class: 'gist' }, text.length > 90 ? `${text.slice(0, 90)}…` : text));
}

// path draws where the request went, with the times that the replica tells.
function path(x, words) {
  const ms = (v) => (v === undefined ? null : element('small', {}, quantity(v.toFixed(v < 10 ? 2 : 0), 'ms')));
  const stop = (name, time, kind) => element('li', { class: kind }, name, ' ', time);
  const spent = x.spent ?? {};
  const stops = [stop(words.browser, ms(x.took)), stop(words.balancer, null)];
  if (x.replica >= 0) stops.push(stop(`${words.replica} ${x.replica + 1}`, ms(spent.total), `replica r${x.replica}`));
  else stops.push(stop(words.nobody, null, 'nobody'));
  if (x.asked > 0 || spent.store !== undefined) stops.push(stop(words.store, ms(spent.store), 'redis'));
  return element('ol', { class: 'path', 'aria-label': words.path }, stops);
}

// head is a request or an answer as it travels.
function head(first, part) {
  const lines = (part.headers ?? []).map((h) => `${h.name}: ${h.value}`);
  return element('pre', { tabindex: '0' }, [first, ...lines, '', part.body || part.failure || ''].join('\n'));
}

const fold = (id, title, ...inside) => element('details', { id }, element('summary', {}, title), ...inside);

function copier(text, words) {
  const button = element('button', { type: 'button' }, words.copy);
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = words.copied;
  });
  return button;
}

// keeps is where the credentials live.
function keeps(side, owner, kept, words) {
  return fold(`keeps-${side}`, `${words.keeps} (${owner}): ${kept.length || words.empty}`,
    element('ul', {}, kept.map((k) => element('li', {},
      element('code', {}, k.what), ` ${words[k.where]}; `,
      element('strong', { class: k.script ? 'open' : 'closed' }, k.script ? words.readable : words.hidden),
      k.flags ? element('small', {}, ` ${k.flags}`) : null,
      element('code', { class: 'value' }, k.value)))));
}

// token is a token in its three parts. Reading is kept apart from checking.
function token(side, t, words) {
  return fold(`token-parts-${side}`, words.token,
    element('p', { class: 'raw' }, t.raw.map((part, i) => element('span', { class: `part${i}` }, part, i < 2 ? '.' : ''))),
    element('p', {}, words.decoded),
    element('p', {}, element('span', { class: 'part0' }, words.header), ' ', element('code', {}, t.header)),
    element('p', { class: 'part1' }, words.payload),
    element('table', {}, element('tbody', {}, t.claims.map((c) => element('tr', {},
      element('th', { scope: 'row' }, c.name),
      element('td', {}, element('code', {}, c.date ? `${c.value} (${c.date})` : c.value), ' ', c.means))))),
    element('p', {}, element('span', { class: 'part2' }, words.signature), ` ${t.signature} ${words.bytes}`),
    element('p', {}, words.verified));
}

// store is what Redis holds, and was asked.
function store(side, s, without, words) {
  if (!s) return without ? element('p', { class: 'quiet' }, without) : [];
  if (s.silent) return element('p', { class: 'failure' }, words.silent);
  const lives = (ms) => (ms < 0 ? '∞' : quantity(Math.round(ms / 1000), 's'));
  return [
    element('p', { class: 'lookups' }, `${words.lookups}: `, s.overheard
      ? element('strong', {}, String(s.lookups)) : s.loaded ? words.uncounted : words.unheard),
    fold(`holds-${side}`, `${words.holds}: ${(s.keys?.length ?? 0) + (s.more ?? 0)}`,
      element('pre', { tabindex: '0' }, (s.asked ?? []).map((a) => `> ${a}`).join('\n')),
      element('ul', {}, (s.keys ?? []).map((k) => element('li', {},
        element('code', { class: 'value' }, k.name), ` ${words.lives} ${lives(k.lives)}`,
        k.value ? element('pre', { tabindex: '0' }, k.value) : null)),
      s.more ? element('li', {}, `… (+${s.more})`) : null)),
  ];
}

return { column };
})();

const module_steps_js = (() => {
// Where a step is in the lesson. A step is the name of its scene and its index there. The plan of a lesson, by its
// minutes, says which scenes come one after the other.

const { element, show } = module_dom_js;

const planned = ({ plans }, minutes, scene) => plans.find((p) => p.minutes === minutes).scenes.includes(scene);

// around is the step before (-1) or after (1) one; undefined at the ends of the plan.
function around(lesson, { scene, step, plan }, by) {
  const { scenes } = lesson;
  let at = scenes.findIndex((s) => s.name === scene);
  if (scenes[at].steps[step + by] !== undefined) return { scene, step: step + by };
  do at += by; while (scenes[at] && !planned(lesson, plan, scenes[at].name));
  return scenes[at] && { scene: scenes[at].name, step: by < 0 ? scenes[at].steps.length - 1 : 0 };
}

// list lists the scenes of the plan, and the one that is looked at, each with its number in the whole lesson.
function list(lesson, { scene, plan }) {
  const scenes = lesson.scenes.map(({ name, title }, i) => ({ name, title: `${i + 1} ${title}` }));
  show('scene', scenes.filter(({ name }) => name === scene || planned(lesson, plan, name)),
    (all) => all.map(({ name, title }) => element('option', { value: name }, title)));
  document.getElementById('scene').value = scene;
}

// choosePlan shows the plan where the teacher chooses it. Sheets are printed for it.
function choosePlan(lesson, { plan }) {
  show('plan', lesson.plans, (plans) => plans.map((p) => element('option', { value: p.minutes }, p.title)));
  document.getElementById('plan').value = plan;
  document.getElementById('sheet').hash = `plan=${plan}`;
  document.getElementById('answers').hash = `plan=${plan}&answers`;
}

// numbered is a step's number, as the class calls it.
const numbered = ({ scenes }, { scene, step }) => `${scenes.findIndex((s) => s.name === scene) + 1}.${step + 1}`;

// named is a step's number and title; nothing for no step.
const named = (lesson, to) => (to
  ? `${numbered(lesson, to)} ${lesson.scenes.find((s) => s.name === to.scene).steps[to.step]}` : '');

return { around, list, choosePlan, numbered, named };
})();

const module_card_js = (() => {
// The card that ends the lesson: what a service needs, what then to choose, and where that was seen and measured.

const { element, show } = module_dom_js;
const { around } = module_steps_js;

// card fills the card. It opens by itself at the end of the lesson, and can be opened before.
function card(lesson) {
  const { words, scenes, report } = lesson;
  show('card-text', lesson.card, (findings) => [
    element('p', { class: 'why' }, words.which),
    ...findings.map((f, i) => {
      const scene = scenes.findIndex((s) => s.name === f.scene);
      return element('article', { class: 'finding' },
        element('h3', {}, f.need),
        element('p', {}, f.take),
        element('p', { class: 'line' },
          element('a', { href: `#/${f.scene}/${f.step + 1}` }, `${words.seen}: ${scene + 1}.${f.step + 1} ${
            scenes[scene].steps[f.step]}`),
          report ? element('a', { href: `${report}#${f.claim}`, target: '_blank', rel: 'noopener' }, words.measured) : null),
        element('details', { id: `card-code-${i}` },
          element('summary', {}, `${words.code}: ${f.code.file}${f.code.line ? `:${f.code.line}` : ''}`),
          f.code.text ? element('pre', { tabindex: '0' }, f.code.text) : null));
    })]);
}

// finished opens the card once the last step of the plan has been shown.
function finished(lesson, state, before) {
  const ended = (v) => v && v.phase === 'shown' && !around(lesson, v, 1);
  if (ended(state) && !ended(before)) document.getElementById('card').open = true;
}

return { card, finished };
})();

const module_countdown_js = (() => {
// How long the class still has to wait, where a step lets time pass.

const { element } = module_dom_js;

let end; // when it goes on, by this page's clock
let ticking;

// countdown counts from so many milliseconds down to nothing; without any it shows nothing.
function countdown(left, words) {
  end = performance.now() + (left ?? 0);
  clearInterval(ticking);
  const place = document.getElementById('left');
  const tick = () => {
    const seconds = Math.ceil((end - performance.now()) / 1000);
    place.hidden = seconds <= 0;
    if (place.hidden) {
      clearInterval(ticking);
      return;
    }
    place.replaceChildren(element('span', {}, `${words.left}:`), ' ', element('strong', {}, String(seconds)));
  };
  ticking = setInterval(tick, 250);
  tick();
}

return { countdown };
})();

const module_keys_js = (() => {
// How keys and buttons steer the lesson, on each page of the presenter's.

const names = { ArrowLeft: 'back', ArrowRight: 'next', ' ': 'run', r: 'replay', R: 'replay' };

// keyed has keys, and the buttons that are called like the commands, give commands. Which of them may be given now is
// asked for each.
function keyed(commands, may) {
  document.addEventListener('keydown', (event) => {
    const name = names[event.key];
    const own = { run: 'select, button, summary, a, pre', replay: 'none' }[name] ?? 'select, pre'; // which use the key
    if (event.repeat && event.target.closest('button')) event.preventDefault(); // Enter would press it again and again
    if (!name || event.ctrlKey || event.altKey || event.metaKey || event.target.closest(own)) return;
    event.preventDefault();
    if (!event.repeat && may(name, true)) commands[name]();
  });

  // What the mouse has used gives the focus back, so that keys steer the lesson: the space bar would press a button or a
  // fold again, and arrows would choose again in a list.
  document.addEventListener('click', (event) => { if (event.detail) event.target.closest('button, summary')?.blur(); });
  document.addEventListener('change', ({ target }) => { if (!target.matches(':focus-visible')) target.blur(); });

  for (const name of Object.keys(commands)) {
    document.getElementById(name).addEventListener('click', () => may(name, false) && commands[name]());
  }
}

return { keyed };
})();

const module_link_js = (() => {
// How the page of a recorded run reaches the lesson: it plays what was recorded, and asks nothing of any server.

// Whatever occurs again in the recording is stored once, and referred to by its number.
const { nodes, root } = globalThis.recording;
const unfold = (v) => {
  if (Array.isArray(v)) return v.map(unfold);
  if (v === null || typeof v !== 'object') return v;
  return v.$ === undefined ? Object.fromEntries(Object.entries(v).map(([key, part]) => [key, unfold(part)])) : nodes[v.$];
};
nodes.forEach((node, i) => { nodes[i] = unfold(node); }); // each refers to earlier ones only
const { outlines, sheets, steps } = unfold(root);

const at = { plan: 0, scene: steps[0].scene, step: steps[0].step, frame: 0, bet: '' };
let language;
let tell = () => {};
let timer;

const recorded = () => steps.find((s) => s.scene === at.scene && s.step === at.step);

// show tells the state at the present frame, as it would be with the bet that was placed here.
function show() {
  const { frames, picks } = recorded();
  const view = frames[at.frame].views[language];
  const pick = view.phase === 'shown' ? picks?.[language]?.[at.bet] : undefined;
  setTimeout(tell, 0, { ...view, plan: at.plan, bet: at.bet, pick });
}

// go on to the next frame after the time that it took.
function play() {
  const { frames } = recorded();
  const wait = frames[at.frame + 1]?.at - frames[at.frame].at;
  if (Number.isNaN(wait)) return;
  timer = setTimeout(() => {
    at.frame++;
    show();
    play();
  }, wait);
}

const commands = {
  go: ({ scene, step }) => {
    clearTimeout(timer);
    Object.assign(at, { scene, step, frame: 0, bet: '' });
  },
  plan: ({ plan }) => { at.plan = plan; },
  bet: ({ choice }) => { if (at.frame === 0) at.bet = choice; },
  run: () => { if (at.frame === 0) play(); },
};

function send(name, command = {}) {
  commands[name]?.(command);
  show();
}

const outline = async (wanted) => outlines[wanted] ?? outlines.en;

const sheet = async (wanted) => sheets[wanted] ?? sheets.en;

function follow(wanted, told) {
  language = outlines[wanted] ? wanted : 'en';
  tell = told;
  show();
  return () => { tell = () => {}; };
}

return { send, outline, sheet, follow };
})();

const module_votes_js = (() => {
// What the audience sees to: how many have voted, and how they join.

const { total } = module_bars_js;
const { element, show } = module_dom_js;

// counted is how many have voted so far, where there is an audience.
function counted(votes, lesson) {
  if (!lesson.audience) return null;
  return element('p', { id: 'counted', class: 'quiet' }, `${lesson.words.votes}: ${total(votes)}`);
}

// invite shows where the audience's page is: as a code for cameras, and in letters.
function invite(lesson) {
  document.getElementById('join').hidden = !lesson.audience;
  if (lesson.audience) {
    show('invitation', lesson.audience, (address) => [
      element('img', { src: 'audience.svg', alt: `QR: ${address}` }), element('p', {}, address)]);
  }
}

return { counted, invite };
})();

const module_main_js = (() => {
// The page of the lesson. It shows the state that the server tells, and sends the presenter's commands; it keeps no state
// of its own but the language.

const { bar } = module_bars_js;
const { called, element, show, forget, heading } = module_dom_js;
const { column } = module_evidence_js;
const { card, finished } = module_card_js;
const { countdown } = module_countdown_js;
const { keyed } = module_keys_js;
const { follow, outline, send } = module_link_js;
const { around, choosePlan, list, named, numbered } = module_steps_js;
const { counted, invite } = module_votes_js;

const $ = (id) => document.getElementById(id);

let lesson; // what never changes: scenes, and words in the chosen language
let state; // the latest that the server told
let leave = () => {}; // ends being told
let turned = -Infinity; // when this page last came to a step, or to a step's answers
let explained; // whether the space bar has shown why

const chosen = () => localStorage.getItem('language') ?? navigator.language.slice(0, 2);

// A second press of a key that comes sooner than this was meant for what has just gone.
const settle = 700;
const settled = () => performance.now() - turned > settle;

const go = (scene, step) => send('go', { scene, step });

// address reads #/scene/step?plan=minutes. What it does not name, and a plan that does not exist, is as the state has it.
// Instead of a step that does not exist it is the first of its scene, and instead of a scene the first one.
function address(url = location.href) {
  const [path, query] = new URL(url).hash.split('?');
  const [, name, step] = path.split('/');
  const minutes = new URLSearchParams(query).get('plan');
  const plan = (lesson.plans.find((p) => String(p.minutes) === minutes) ?? { minutes: state.plan }).minutes;
  if (name === undefined) return { scene: state.scene, step: state.step, plan };
  const scene = lesson.scenes.find((s) => s.name === name);
  const index = Number(step ?? 1) - 1;
  return { scene: (scene ?? lesson.scenes[0]).name, step: scene?.steps[index] === undefined ? 0 : index, plan };
}

const here = (to) => to.scene === state.scene && to.step === state.step;
const plan = (minutes) => send('plan', { plan: minutes });

// lead leads to where an address says. It reports false where the lesson is there.
function lead(to) {
  const planned = to.plan === state.plan;
  if (planned && here(to)) return false;
  if (!planned) plan(to.plan);
  if (!here(to)) go(to.scene, to.step);
  return true;
}

const commands = {
  back: () => { const to = around(lesson, state, -1); if (to) go(to.scene, to.step); },
  next: () => { const to = around(lesson, state, 1); if (to) go(to.scene, to.step); },
  replay: () => go(state.scene, state.step),
  run: () => {
    if (state.phase !== 'shown') send('run');
    else if (settled() && !explain()) commands.next();
  },
};

keyed(commands, (name, byKey) => state && !(byKey && name === 'run' && !settled()));
$('scene').addEventListener('change', (event) => go(event.target.value, 0));
$('plan').addEventListener('change', (event) => plan(Number(event.target.value)));
$('language').addEventListener('change', (event) => {
  localStorage.setItem('language', event.target.value);
  begin();
});
// The state may have changed the address again before this event arrives, so it asks the event where to go.
window.addEventListener('hashchange', (event) => {
  if (state && !lead(address(event.newURL))) draw(); // which corrects the address; the first state asks where to go
});

// bets are the choices, before and after the outcome.
function bets({ question, choices, bet, won, votes, phase, lines, hints }) {
  if (!question) return [];
  const open = phase === 'ready';
  const polled = Boolean(lesson.audience); // there is a class that votes
  return element('div', { role: 'group', 'aria-labelledby': 'question' },
    element('p', { id: 'question' }, question),
    element('div', { class: `choices${lines ? ' lines' : ''}${polled ? ' polled' : ''}` }, choices.map((c) => {
      const button = element('button', {
        id: `choice-${c.name}`, 'aria-pressed': String(c.name === bet), disabled: !open,
        'aria-describedby': polled ? `votes-${c.name}` : undefined,
        class: won ? (c.name === won ? 'won' : 'lost') : undefined,
      }, c.words);
      button.addEventListener('click', (event) => {
        send('bet', { choice: c.name });
        if (!event.detail) $('run').focus(); // chosen by a key: the same key now runs the step
      });
      return polled ? [button, ...bar(c, { votes, won }, lesson.words)] : button;
    }).flat()),
    counted(votes, lesson),
    (hints ?? []).map((hint, i) => element('details', { id: `hint-${i}` },
      element('summary', {}, `${lesson.words.hint} ${i + 1}`), element('p', {}, hint))));
}

// outcome says whether the class was right.
function outcome(view) {
  const { won, bet, failures, pick } = view;
  const words = lesson.words;
  const name = (which) => called(view, which);
  if (failures) return failures.map((why) => element('p', { class: 'failure' }, why));
  if (!won) return [];
  if (!bet) return element('p', { class: 'verdict' }, `${words.was}: ${name(won)}.`);
  if (bet === won) return element('p', { class: 'verdict right' }, `${words.right}: ${name(won)}.`);
  return [
    element('p', { class: 'verdict wrong' }, `${words.wrong}: ${name(bet)}. ${words.was}: ${name(won)}.`),
    pick ? element('p', {}, pick) : null,
  ];
}

// reason is why it happened, and where that stands in the code.
function reason({ why, code, row }) {
  const words = lesson.words;
  if (!why) return [];
  return [
    element('h3', {}, words.why),
    element('p', { class: 'why' }, why),
    ...(code ?? []).map((c, i) => element('details', { id: `code-${i}` },
      element('summary', {}, `${words.code}: ${c.file}${c.line ? `:${c.line}` : ''}`),
      c.text ? element('pre', { tabindex: '0' }, c.text) : null)),
    row ? element('p', {}, `${words.row}: `, lesson.report
      ? element('a', { href: `${lesson.report}#rows`, target: '_blank', rel: 'noopener' }, row)
      : `${row} (results/README.md)`) : null,
  ];
}

// draw shows the state.
function draw() {
  document.body.dataset.phase = state.phase;
  list(lesson, state);
  choosePlan(lesson, state);
  show('title', `${numbered(lesson, state)} ${state.title}`, (text) => text);
  show('say', state.say, (text) => text);
  show('phase', state.phase === 'ready' && !state.question ? '' : lesson.words[state.phase], (text) => text);
  countdown(state.left, lesson.words);
  show('bet', state, bets);
  show('outcome', state, outcome);
  show('reason', { why: state.why, code: state.code, row: state.row }, reason);
  show('notes-text', state.notes, (text) => text);
  show('notes-next', named(lesson, around(lesson, state, 1)), (title) => (title ? `${lesson.words.next}: ${title}` : []));
  state.columns.forEach((c, side) => {
    show(`head-${side}`, c.head, (head) => heading(side, head, lesson.words));
    column(side, c, lesson.words);
  });
  for (const id of ['scene', 'plan', 'language', 'replay']) $(id).disabled = false;
  $('run').disabled = state.phase !== 'ready' && state.phase !== 'shown';
  $('back').disabled = !around(lesson, state, -1);
  $('next').disabled = !around(lesson, state, 1);
  const hash = `#/${state.scene}/${state.step + 1}${state.plan ? `?plan=${state.plan}` : ''}`;
  if (location.hash !== hash) history.replaceState(null, '', hash);
}

// turn shows the state, and where something new begins: the top of another step, or the outcome of this one.
function turn(before) {
  draw();
  finished(lesson, state, before);
  if (!before) return;
  const other = !here(before) || (state.phase === 'building' && before.phase !== 'building');
  if (!other && !(before.phase === 'running' && ['shown', 'failed'].includes(state.phase))) return;
  turned = performance.now();
  explained = false;
  if (other) scrollTo(0, 0);
  else reveal();
}

// end is where the part of the window ends that is not below the buttons.
const end = () => innerHeight - document.querySelector('nav').offsetHeight;

// reveal scrolls to what came of the step. Why it happened is in the window too if both fit; if not, the class sees first
// what is to be explained.
function reveal() {
  const outcome = $('outcome').childElementCount ? $('outcome') : $('columns');
  const tall = $('reason').getBoundingClientRect().bottom - outcome.getBoundingClientRect().top;
  if (tall <= end()) $('reason').scrollIntoView({ block: 'nearest' });
  else outcome.scrollIntoView();
}

// explain scrolls to why it happened, once. It reports false where the class has that in the window.
function explain() {
  const why = $('reason').querySelector('.why');
  if (explained || !why || why.getBoundingClientRect().bottom <= end()) return false;
  explained = true;
  $('reason').scrollIntoView({ block: 'nearest' });
  return true;
}

// lost says that the demo has gone. If it comes back, everything is drawn again.
function lost() {
  document.body.dataset.phase = 'lost';
  $('phase').textContent = lesson.words.lost;
  for (const control of document.querySelectorAll('button, select')) control.disabled = true;
  state = undefined;
  forget();
}

// begin reads the words in the chosen language, and follows the state.
async function begin() {
  const wanted = chosen();
  const words = await outline(wanted);
  if (wanted !== chosen()) return; // another language was chosen meanwhile, and its words may have come already
  lesson = words;
  forget();
  document.documentElement.lang = lesson.language;
  document.title = lesson.words.title;
  for (const place of document.querySelectorAll('[data-word]')) place.textContent = lesson.words[place.dataset.word];
  $('language').replaceChildren(...lesson.languages.map((l) =>
    element('option', { value: l.code, selected: l.code === lesson.language }, l.name)));
  invite(lesson);
  card(lesson);
  $('recorded').hidden = !lesson.recorded;
  for (const id of ['playground', 'apart']) $(id).hidden = Boolean(lesson.recorded); // they need the demo
  $('recorded').textContent = `${lesson.words.recorded} (${lesson.recorded})`;
  let first = !state; // of the page, not of a language
  leave();
  leave = follow(lesson.language, (told) => {
    const before = state;
    state = told;
    if (!first || !lead(address())) turn(before);
    first = false;
  }, lost);
}

begin();

return {  };
})();
