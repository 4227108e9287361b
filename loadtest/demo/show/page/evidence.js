// What a step left in one column: all of it comes from the servers and their store.

import { element, pathed, quantity, show } from './dom.js';
import { raced } from './chart.js';

// column shows the evidence of one side. Its parts are shown apart, so that a clock that counts disturbs no other.
export function column(side, c, words) {
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
