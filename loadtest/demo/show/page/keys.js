// How keys and buttons steer the lesson, on each page of the presenter's.

const names = { ArrowLeft: 'back', ArrowRight: 'next', ' ': 'run', r: 'replay', R: 'replay' };

// keyed has keys, and the buttons that are called like the commands, give commands. Which of them may be given now is
// asked for each.
export function keyed(commands, may) {
  document.addEventListener('keydown', (event) => {
    const name = names[event.key];
    const own = { run: 'select, button, summary, a, pre', replay: 'none' }[name] ?? 'select, pre'; // which use the key
    if (event.repeat && event.target.closest('button')) event.preventDefault(); // Enter would press it again and again
    if (!name || event.ctrlKey || event.altKey || event.metaKey || event.target.closest(own)) return;
    event.preventDefault();
    if (!event.repeat && may(name, true)) commands[name]();
  });

  // What the mouse has used gives the focus back, so that keys steer the lesson: the space bar would press a button or a
  // fold again, and arrows would choose again in a list.
  document.addEventListener('click', (event) => { if (event.detail) event.target.closest('button, summary')?.blur(); });
  document.addEventListener('change', ({ target }) => { if (!target.matches(':focus-visible')) target.blur(); });

  for (const name of Object.keys(commands)) {
    document.getElementById(name).addEventListener('click', () => may(name, false) && commands[name]());
  }
}
