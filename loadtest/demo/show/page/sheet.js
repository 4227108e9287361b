// The sheet for students, to be printed: what each step asks, and room to write. It has no answers. The teacher's sheet
// has them in that room. The address says which it is, and for which plan: #plan=45&answers.

import { element } from './dom.js';
import { outline, sheet } from './link.js';

const $ = (id) => document.getElementById(id);

let begun = 0; // how often the sheet was begun

const chosen = () => localStorage.getItem('language') ?? navigator.language.slice(0, 2);
const address = () => new URLSearchParams(location.hash.slice(1));

// room is where students write.
const room = ({ question }, words) => [
  element('p', { class: 'written' }, question ? words.happened : words.saw),
  element('p', { class: 'written' }), element('p', { class: 'written' })];

// answer is what the teacher reads in its place.
const answer = ({ depends, choices, why, notes }, words) => [
  depends ? element('p', { class: 'depends' }, words.depends) : null,
  ...(choices ?? []).filter((c) => c.pick).map((c) => element('p', {}, `${c.called}: ${c.pick}`)),
  element('p', { class: 'why' }, element('strong', {}, `${words.why}: `), why),
  element('p', { class: 'teacher' }, element('strong', {}, `${words.notes}: `), notes)];

// step is a step with room, or with its answers.
function step(number, one, words, answers) {
  const { title, say, question, choices, lines } = one;
  const right = (c) => answers && c.right;
  return element('article', { class: 'step' },
    element('h3', {}, `${number} ${title}`),
    element('p', {}, say),
    question ? element('p', { class: 'asked' }, question) : null,
    choices ? element('ul', { class: lines ? 'choices lines' : 'choices' }, choices.map((c) =>
      element('li', { class: right(c) ? 'right' : undefined }, c.words,
        right(c) ? element('span', { class: 'heard' }, ` ${words.correct}`) : null))) : null,
    ...(answers ? answer(one, words) : room(one, words)));
}

// draw shows the scenes of the chosen plan, each with the number that it has in the lesson.
function draw({ scenes }, plan, words, answers) {
  const planned = (s, i) => plan.scenes.includes(s.name) && element('section', { class: 'scene' },
    element('h2', {}, `${i + 1} ${s.title}`), element('p', { class: 'sides' }, s.sides),
    ...s.steps.map((one, n) => step(`${i + 1}.${n + 1}`, one, words, answers)));
  $('scenes').replaceChildren(...scenes.map(planned).filter(Boolean));
}

async function begin() {
  const mine = ++begun;
  const { words, languages, language, plans } = await outline(chosen());
  const paper = await sheet(language);
  if (mine !== begun) return; // another language or plan was chosen meanwhile
  const answers = address().has('answers');
  const name = answers ? words.answers : words.sheet;
  document.documentElement.lang = language;
  document.title = `${name} – ${words.title}`;
  document.body.classList.toggle('answered', answers);
  for (const place of document.querySelectorAll('[data-word]')) place.textContent = words[place.dataset.word];
  $('which').textContent = name;
  $('language').replaceChildren(...languages.map((l) =>
    element('option', { value: l.code, selected: l.code === language }, l.name)));
  const plan = plans.find((p) => String(p.minutes) === address().get('plan')) ?? plans[0];
  $('plan').replaceChildren(...plans.map((p) => element('option', { value: p.minutes, selected: p === plan }, p.title)));
  $('terms').replaceChildren(...paper.terms.map((term) => element('li', {}, term)));
  draw(paper, plan, words, answers);
}

$('plan').addEventListener('change', (event) => {
  location.hash = `plan=${event.target.value}${address().has('answers') ? '&answers' : ''}`;
});
$('language').addEventListener('change', (event) => {
  localStorage.setItem('language', event.target.value);
  begin();
});
window.addEventListener('hashchange', begin);
$('print').addEventListener('click', () => print());

begin();
