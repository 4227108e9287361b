// What the audience sees to: its votes as they come, and how it joins.

import { element, show } from './dom.js';

// tally is how many of the audience have voted for a choice; nothing without any.
export const tally = (n, words) => (n
  ? element('span', { class: 'tally' }, String(n), element('span', { class: 'heard' }, ` ${words.votes}`)) : null);

// counted is how many have voted so far, where there is an audience.
export function counted(votes, lesson) {
  if (!lesson.audience) return null;
  const all = Object.values(votes ?? {}).reduce((sum, n) => sum + n, 0);
  return element('p', { id: 'counted', class: 'quiet' }, `${lesson.words.votes}: ${all}`);
}

// invite shows where the audience's page is: as a code for cameras, and in letters.
export function invite(lesson) {
  document.getElementById('join').hidden = !lesson.audience;
  if (lesson.audience) {
    show('invitation', lesson.audience, (address) => [
      element('img', { src: 'audience.svg', alt: `QR: ${address}` }), element('p', {}, address)]);
  }
}
