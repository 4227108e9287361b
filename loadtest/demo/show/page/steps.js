// Where a step is in the lesson. A step is the name of its scene and its index there. The plan of a lesson, by its
// minutes, says which scenes come one after the other.

import { element, show } from './dom.js';

const planned = ({ plans }, minutes, scene) => plans.find((p) => p.minutes === minutes).scenes.includes(scene);

// around is the step before (-1) or after (1) one; undefined at the ends of the plan.
export function around(lesson, { scene, step, plan }, by) {
  const { scenes } = lesson;
  let at = scenes.findIndex((s) => s.name === scene);
  if (scenes[at].steps[step + by] !== undefined) return { scene, step: step + by };
  do at += by; while (scenes[at] && !planned(lesson, plan, scenes[at].name));
  return scenes[at] && { scene: scenes[at].name, step: by < 0 ? scenes[at].steps.length - 1 : 0 };
}

// list lists the scenes of the plan, and the one that is looked at, each with its number in the whole lesson.
export function list(lesson, { scene, plan }) {
  const scenes = lesson.scenes.map(({ name, title }, i) => ({ name, title: `${i + 1} ${title}` }));
  show('scene', scenes.filter(({ name }) => name === scene || planned(lesson, plan, name)),
    (all) => all.map(({ name, title }) => element('option', { value: name }, title)));
  document.getElementById('scene').value = scene;
}

// choosePlan shows the plan where the teacher chooses it. Sheets are printed for it.
export function choosePlan(lesson, { plan }) {
  show('plan', lesson.plans, (plans) => plans.map((p) => element('option', { value: p.minutes }, p.title)));
  document.getElementById('plan').value = plan;
  document.getElementById('sheet').hash = `plan=${plan}`;
  document.getElementById('answers').hash = `plan=${plan}&answers`;
}

// numbered is a step's number, as the class calls it.
export const numbered = ({ scenes }, { scene, step }) => `${scenes.findIndex((s) => s.name === scene) + 1}.${step + 1}`;

// named is a step's number and title; nothing for no step.
export const named = (lesson, to) => (to
  ? `${numbered(lesson, to)} ${lesson.scenes.find((s) => s.name === to.scene).steps[to.step]}` : '');
