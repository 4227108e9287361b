// Where a step is in the lesson. A step is the name of its scene and its index there.

// around is the step before (-1) or after (1) one; undefined at the ends of the lesson.
export function around({ scenes }, { scene, step }, by) {
  const at = scenes.findIndex((s) => s.name === scene);
  if (scenes[at].steps[step + by] !== undefined) return { scene, step: step + by };
  const other = scenes[at + by];
  return other && { scene: other.name, step: by < 0 ? other.steps.length - 1 : 0 };
}

// numbered is a step's number, as the class calls it.
export const numbered = ({ scenes }, { scene, step }) => `${scenes.findIndex((s) => s.name === scene) + 1}.${step + 1}`;

// named is a step's number and title; nothing for no step.
export const named = (lesson, to) => (to
  ? `${numbered(lesson, to)} ${lesson.scenes.find((s) => s.name === to.scene).steps[to.step]}` : '');
