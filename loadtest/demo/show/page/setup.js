// A setup as text, for the address: #left=session-redis&right=token-hs256&replicas=2&rate=200 and the faults. What is
// not named is as in the beginning. There is no secret in it.

export const beginning = {
  schemes: ['session-redis', 'token-hs256'], replicas: 2, rate: 200, killed: [], paused: [], stopped: false, delay: 0,
  clock: 0, key: 0,
};

const numbers = ['delay', 'clock', 'key'];
const lists = ['killed', 'paused'];

// written is a setup as text.
export function written(setup) {
  const parts = new URLSearchParams({
    left: setup.schemes[0], right: setup.schemes[1], replicas: setup.replicas, rate: setup.rate,
  });
  for (const name of lists) if (setup[name].length) parts.set(name, setup[name].join('.'));
  if (setup.stopped) parts.set('store', 'stopped');
  for (const name of numbers) if (setup[name]) parts.set(name, setup[name]);
  return `#${parts}`;
}

// read is the setup of a text; undefined where it names nothing. The server checks what it says.
export function read(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  if (![...parts].length) return undefined;
  const number = (text) => Math.trunc(Number(text)) || 0;
  const whole = (name, otherwise) => (parts.has(name) ? number(parts.get(name)) : otherwise);
  const setup = { ...beginning, stopped: parts.get('store') === 'stopped' };
  setup.schemes = [parts.get('left') ?? beginning.schemes[0], parts.get('right') ?? beginning.schemes[1]];
  for (const name of ['replicas', 'rate', ...numbers]) setup[name] = whole(name, beginning[name]);
  for (const name of lists) setup[name] = (parts.get(name) ?? '').split('.').filter(Boolean).map(number);
  return setup;
}
