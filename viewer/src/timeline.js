// Events under the scrub bar, blue's over orange's: their colour says whose, their shape what.

import { clock } from "./board.js";
import { clip } from "./marks.js";
import { element, make } from "./page.js";

const SHOWN = ["shot", "save", "demolition", "aerial touch"]; // and goals
const BEFORE = { goal: 4, shot: 2, save: 2, demolition: 2, "aerial touch": 2 }; // seconds to see how it came about
const SAME = 0.05; // seconds

export class Timeline {
  constructor(match, seek) {
    Object.assign(this, { match, seek, events: [] });
    for (const kind of ["goal", ...SHOWN]) {
      if (kind !== "goal" && !match.events) continue;
      const entry = make("span", "", "", element("kinds"));
      shape(entry, kind);
      make("span", "", kind, entry);
    }
  }

  // Reads the events again, as a live match grows.
  update(goals) {
    const { match } = this;
    const all = goals.map((goal) => ({ ...goal, kind: "goal" }));
    for (const kind of SHOWN) all.push(...match.eventsOf(kind));
    this.events = all.sort((a, b) => a.time - b.time);
    element("events").replaceChildren(...this.events.map((event) => this.mark(event)));
  }

  mark(event) {
    const { match } = this;
    const { time, team, kind, car } = event;
    const mark = make("span", `event ${team ? "orange" : "blue"}`);
    mark.dataset.kind = kind;
    mark.style.left = `${(100 * (time - match.start)) / Math.max(match.end - match.start, 1e-6)}%`;
    mark.title = `${kind} of ${car === undefined ? ["blue", "orange"][team] : match.cars[car].name} at ${clock(time)}`;
    shape(mark, kind);
    // not click: a live match redraws the marks so often that press and release may hit different ones
    mark.addEventListener("pointerdown", () => this.show(event));
    return mark;
  }

  show({ time, kind }) {
    this.seek(time - BEFORE[kind]);
  }

  // Goes to the next event (1) or the one before (-1). Each is shown from a moment before it, which is where it counts.
  step(direction, now) {
    const places = this.events.map((event) => ({ event, at: Math.max(event.time - BEFORE[event.kind], this.match.start) }));
    places.sort((a, b) => a.at - b.at);
    const found = direction > 0
      ? places.find(({ at }) => at > now + SAME)
      : places.findLast(({ at }) => at < now - (direction < 0 ? 1 : 0) - SAME); // played on a little meanwhile
    if (found) this.show(found.event);
  }
}

function shape(parent, kind) {
  const box = make("i", "", "", parent);
  box.style.clipPath = clip(kind);
  return box;
}
