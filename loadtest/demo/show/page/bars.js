// The votes of the class: beside each choice a bar, as long as its share of all votes, and the count.

import { mark } from './chart.js';
import { element, quantity } from './dom.js';

// total is how many have voted.
export const total = (votes) => Object.values(votes ?? {}).reduce((sum, n) => sum + n, 0);

// bar is what stands beside a choice. Once it is known which choice won, it says whether this one did.
export function bar(choice, { votes, won }, words) {
  const n = votes?.[choice.name] ?? 0;
  const share = n / Math.max(1, total(votes));
  const held = won && (choice.name === won ? 'right' : 'wrong');
  return [
    mark('svg', { class: `bar ${held || 'open'}`, viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      mark('rect', { class: 'all', width: 100, height: 10 }), mark('rect', { class: 'share', width: 100 * share, height: 10 })),
    element('span', { id: `votes-${choice.name}`, class: n ? 'tally' : 'tally none' },
      String(n), element('span', { class: 'heard' }, ` ${words.votes}`), ` (${quantity(Math.round(100 * share), '%')})`,
      held ? element('span', { class: 'heard' }, ` ${held === 'right' ? words.correct : words.incorrect}`) : null),
  ];
}
