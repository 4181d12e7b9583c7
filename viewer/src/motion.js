// Boost and speed of all cars over time.

import { TEAMS, dash } from "./colours.js";
import { make } from "./page.js";
import { Plot, span } from "./plot.js";
import { clock } from "./board.js";
import { tip } from "./tip.js";

const FASTEST = 2300; // uu/s
const SUPERSONIC = 2200;
const KINDS = [
  { name: "Boost", unit: "of 100", most: 100, value: (match, i, car) => match.carStatus(i, car).boost },
  { name: "Speed", unit: "uu/s", most: FASTEST, value: (match, i, car) => match.carSpeed(i, car) },
];

export class Motion {
  constructor(panel, match, seek) {
    this.match = match;
    this.plots = KINDS.map((kind) => {
      make("h2", "", `${kind.name}, ${kind.unit}`, panel);
      const label = `${kind.name} of the cars over time`;
      return new Plot(panel, label, 170, seek, (plot, x, y) => this.hover(plot, kind, x, y));
    });
    const legend = make("div", "legend", "", panel);
    match.cars.forEach(({ name }, car) => {
      const entry = make("span", "term", "", legend);
      const swatch = make("i", "swatch line", "", entry);
      swatch.style.borderTopColor = TEAMS[match.cars[car].team];
      swatch.style.borderTopStyle = ["solid", "dashed", "dotted"][this.inTeam(car)];
      make("span", "", name, entry);
    });
    make("p", "note", "From 2,200 uu/s on a car is supersonic: the upper line.", panel);
  }

  inTeam(car) {
    return car % (this.match.cars.length / 2);
  }

  draw(time, _, seconds) {
    const { match } = this;
    const { first, last, start, end } = span(match, time, seconds);
    KINDS.forEach(({ most, value }, k) => {
      const plot = this.plots[k];
      const pen = plot.begin(start, end, 0, most * 1.02, (tick) => String(tick));
      if (most === FASTEST) {
        pen.fillStyle = "#ffffff60";
        pen.fillRect(plot.x(start), plot.y(SUPERSONIC), plot.inner, 1);
      }
      match.cars.forEach(({ team }, car) => {
        const at = (i) => value(match, i, car);
        plot.line(first, last, (i) => match.times[i], at, TEAMS[team], (i) => match.cuts[i], dash(this.inTeam(car)));
      });
      plot.cursor(time);
    });
  }

  hover(plot, { value }, x, y) {
    if (x === undefined || plot.start === undefined) return tip("");
    const { match } = this;
    const { index } = match.frame(plot.timeAt(x));
    const values = match.cars.map(({ name }, car) => `${name} ${Math.round(value(match, index, car))}`);
    return tip(`${values.join(", ")} at ${clock(match.times[index])}`, plot.canvas, x, y);
  }
}
