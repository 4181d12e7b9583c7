// A recorded match, as jaxrl/watch/page.py writes it, and the position of everything at any time.

import { Vector3 } from "three";

const before = new Vector3();
const speed = new Vector3();
const POSITION_UNIT = 0.25; // uu that an int16 step stands for, as in page.py
const UNIT_VECTOR = 32767;
const NOTHING = 65535; // of a figure that has no value yet
export const LIKELY = 5;

function bytes(text) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
}

// RocketSim is left-handed with z up, three.js right-handed with y up: swap y and z.
function vector(values, offset, unit, target) {
  return target.set(values[offset] * unit, values[offset + 2] * unit, values[offset + 1] * unit);
}

// The arrays of a match: their types, and the numbers per frame.
function layout(data) {
  const cars = data.cars.length;
  const arrays = {
    times: [Float64Array, 1], // seconds
    cuts: [Uint8Array, 1], // 1 if the next frame belongs to another kickoff
    scores: [Uint16Array, 2],
    ball: [Int16Array, 6], // position, angular velocity / 6 rad/s
    poses: [Int16Array, 9 * cars], // position, forward, up
    status: [Uint8Array, 4 * cars], // boost, on ground, demolished, boosting during the decision that ends at the frame
    active: [Uint8Array, data.pads.length],
    rewards: [Float32Array, cars * data.terms.length], // for the decision that ends at the frame
    events: [Uint8Array, cars], // of that decision, the k-th of the names as bit k
    likely: [Uint16Array, LIKELY * cars], // the most likely actions in the frame
    shares: [Uint8Array, LIKELY * cars], // their probabilities / 255; 0 where no bot of ours drives
    values: [Float32Array, cars], // what the critic expects, NaN without one
    chosen: [Uint16Array, cars], // the action before the frame
  };
  return present(arrays, data);
}

// Figures change slowly and are many: they have times of their own.
function slowLayout(data) {
  const arrays = {
    figureTimes: [Float64Array, 1], // seconds
    figures: [Uint16Array, data.cars.length * (data.figureNames?.length ?? 0)], // multiples of their steps
  };
  return present(arrays, data);
}

// What came later is not in older recordings, nor are thoughts where nobody thinks.
function present(arrays, data) {
  return Object.fromEntries(Object.entries(arrays).filter(([name]) => name in data));
}

export class Match {
  constructor(data) {
    this.cars = data.cars; // [{team, name}]
    this.pads = data.pads; // [[x, y, large]]
    this.terms = data.terms; // names of reward terms
    this.title = data.title;
    this.eventNames = data.eventNames ?? [];
    this.figureNames = data.figureNames ?? []; // [{name, unit, meaning, step}]
    this.words = data.words ?? {}; // what actions press, by their number
    this.layouts = { times: layout(data), figureTimes: slowLayout(data) };
    for (const arrays of Object.values(this.layouts)) {
      for (const [name, [Numbers]] of Object.entries(arrays)) this[name] = new Numbers(bytes(data[name]));
    }
  }

  get length() {
    return this.times.length;
  }

  // The range of times that can be shown; a live match drops old frames.
  get start() {
    return this.times[0];
  }

  get end() {
    return this.times[this.length - 1];
  }

  // Appends frames of the same match and drops those older than `seconds`.
  append(data, seconds) {
    this.title = data.title;
    Object.assign(this.words, data.words);
    const oldest = new Float64Array(bytes(data.times)).at(-1) - seconds;
    for (const [clock, arrays] of Object.entries(this.layouts)) {
      const times = this[clock];
      let first = 0;
      while (first < times?.length && times[first] < oldest) first++;
      for (const [name, [Numbers, size]] of Object.entries(arrays)) {
        const kept = this[name].subarray(first * size);
        const added = new Numbers(bytes(data[name]));
        this[name] = new Numbers(kept.length + added.length);
        this[name].set(kept);
        this[name].set(added, kept.length);
      }
    }
  }

  // The number of the last of `times` that is not after `time`, 0 if all are.
  latest(times, time) {
    let low = 0;
    let high = times.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (times[middle] <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  // The last frame at or before a time, and the fraction of the way to the next one, 0 to 1.
  frame(time) {
    const low = this.latest(this.times, time);
    const next = Math.min(low + 1, this.length - 1);
    const gap = this.times[next] - this.times[low];
    const share = gap > 0 && !this.cuts[low] ? Math.min((time - this.times[low]) / gap, 1) : 0;
    return { index: low, next: this.cuts[low] ? low : next, share };
  }

  ballPosition(index, target) {
    return vector(this.ball, 6 * index, POSITION_UNIT, target);
  }

  ballSpin(index, target) {
    return vector(this.ball, 6 * index + 3, 6 / UNIT_VECTOR, target);
  }

  carPosition(index, car, target) {
    return vector(this.poses, 9 * (index * this.cars.length + car), POSITION_UNIT, target);
  }

  // Where a car, or the ball, is as seen from above, blue on the left: [to the right, up], uu.
  carPlace(index, car) {
    const at = 9 * (index * this.cars.length + car);
    return [this.poses[at + 1] * POSITION_UNIT, this.poses[at] * POSITION_UNIT];
  }

  ballPlace(index) {
    return [this.ball[6 * index + 1] * POSITION_UNIT, this.ball[6 * index] * POSITION_UNIT];
  }

  carForward(index, car, target) {
    return vector(this.poses, 9 * (index * this.cars.length + car) + 3, 1 / UNIT_VECTOR, target);
  }

  carUp(index, car, target) {
    return vector(this.poses, 9 * (index * this.cars.length + car) + 6, 1 / UNIT_VECTOR, target);
  }

  carStatus(index, car) {
    const at = 4 * (index * this.cars.length + car);
    const [boost, onGround, demolished, boosting] = this.status.subarray(at, at + 4);
    return { boost, onGround: onGround > 0, demolished: demolished > 0, boosting: boosting > 0 };
  }

  // Sets `target` to the mean velocity from this frame to the next (or since the last, where there is none), uu/s, of
  // what is at place(index, target); returns the seconds between the two, 0 where the velocity is not known.
  velocity({ index, next }, place, target) {
    const from = next > index || index === 0 || this.cuts[index - 1] ? index : index - 1;
    const to = next > index ? next : index;
    const gap = this.times[to] - this.times[from];
    if (gap <= 0) {
      target.set(0, 0, 0);
      return 0;
    }
    place(from, before);
    place(to, target).sub(before).divideScalar(gap);
    return gap;
  }

  // Speed of a car over the decision that ends at a frame, uu/s; 0 at a kickoff.
  carSpeed(index, car) {
    const last = { index: index - 1, next: index };
    if (index === 0 || this.cuts[index - 1]) return 0;
    this.velocity(last, (i, target) => this.carPosition(i, car, target), speed);
    return speed.length();
  }

  // Every goal: when, which frame is its last, and the team that scored.
  goals() {
    const goals = [];
    for (let i = 1; i < this.length; i++) {
      const [before, after] = [this.score(i - 1), this.score(i)];
      const team = after[0] > before[0] ? 0 : after[1] > before[1] ? 1 : -1;
      if (team >= 0) goals.push({ time: this.times[i], index: i, team });
    }
    return goals;
  }

  // A figure of a car up to a time, within a second; undefined where there is nothing yet to be a mean of.
  figure(time, car, number) {
    const count = this.figureNames.length;
    const index = this.latest(this.figureTimes, time);
    const steps = this.figures[(index * this.cars.length + car) * count + number];
    return steps === NOTHING ? undefined : steps * this.figureNames[number].step;
  }

  // Every event of a kind: [{time, index, car, team, kind}].
  eventsOf(kind) {
    const bit = 1 << this.eventNames.indexOf(kind);
    const found = [];
    for (let at = 0; this.events && at < this.events.length; at++) {
      if (!(this.events[at] & bit)) continue;
      const [index, car] = [Math.floor(at / this.cars.length), at % this.cars.length];
      found.push({ time: this.times[index], index, car, team: this.cars[car].team, kind });
    }
    return found;
  }

  // What a car may do next: [{words, share, chosen}], the most likely first; empty where no bot of ours drives it.
  thoughts(index, car) {
    const at = LIKELY * (index * this.cars.length + car);
    if (!this.shares || this.shares[at] === 0) return [];
    const next = this.done(index, car);
    return Array.from({ length: LIKELY }, (_, k) => {
      const action = this.likely[at + k];
      return { words: this.words[action], share: this.shares[at + k] / 255, chosen: action === next };
    });
  }

  // The number of the action that it does next, -1 where that is not known.
  done(index, car) {
    return index + 1 < this.length && !this.cuts[index] ? this.chosen[(index + 1) * this.cars.length + car] : -1;
  }

  // What the critic expects of a car; NaN where there is none.
  value(index, car) {
    return this.values ? this.values[index * this.cars.length + car] : NaN;
  }

  padActive(index, pad) {
    return this.active[index * this.pads.length + pad] > 0;
  }

  reward(index, car, term) {
    return this.rewards[(index * this.cars.length + car) * this.terms.length + term];
  }

  score(index) {
    return [this.scores[2 * index], this.scores[2 * index + 1]];
  }
}
