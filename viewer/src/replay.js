// Goals again, in slow motion from over the goal, where that is switched on.

import { element } from "./page.js";

const BEFORE = 2.6; // seconds of the match
const SPEED = 0.35;

export class Replay {
  constructor(viewer) {
    Object.assign(this, { viewer, on: false, until: undefined });
  }

  switch() {
    this.on = !this.on;
    if (!this.on) this.end();
  }

  get running() {
    return this.until !== undefined;
  }

  // Called before the time moves on to `time`: returns the time to go to instead, or that one.
  pass(time) {
    const { viewer } = this;
    if (this.running) {
      if (time >= this.until) this.end();
      return time;
    }
    const goal = this.on && viewer.goals.find((each) => each.time > viewer.time && each.time <= time);
    if (!goal) return time;
    this.until = goal.time;
    this.before = { speed: viewer.speed, camera: viewer.cameras.name };
    viewer.speed = SPEED;
    viewer.look("goal");
    element("slow").hidden = false;
    return Math.max(goal.time - BEFORE, viewer.match.start);
  }

  // Also where somebody moves to another time meanwhile.
  end() {
    if (!this.running) return;
    this.until = undefined;
    element("slow").hidden = true;
    this.viewer.speed = this.before.speed;
    this.viewer.look(this.before.camera);
  }
}
