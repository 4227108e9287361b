// The page of the audience: it follows the class, or roams through the lesson by itself, and votes. What it shows never
// moves the class.

import { bar } from './bars.js';
import { card, finished } from './card.js';
import { raced } from './chart.js';
import { countdown } from './countdown.js';
import { called, element, show, forget, heading, pathed } from './dom.js';
import { around, list, numbered } from './steps.js';

const $ = (id) => document.getElementById(id);

let lesson; // what never changes: scenes, and words in the chosen language
let now; // what the class sees
let at; // the step at which this page looks by itself; undefined while it follows
let own; // what that step shows, if it is another than the class's
let events; // the connection on which the server tells

const chosen = () => localStorage.getItem('language') ?? navigator.language.slice(0, 2);
const same = (a, b) => a.scene === b.scene && a.step === b.step;

// spot reads #/scene/step; undefined where the address names no step, which is to follow.
function spot() {
  const [, name, step] = location.hash.split('/');
  const scene = lesson.scenes.find((s) => s.name === name);
  const index = Number(step ?? 1) - 1;
  return scene?.steps[index] === undefined ? undefined : { scene: name, step: index };
}

// view is what is looked at; undefined while it is on its way.
const view = () => (at && !same(at, now) ? own : now);

// beside is the step before (-1) or after (1) the one that is looked at; undefined at the ends of the plan.
const beside = (by) => around(lesson, { ...(at ?? now), plan: now.plan }, by);

const roam = (to) => { if (to) location.hash = `#/${to.scene}/${to.step + 1}`; };

function follow() {
  history.replaceState(null, '', '#');
  at = undefined;
  draw();
  scrollTo(0, 0);
}

$('back').addEventListener('click', () => roam(beside(-1)));
$('next').addEventListener('click', () => roam(beside(1)));
$('follow').addEventListener('click', follow);
$('scene').addEventListener('change', (event) => roam({ scene: event.target.value, step: 0 }));
$('language').addEventListener('change', (event) => {
  localStorage.setItem('language', event.target.value);
  begin();
});
window.addEventListener('hashchange', async () => {
  if (!now) return;
  await look();
  scrollTo(0, 0);
});

// look reads the step that the address names. The step of the class is seen as the class sees it.
async function look() {
  const to = spot();
  at = to;
  if (at && !same(at, now)) {
    const query = new URLSearchParams({ ...to, language: lesson.language });
    const answer = await fetch(`step?${query}`).catch(() => undefined);
    if (!answer?.ok || at !== to) return; // meanwhile it looks elsewhere
    own = await answer.json();
  }
  draw();
}

async function vote(choice) {
  const { scene, step } = now;
  const answer = await fetch('vote', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ scene, step, choice }),
  }).catch(() => undefined);
  if (!answer?.ok) $('phase').textContent = lesson.words.refused; // the next event shows what is counted
}

// bets are the choices. Only at the step of the class, before it runs, can one be chosen.
function bets({ question, choices, vote: mine, votes, won, phase, lines, hints, live }) {
  if (!question) return [];
  const open = live && phase === 'ready';
  const polled = Boolean(votes); // the class has voted, and sees the votes after the outcome
  return element('div', { role: 'group', 'aria-labelledby': 'question' },
    element('p', { id: 'question' }, question),
    element('div', { class: `choices${lines ? ' lines' : ''}${polled ? ' polled' : ''}` }, choices.map((c) => {
      const button = element('button', {
        id: `choice-${c.name}`, 'aria-pressed': String(c.name === mine), disabled: !open,
        'aria-describedby': polled ? `votes-${c.name}` : undefined,
        class: won ? (c.name === won ? 'won' : 'lost') : undefined,
      }, c.words);
      button.addEventListener('click', () => vote(c.name));
      return polled ? [button, ...bar(c, { votes, won }, lesson.words)] : button;
    }).flat()),
    (hints ?? []).map((hint, i) => element('details', { id: `hint-${i}` },
      element('summary', {}, `${lesson.words.hint} ${i + 1}`), element('p', {}, hint))));
}

function outcome(seen) {
  const { won, vote: mine } = seen;
  const words = lesson.words;
  const name = (which) => called(seen, which);
  if (!won) return [];
  if (!mine) return element('p', { class: 'verdict' }, `${words.was}: ${name(won)}.`);
  if (mine === won) return element('p', { class: 'verdict right' }, `${words.right}: ${name(won)}.`);
  return element('p', { class: 'verdict wrong' }, `${words.wrong}: ${name(mine)}. ${words.was}: ${name(won)}.`);
}

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

// deeds are what was done on one side, and what came back.
function deeds(side, c) {
  const words = lesson.words;
  if (!c.deeds && !c.race) return element('p', { class: 'quiet' }, words.nothing);
  return [
    ...(c.race ? raced(side, c.race, words) : []),
    c.clock ? element('p', { class: c.clock.worked ? 'counted works' : 'counted' }, words.clock,
      element('strong', {}, c.clock.seconds.toFixed(c.clock.seconds > 0 && c.clock.seconds < 1 ? 3 : 1)),
      words.seconds) : null,
    ...(c.deeds ?? []).map((d) => (d.told ? element('p', { class: 'told' }, d.told) : element('article', { class: 'exchange' },
      element('p', { class: 'line' },
        element('span', { class: 'who' }, d.who), ' ', element('code', {}, `${d.method} `, pathed(d.path)), ' ',
        element('strong', { class: `status s${String(d.status)[0]}` }, d.status || '–')),
      d.says ? element('p', {}, element('code', {}, d.says)) : null,
      element('p', { class: 'quiet' }, d.replica < 0 ? words.nobody : `${words.replica} ${d.replica + 1}`)))),
    c.lookups === undefined ? null
      : element('p', { class: 'lookups' }, `${words.lookups}: `, element('strong', {}, c.lookups)),
  ];
}

// draw shows the step that is looked at.
function draw() {
  const words = lesson.words;
  const v = view();
  if (!v) return;
  const live = v === now;
  const phase = live || v.phase === 'shown' ? v.phase : 'unseen';
  document.body.dataset.phase = phase;
  list(lesson, { scene: v.scene, plan: now.plan });
  show('place', at ? `${words.roams} ${numbered(lesson, now)}` : words.follows, (text) => text);
  show('title', `${numbered(lesson, v)} ${v.title}`, (text) => text);
  show('say', v.say, (text) => text);
  $('phase').textContent = phase === 'ready' && !v.question ? '' : words[phase];
  countdown(live ? v.left : undefined, words);
  show('bet', { ...v, live }, bets);
  show('outcome', v, outcome);
  show('reason', { why: v.why, code: v.code, row: v.row }, reason);
  v.columns.forEach((c, side) => {
    show(`head-${side}`, c.head, (head) => heading(side, head, lesson.words));
    show(`column-${side}`, c, (of) => deeds(side, of));
  });
  for (const id of ['scene', 'language']) $(id).disabled = false;
  $('follow').disabled = !at;
  $('back').disabled = !beside(-1);
  $('next').disabled = !beside(1);
}

// lost says that the demo does not answer. The browser tries again by itself.
function lost() {
  document.body.dataset.phase = 'lost';
  $('phase').textContent = lesson.words.lost;
  for (const control of document.querySelectorAll('button, select')) control.disabled = true;
  forget();
}

// begin reads the words in the chosen language, and follows the class.
async function begin() {
  const wanted = chosen();
  const language = encodeURIComponent(wanted);
  const words = await (await fetch(`lesson?language=${language}`)).json();
  if (wanted !== chosen()) return; // another language was chosen meanwhile, and its words may have come already
  lesson = words;
  forget();
  document.documentElement.lang = lesson.language;
  document.title = lesson.words.title;
  for (const place of document.querySelectorAll('[data-word]')) place.textContent = lesson.words[place.dataset.word];
  $('language').replaceChildren(...lesson.languages.map((l) =>
    element('option', { value: l.code, selected: l.code === lesson.language }, l.name)));
  card(lesson);
  let first = true; // in this language
  events?.close();
  events = new EventSource(`events?language=${language}`);
  events.onmessage = (event) => {
    const before = now;
    now = JSON.parse(event.data);
    const moved = before && !same(before, now);
    if (first || (at && moved)) look(); // the class may have come to this step, or have left it
    else draw();
    if (!at && moved) scrollTo(0, 0);
    if (!at) finished(lesson, now, before);
    first = false;
  };
  events.onerror = lost;
}

begin();
