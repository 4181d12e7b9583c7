// Where a ball in flight comes down, if nobody touches it: gravity, and walls that it bounces off.

import { BACK, CORNER, GOAL, HEIGHT, SIDE } from "./outline.js";

export const GRAVITY = 650; // uu/s²
const RADIUS = 91.25;
const REST = 92.75; // height of its centre on the floor
const KEPT = 0.6; // of the speed across a wall, after a bounce
const STEP = 1 / 120; // seconds
const LONGEST = 6;

// Moves `position` to where the ball touches the floor, and returns after how many seconds; NaN if it does not, as in
// a goal. The curves between walls and floor are left out, and so is drag.
export function land(position, velocity) {
  for (let time = 0; time < LONGEST; time += STEP) {
    position.addScaledVector(velocity, STEP);
    position.y -= (GRAVITY * STEP * STEP) / 2;
    velocity.y -= GRAVITY * STEP;
    if (position.y <= REST && velocity.y < 0) return time;
    const inMouth = Math.abs(position.x) < GOAL.half - RADIUS && position.y < GOAL.height - RADIUS;
    if (inMouth && Math.abs(position.z) > BACK) return NaN;
    bounce(velocity, position.y - (HEIGHT - RADIUS), 0, 1, 0);
    bounce(velocity, Math.abs(position.x) - (SIDE - RADIUS), Math.sign(position.x), 0, 0);
    if (!inMouth) bounce(velocity, Math.abs(position.z) - (BACK - RADIUS), 0, 0, Math.sign(position.z));
    const beyond = (Math.abs(position.x) + Math.abs(position.z) - CORNER) * Math.SQRT1_2 + RADIUS;
    bounce(velocity, beyond, Math.sign(position.x) * Math.SQRT1_2, 0, Math.sign(position.z) * Math.SQRT1_2);
  }
  return NaN;
}

// Turns the velocity back where the ball is beyond a wall, whose normal points out of the arena.
function bounce(velocity, beyond, x, y, z) {
  const speed = velocity.x * x + velocity.y * y + velocity.z * z;
  if (beyond <= 0 || speed <= 0) return;
  velocity.x -= (1 + KEPT) * speed * x;
  velocity.y -= (1 + KEPT) * speed * y;
  velocity.z -= (1 + KEPT) * speed * z;
}
