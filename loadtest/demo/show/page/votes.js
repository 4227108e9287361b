// What the audience sees to: how many have voted, and how they join.

import { total } from './bars.js';
import { element, show } from './dom.js';

// counted is how many have voted so far, where there is an audience.
export function counted(votes, lesson) {
  if (!lesson.audience) return null;
  return element('p', { id: 'counted', class: 'quiet' }, `${lesson.words.votes}: ${total(votes)}`);
}

// invite shows where the audience's page is: as a code for cameras, and in letters.
export function invite(lesson) {
  document.getElementById('join').hidden = !lesson.audience;
  if (lesson.audience) {
    show('invitation', lesson.audience, (address) => [
      element('img', { src: 'audience.svg', alt: `QR: ${address}` }), element('p', {}, address)]);
  }
}
