// The page of the lesson. It shows the state that the server tells, and sends the presenter's commands; it keeps no state
// of its own but the language.

import { bar } from './bars.js';
import { called, element, show, forget, heading } from './dom.js';
import { column } from './evidence.js';
import { card, finished } from './card.js';
import { countdown } from './countdown.js';
import { keyed } from './keys.js';
import { follow, outline, send } from './link.js';
import { around, choosePlan, list, named, numbered } from './steps.js';
import { counted, invite } from './votes.js';

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
