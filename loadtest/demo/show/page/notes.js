// The teacher's notes, on a page of their own: for a second screen, or a tablet on the desk. It follows the step that the
// class sees, tells what that step will show, and steers as the presenter's page does.

import { bar, total } from './bars.js';
import { countdown } from './countdown.js';
import { element, show, forget } from './dom.js';
import { keyed } from './keys.js';
import { follow, outline, send } from './link.js';
import { around, choosePlan, list, named, numbered } from './steps.js';

const $ = (id) => document.getElementById(id);

let lesson; // what never changes: scenes, and words in the chosen language
let state; // the latest that the server told
let leave = () => {}; // ends being told
let turned = -Infinity; // when this page last came to a step, or to a step's answers

// A second press of a key that comes sooner than this was meant for what has just gone.
const settle = 700;

const chosen = () => localStorage.getItem('language') ?? navigator.language.slice(0, 2);
const go = (to) => { if (to) send('go', { scene: to.scene, step: to.step }); };

const commands = {
  back: () => go(around(lesson, state, -1)),
  next: () => go(around(lesson, state, 1)),
  replay: () => go(state),
  run: () => (state.phase === 'shown' ? commands.next() : send('run')),
};
keyed(commands, (name, byKey) => state && !(byKey && name === 'run' && performance.now() - turned < settle));
$('scene').addEventListener('change', (event) => go({ scene: event.target.value, step: 0 }));
$('plan').addEventListener('change', (event) => send('plan', { plan: Number(event.target.value) }));
$('language').addEventListener('change', (event) => {
  localStorage.setItem('language', event.target.value);
  begin();
});

// bets are the choices, with the votes of the class where there is one.
function bets({ question, choices, votes, won, bet, lines }) {
  if (!question) return [];
  const { words, audience } = lesson;
  const mine = choices.find((c) => c.name === bet);
  return [
    element('h3', {}, words.asks),
    element('p', {}, question),
    element('div', { class: `choices polled${lines ? ' lines' : ''}` }, choices.map((c, i) => [
      element('span', { class: c.name === won ? 'choice won' : 'choice' }, lines ? `${i + 1}  ${c.words}` : c.words),
      ...(audience ? bar(c, { votes, won }, words) : [element('span'), element('span')])]).flat()),
    audience ? element('p', { id: 'counted', class: 'quiet' }, `${words.votes}: ${total(votes)}`) : null,
    mine ? element('p', {}, `${words.placed}: ${mine.called ?? mine.words}`) : null,
  ];
}

// draw shows the state.
function draw() {
  const { words } = lesson;
  const told = (head, text) => (text ? [element('h3', {}, head), element('p', {}, text)] : []);
  document.body.dataset.phase = state.phase;
  list(lesson, state);
  choosePlan(lesson, state);
  show('title', `${numbered(lesson, state)} ${state.title}`, (text) => text);
  show('time', state.time, (text) => text);
  show('say', state.say, (text) => text);
  show('phase', words[state.phase], (text) => text);
  countdown(state.left, words);
  show('text', state.notes, (text) => element('p', {}, text));
  show('bet', state, bets);
  show('hints', state.hints ?? [], (hints) => hints.map((text, i) => told(`${words.hint} ${i + 1}`, text)).flat());
  show('reason', state.failures ?? state.why, (why) => (state.failures
    ? state.failures.map((text) => element('p', { class: 'failure' }, text)) : told(words.reason, why)));
  show('following', named(lesson, around(lesson, state, 1)), (title) => (title ? `${words.next}: ${title}` : []));
  for (const id of ['scene', 'plan', 'language', 'replay']) $(id).disabled = false;
  $('run').disabled = state.phase !== 'ready' && state.phase !== 'shown';
  $('back').disabled = !around(lesson, state, -1);
  $('next').disabled = !around(lesson, state, 1);
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
  document.title = `${lesson.words.notes} – ${lesson.words.title}`;
  for (const place of document.querySelectorAll('[data-word]')) place.textContent = lesson.words[place.dataset.word];
  $('language').replaceChildren(...lesson.languages.map((l) =>
    element('option', { value: l.code, selected: l.code === lesson.language }, l.name)));
  leave();
  leave = follow(lesson.language, (told) => {
    const before = state;
    state = told;
    const other = !before || before.scene !== told.scene || before.step !== told.step;
    if (before && (other || (before.phase === 'running' && told.phase !== 'running'))) turned = performance.now();
    draw();
    if (other) scrollTo(0, 0);
  }, lost, 'noted');
}

begin();
