// The shape of the arena seen from above: eight walls with rounded corners between them. Units are uu, y is up.

export const SIDE = 4096;
export const BACK = 5120;
export const CORNER = 8064; // |x| + |z| of the diagonal walls
export const HEIGHT = 2044;
export const GOAL = { half: 893, height: 643, depth: 880 };

const ROUNDING = 500; // radius between two walls
const STEPS = 4; // pieces of a rounded corner

// Points [x, z] around the arena, moved inwards by `inset`. Rings of different insets correspond point by point, and
// the piece that begins at a point with `goal` is a goal's mouth.
export function ring(inset) {
  const points = [];
  for (let wall = 0; wall < 8; wall++) {
    const angle = (wall * Math.PI) / 4;
    if (wall % 4 === 2) { // the back walls: the posts of a goal are points of their own
      const end = Math.sin(angle);
      points.push({ x: end * GOAL.half, z: end * (BACK - inset), goal: true });
      points.push({ x: -end * GOAL.half, z: end * (BACK - inset) });
    }
    const centre = meeting(angle, distance(wall) - ROUNDING, distance(wall + 1) - ROUNDING);
    for (let k = 0; k <= STEPS; k++) {
      const turn = angle + (k * Math.PI) / (4 * STEPS);
      const radius = ROUNDING - inset;
      points.push({ x: centre.x + radius * Math.cos(turn), z: centre.z + radius * Math.sin(turn) });
    }
  }
  return points;
}

// How far a wall is from the centre: sides, diagonals and back walls in turn.
function distance(wall) {
  return wall % 2 ? CORNER / Math.SQRT2 : wall % 4 ? BACK : SIDE;
}

// Where two lines meet that are `first` and `second` away from the centre, with normals at `angle` and 45 degrees on.
function meeting(angle, first, second) {
  const along = (second - first * Math.SQRT1_2) / Math.SQRT1_2;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { x: first * cos - along * sin, z: first * sin + along * cos };
}
