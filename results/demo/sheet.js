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

const module_sheet_js = (() => {
// The sheet for students, to be printed: what each step asks, and room to write. It has no answers. The teacher's sheet
// has them in that room. The address says which it is, and for which plan: #plan=45&answers.

const { element } = module_dom_js;
const { outline, sheet } = module_link_js;

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

return {  };
})();
