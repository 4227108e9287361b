// The sheet for students, to be printed: what each step asks, and room for the answers. It has none of them.

import { element } from './dom.js';
import { outline, sheet } from './link.js';

const $ = (id) => document.getElementById(id);

const chosen = () => localStorage.getItem('language') ?? navigator.language.slice(0, 2);

// step is a step with room to write in.
function step(number, { title, say, question, choices, lines }, words) {
  return element('article', { class: 'step' },
    element('h3', {}, `${number} ${title}`),
    element('p', {}, say),
    question ? element('p', { class: 'asked' }, question) : null,
    choices ? element('ul', { class: lines ? 'choices lines' : 'choices' }, choices.map((c) => element('li', {}, c))) : null,
    element('p', { class: 'written' }, `${question ? words.happened : words.saw}`),
    element('p', { class: 'written' }), element('p', { class: 'written' }));
}

// draw shows the scenes of the chosen plan, each with the number that it has in the lesson.
function draw({ scenes }, plan, words) {
  const planned = (s, i) => plan.scenes.includes(s.name) && element('section', { class: 'scene' },
    element('h2', {}, `${i + 1} ${s.title}`), element('p', { class: 'sides' }, s.sides),
    ...s.steps.map((one, n) => step(`${i + 1}.${n + 1}`, one, words)));
  $('scenes').replaceChildren(...scenes.map(planned).filter(Boolean));
}

async function begin() {
  const { words, languages, language } = await outline(chosen());
  const paper = await sheet(language);
  document.documentElement.lang = language;
  document.title = `${words.sheet} – ${words.title}`;
  for (const place of document.querySelectorAll('[data-word]')) place.textContent = words[place.dataset.word];
  $('language').replaceChildren(...languages.map((l) =>
    element('option', { value: l.code, selected: l.code === language }, l.name)));
  const plan = Math.max($('plan').selectedIndex, 0);
  $('plan').replaceChildren(...paper.plans.map((p, i) => element('option', { selected: i === plan }, p.title)));
  $('plan').onchange = () => draw(paper, paper.plans[$('plan').selectedIndex], words);
  $('terms').replaceChildren(...paper.terms.map((term) => element('li', {}, term)));
  draw(paper, paper.plans[plan], words);
}

$('language').addEventListener('change', (event) => {
  localStorage.setItem('language', event.target.value);
  begin();
});
$('print').addEventListener('click', () => print());

begin();
