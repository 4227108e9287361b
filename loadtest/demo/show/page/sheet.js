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

async function begin() {
  const { words, languages, language } = await outline(chosen());
  const scenes = await sheet(language);
  document.documentElement.lang = language;
  document.title = `${words.sheet} – ${words.title}`;
  for (const place of document.querySelectorAll('[data-word]')) place.textContent = words[place.dataset.word];
  $('language').replaceChildren(...languages.map((l) =>
    element('option', { value: l.code, selected: l.code === language }, l.name)));
  $('scenes').replaceChildren(...scenes.map((s, i) => element('section', { class: 'scene' },
    element('h2', {}, `${i + 1} ${s.title}`),
    ...s.steps.map((one, n) => step(`${i + 1}.${n + 1}`, one, words)))));
}

$('language').addEventListener('change', (event) => {
  localStorage.setItem('language', event.target.value);
  begin();
});
$('print').addEventListener('click', () => print());

begin();
