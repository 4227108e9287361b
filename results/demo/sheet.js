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

return { element, heading, quantity, show, called, forget };
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

const at = { scene: steps[0].scene, step: steps[0].step, frame: 0, bet: '' };
let language;
let tell = () => {};
let timer;

const recorded = () => steps.find((s) => s.scene === at.scene && s.step === at.step);

// show tells the state at the present frame, as it would be with the bet that was placed here.
function show() {
  const { frames, picks } = recorded();
  const view = frames[at.frame].views[language];
  const pick = view.phase === 'shown' ? picks?.[language]?.[at.bet] : undefined;
  setTimeout(tell, 0, { ...view, bet: at.bet, pick });
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

const module_sheet_js = (() => {
// The sheet for students, to be printed: what each step asks, and room for the answers. It has none of them.

const { element } = module_dom_js;
const { outline, sheet } = module_link_js;

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

return {  };
})();
