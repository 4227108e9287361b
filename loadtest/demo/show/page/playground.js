// The playground: controls that say how everything should be, and charts of what comes of it. The setup is the
// server's; the page sends a whole one, and shows what the server tells.

import { element, show, forget } from './dom.js';
import { lastly, lived } from './chart.js';
import { beginning, read, written } from './setup.js';

const $ = (id) => document.getElementById(id);
const most = 8; // replicas

let words; // in the chosen language
let known; // schemes, and whether computers are small
let state; // the latest that the server told
let events;
let drawn = -Infinity; // when charts were last drawn
const still = matchMedia('(prefers-reduced-motion: reduce)');

const chosen = () => localStorage.getItem('language') ?? navigator.language.slice(0, 2);

// post sends a command. A setup that is refused is told, and the controls go back to the server's.
async function post(name, body = {}) {
  try {
    const answer = await fetch(name, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
    });
    $('trouble').textContent = answer.ok ? '' : `${words.refused} ${await answer.text()}`;
    if (!answer.ok && state) draw(true);
  } catch { /* without the demo, the events say so */ }
}

// change sends the present setup with some of it changed.
const change = (by) => state && post('setup', { ...state.setup, ...by });

// toggled is a list without a number that it has, and with one that it lacks.
const toggled = (list, n) => (list.includes(n) ? list.filter((m) => m !== n) : [...list, n]);

for (const name of ['rate', 'replicas']) {
  $(name).addEventListener('input', (event) => { $(`${name}-now`).textContent = event.target.value; });
  $(name).addEventListener('change', (event) => change({ [name]: Number(event.target.value) }));
}
for (const name of ['delay', 'clock', 'key']) {
  $(name).addEventListener('change', (event) => change({ [name]: Number(event.target.value) }));
}
for (const side of [0, 1]) {
  $(`scheme-${side}`).addEventListener('change', (event) => {
    const schemes = [...state.setup.schemes];
    schemes[side] = event.target.value;
    change({ schemes });
  });
}
$('stopped').addEventListener('click', () => change({ stopped: !state.setup.stopped }));
$('login-again').addEventListener('click', () => post('login-again'));
$('repair').addEventListener('click', () => {
  const { killed, paused, stopped, delay, clock } = beginning;
  change({ killed, paused, stopped, delay, clock });
});
$('power').addEventListener('click', () => (on() ? post('off') : change({})));
$('share').addEventListener('click', async () => {
  await navigator.clipboard.writeText(written(state.setup)); // not the address: its path has the secret
  const label = $('share').firstChild;
  label.textContent = words.shared;
  setTimeout(() => { label.textContent = words.share; }, 3000);
});
$('language').addEventListener('change', (event) => {
  localStorage.setItem('language', event.target.value);
  begin();
});
$('controls').addEventListener('submit', (event) => event.preventDefault());
window.addEventListener('hashchange', (event) => {
  const wanted = read(new URL(event.newURL).hash);
  if (state && wanted && written(wanted) !== written(state.setup)) post('setup', wanted);
});

const on = () => state.sides.some((s) => s.phase !== 'off');

// machines are the replicas, each with two faults.
function machines({ setup, sides }) {
  return element('ol', { class: 'machines' }, Array.from({ length: most }, (_, i) => i + 1).map((n) => {
    const is = sides.map((s) => s.replicas[n - 1]);
    const button = (name, sign, label) => {
      const made = element('button', {
        type: 'button', id: `${name}-${n}`, 'aria-pressed': String(setup[name].includes(n)),
        'aria-label': `${label}: ${words.replica} ${n}`, title: label,
      }, sign);
      made.addEventListener('click', () => change({ [name]: toggled(setup[name], n) }));
      return made;
    };
    const spare = n > setup.replicas;
    const told = is.filter(Boolean).map((s) => (spare && s === 'runs' ? words.spare : words[s]));
    return element('li', { class: spare ? 'aside' : 'used' },
      element('strong', {}, String(n)), button('killed', '✕', words.kill), button('paused', '‖', words.pause),
      element('span', { class: 'quiet' }, [...new Set(told)].join(' / ')));
  }));
}

// draw shows the state. Charts are drawn less often for readers who want less motion.
function draw(now) {
  const { setup, sides } = state;
  document.body.dataset.phase = sides.map((s) => s.phase).join('-');
  for (const name of ['rate', 'replicas']) {
    if (document.activeElement !== $(name) || now) $(name).value = setup[name];
    $(`${name}-now`).textContent = name === 'rate' ? `${setup[name]} ${words.persecond}` : setup[name];
  }
  for (const name of ['delay', 'clock', 'key']) choose($(name), String(setup[name]));
  $('stopped').setAttribute('aria-pressed', String(setup.stopped));
  $('power').textContent = on() ? words.stop : words.start;
  show('machines', { setup, sides: sides.map(({ replicas }) => ({ replicas })) }, machines);
  const top = Math.max(setup.rate, 1, ...sides.flatMap((s) => s.points.map((p) => p.right)));
  const slow = Math.max(10, ...sides.flatMap((s) => s.points.map((p) => p.p99))); // both sides have one scale
  const due = now || !still.matches || performance.now() - drawn > 2000;
  sides.forEach((s, side) => {
    choose($(`scheme-${side}`), setup.schemes[side]);
    show(`phase-${side}`, s.phase === 'failed' ? `${words.unmade} ${s.failure}` : words[s.phase],
      (text) => text);
    if (!due) return;
    const points = s.phase === 'off' ? [] : s.points;
    show(`chart-${side}`, { points, now: Math.floor(2 * state.now) / 2, rate: setup.rate, top, slow },
      (of) => lived(side, of, words));
    show(`figures-${side}`, lastly(points, words).join('. '), (text) => text);
  });
  if (due) drawn = performance.now();
  const hash = written(setup);
  if (location.hash !== hash) history.replaceState(null, '', hash);
}

// choose shows a choice; one that is not on the list, from an address, is added.
function choose(select, value) {
  if (document.activeElement === select && select.value === value) return;
  if (![...select.options].some((o) => o.value === value)) select.append(element('option', { value }, value));
  select.value = value;
}

// lost says that the demo has gone.
function lost() {
  document.body.dataset.phase = 'lost';
  $('trouble').textContent = words.lost;
  for (const control of document.querySelectorAll('button, select, input')) control.disabled = true;
  state = undefined;
  forget();
}

// begin reads the words in the chosen language, and follows the state.
async function begin() {
  const language = encodeURIComponent(chosen());
  const lesson = await (await fetch(`lesson?language=${language}`)).json();
  words = lesson.words;
  forget();
  document.documentElement.lang = lesson.language;
  document.title = `${words.playground} – ${words.title}`;
  for (const place of document.querySelectorAll('[data-word]')) place.textContent = words[place.dataset.word];
  $('language').replaceChildren(...lesson.languages.map((l) =>
    element('option', { value: l.code, selected: l.code === lesson.language }, l.name)));
  let first = !state; // of the page, not of a language
  events?.close();
  events = new EventSource(`playing?language=${language}`);
  events.addEventListener('known', (event) => {
    known = JSON.parse(event.data);
    for (const side of [0, 1]) {
      $(`scheme-${side}`).replaceChildren(...known.schemes.map((s) => element('option', { value: s.name }, s.words)));
    }
    $('computers').textContent = known.small ? words.small : words.unlimited;
    for (const control of document.querySelectorAll('button, select, input')) control.disabled = false;
    $('trouble').textContent = '';
  });
  events.addEventListener('state', (event) => {
    state = JSON.parse(event.data);
    const wanted = first ? read(location.hash) : undefined;
    if (first && (wanted || !on())) post('setup', wanted ?? state.setup);
    else draw(first);
    first = false;
  });
  events.onerror = lost;
}

begin();
