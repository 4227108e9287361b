// How long the class still has to wait, where a step lets time pass.

import { element } from './dom.js';

let end; // when it goes on, by this page's clock
let ticking;

// countdown counts from so many milliseconds down to nothing; without any it shows nothing.
export function countdown(left, words) {
  end = performance.now() + (left ?? 0);
  clearInterval(ticking);
  const place = document.getElementById('left');
  const tick = () => {
    const seconds = Math.ceil((end - performance.now()) / 1000);
    place.hidden = seconds <= 0;
    if (place.hidden) {
      clearInterval(ticking);
      return;
    }
    place.replaceChildren(element('span', {}, `${words.left}:`), ' ', element('strong', {}, String(seconds)));
  };
  ticking = setInterval(tick, 250);
  tick();
}
