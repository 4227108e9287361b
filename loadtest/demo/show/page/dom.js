// Small helpers to build the page. Text is always set as text, never as markup: much of it comes from servers.

// element makes an element with attributes and children; a child may be a string, a node, or nothing.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

// heading is the head of a column. On a phone the columns stand below each other, and there it says which is the left one.
export const heading = (side, head, words) =>
  [element('span', { class: 'side' }, `${[words.onLeft, words.onRight][side]}: `), head];

// quantity is a figure with its unit, which no line break tears apart.
export const quantity = (figure, unit) => `${figure}\u00a0${unit}`;

// pathed is a path in which a line breaks after a slash, not within a word.
export const pathed = (path) => path.split(/(?<=\/)/).flatMap((part) => [part, element('wbr')]);

const shown = new Map(); // what a place shows, as JSON

// show puts into a place what make returns for data, unless it shows that already. What was focused or open stays so.
export function show(id, data, make) {
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
export function called({ choices }, name) {
  const choice = choices?.find((c) => c.name === name);
  return choice?.called ?? choice?.words ?? '';
}

// forget has everything be made again, as in another language.
export function forget() { shown.clear(); }
