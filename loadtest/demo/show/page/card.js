// The card that ends the lesson: what a service needs, what then to choose, and where that was seen and measured.

import { element, show } from './dom.js';
import { around } from './steps.js';

// card fills the card. It opens by itself at the end of the lesson, and can be opened before.
export function card(lesson) {
  const { words, scenes, report } = lesson;
  show('card-text', lesson.card, (findings) => [
    element('p', { class: 'why' }, words.which),
    ...findings.map((f, i) => {
      const scene = scenes.findIndex((s) => s.name === f.scene);
      return element('article', { class: 'finding' },
        element('h3', {}, f.need),
        element('p', {}, f.take),
        element('p', { class: 'line' },
          element('a', { href: `#/${f.scene}/${f.step + 1}` }, `${words.seen}: ${scene + 1}.${f.step + 1} ${
            scenes[scene].steps[f.step]}`),
          report ? element('a', { href: `${report}#${f.claim}`, target: '_blank', rel: 'noopener' }, words.measured) : null),
        element('details', { id: `card-code-${i}` },
          element('summary', {}, `${words.code}: ${f.code.file}${f.code.line ? `:${f.code.line}` : ''}`),
          f.code.text ? element('pre', { tabindex: '0' }, f.code.text) : null));
    })]);
}

// finished opens the card once the last step of the plan has been shown.
export function finished(lesson, state, before) {
  const ended = (v) => v && v.phase === 'shown' && !around(lesson, v, 1);
  if (ended(state) && !ended(before)) document.getElementById('card').open = true;
}
