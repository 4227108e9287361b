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

export function send(name, command = {}) {
  commands[name]?.(command);
  show();
}

export const outline = async (wanted) => outlines[wanted] ?? outlines.en;

export const sheet = async (wanted) => sheets[wanted] ?? sheets.en;

export function follow(wanted, told) {
  language = outlines[wanted] ? wanted : 'en';
  tell = told;
  show();
  return () => { tell = () => {}; };
}
