// What every reward term gave: areas stacked on one another, up from zero and down from it, on one scale for all cars.

import { clock } from "./board.js";
import { PALE, series } from "./colours.js";
import { make, press, write } from "./page.js";
import { Plot, signed, span } from "./plot.js";
import { tip } from "./tip.js";

const HEIGHT = 190;
const USUAL = 0.97; // share of the decisions that the scale must hold; a goal may be larger than it
const TOO_LARGE = 3; // times the usual, beyond which a decision is cut off at the edge
const LEAST_WIDTH = 3; // pixels of a decision, so that the colour of a single large one is seen
const RISER = 10; // pixels by which the line of the total leaps without hiding what stands there

export class Rewards {
  constructor(panel, match, seek) {
    this.match = match;
    this.off = new Set(); // terms that are not shown
    this.plots = [];
    this.headings = [];
    if (match.terms.length === 0) make("p", "note", "No reward terms are shown: see --rewards and --config.", panel);
    const shown = match.cars.length > 2 ? 1 : match.cars.length; // more cars: the one that is followed
    for (let k = 0; k < shown && match.terms.length > 0; k++) {
      this.headings.push(make("h2", "", "", panel));
      const hover = (plot, x, y) => this.hover(plot, k, x, y);
      this.plots.push(new Plot(panel, "rewards of every decision, stacked by term", HEIGHT, seek, hover));
    }
    this.buildLegend(make("div", "legend", "", panel));
    make("p", "note", "Of each decision, times its weight. The line is the total. \u25b2\u25bc: larger than the scale.", panel);
  }

  // The terms that gave most have the colours that differ most.
  buildLegend(legend) {
    const { match } = this;
    const sizes = match.terms.map((_, k) => {
      let sum = 0;
      for (let at = k; at < match.rewards.length; at += match.terms.length) sum += Math.abs(match.rewards[at]);
      return sum;
    });
    this.order = sizes.map((_, k) => k).sort((a, b) => sizes[b] - sizes[a]);
    this.colours = [];
    this.values = [];
    this.order.forEach((term, rank) => {
      this.colours[term] = series(rank);
      const button = make("button", "term", "", legend);
      button.setAttribute("aria-pressed", true);
      button.title = "show or hide";
      make("i", "swatch", "", button).style.background = this.colours[term];
      make("span", "", match.terms[term], button);
      this.values[term] = make("b", "", "", button);
      press(button, () => {
        if (!this.off.delete(term)) this.off.add(term);
        button.setAttribute("aria-pressed", !this.off.has(term));
      });
    });
    if (match.terms.length === 0) return;
    const total = make("span", "term total", "", legend);
    make("i", "swatch", "", total);
    make("span", "", "total", total);
    this.total = make("b", "", "", total);
  }

  draw(time, car, seconds) {
    const { match } = this;
    if (this.plots.length === 0) return;
    const cars = this.plots.length > 1 ? match.cars.map((_, number) => number) : [car];
    const range = span(match, time, seconds);
    const stacks = cars.map((number) => this.stack(number, range, this.plots[0].canvas.clientWidth));
    const [low, high] = scale(stacks);
    this.stacks = stacks;
    cars.forEach((number, k) => {
      const { name, team } = match.cars[number];
      write(this.headings[k], name);
      this.headings[k].style.color = PALE[team];
      this.drawStack(this.plots[k], stacks[k], range, low, high, time);
    });
    const now = match.frame(time).index;
    let total = 0;
    match.terms.forEach((_, term) => {
      const value = match.reward(now, car, term);
      if (!this.off.has(term)) total += value;
      write(this.values[term], signed(value));
    });
    write(this.total, signed(total));
  }

  // Means over the decisions of each column of the plot: as many columns as decisions, or as there is room for.
  stack(car, { first, last }, width) {
    const { match } = this;
    const count = Math.max(1, Math.min(last - first + 1, Math.floor(width)));
    return Array.from({ length: count }, (_, k) => {
      const from = first + Math.floor((k * (last - first + 1)) / count);
      const to = Math.max(from + 1, first + Math.floor(((k + 1) * (last - first + 1)) / count));
      const terms = match.terms.map((_, term) => {
        let sum = 0;
        for (let i = from; i < to && !this.off.has(term); i++) sum += match.reward(i, car, term);
        return sum / (to - from);
      });
      // a decision's reward stands from the frame before to the one at which it was paid
      return { terms, start: match.times[Math.max(from - 1, 0)], end: match.times[to - 1] };
    });
  }

  drawStack(plot, stack, { start, end }, low, high, time) {
    const pen = plot.begin(start, end, low, high);
    const [top, bottom] = [plot.y(high), plot.y(low)];
    const totals = [];
    // the larger are drawn later, as they are wider than their time where that is narrow
    for (const column of [...stack].sort((one, other) => size(one) - size(other))) {
      const [left, right] = [Math.max(column.start, start), column.end].map((each) => plot.pixel(plot.x(each)));
      const width = Math.max(right - left, LEAST_WIDTH);
      const ends = { up: 0, down: 0 };
      for (const term of this.order) {
        const value = column.terms[term];
        if (value === 0) continue;
        const side = value > 0 ? "up" : "down";
        const from = plot.y(ends[side]);
        ends[side] += value;
        const to = plot.y(ends[side]);
        const [upper, lower] = [Math.max(Math.min(from, to), top), Math.min(Math.max(from, to), bottom)];
        pen.fillStyle = this.colours[term];
        if (lower > upper) pen.fillRect(left, upper, width, lower - upper);
      }
      pen.fillStyle = "#ffffff";
      if (ends.up > high) triangle(pen, left, top, 1);
      if (ends.down < low) triangle(pen, left, bottom, -1);
      totals.push([left, Math.max(right, left + 1), plot.y(Math.min(Math.max(ends.up + ends.down, low), high))]);
    }
    totals.sort(([one], [other]) => one - other);
    for (const [colour, width] of [["#10141d", 2.5], ["#ffffff", 1]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.beginPath();
      totals.forEach(([left, right, y], k) => {
        if (k && Math.abs(y - totals[k - 1][2]) < RISER) pen.lineTo(left, y);
        else pen.moveTo(left, y);
        pen.lineTo(right, y);
      });
      pen.stroke();
    }
    plot.cursor(time);
  }

  // Names the term under the pointer; beyond the areas, the total.
  hover(plot, k, x, y) {
    const stack = this.stacks?.[k];
    if (x === undefined || !stack) return tip("");
    const time = plot.timeAt(x);
    const column = stack.find((each) => each.end >= time) ?? stack.at(-1);
    const value = plot.valueAt(y);
    const text = this.under(column, value) ?? `total ${signed(column.terms.reduce((sum, each) => sum + each, 0))}`;
    return tip(`${text} at ${clock(column.end)}`, plot.canvas, x, y);
  }

  under(column, value) {
    let reached = 0;
    for (const term of this.order) {
      const own = column.terms[term];
      if (own === 0 || own > 0 !== value > 0) continue;
      reached += own;
      if (Math.abs(reached) >= Math.abs(value)) return `${this.match.terms[term]} ${signed(own)}`;
    }
    return undefined;
  }
}

// The range that holds the usual decisions of all stacks, and all of them unless some are far larger.
function scale(stacks) {
  const limit = (sign) => {
    const sizes = stacks.flat().map(({ terms }) => terms.reduce((sum, value) => sum + Math.max(sign * value, 0), 0));
    sizes.sort((a, b) => a - b);
    const [usual, most] = [sizes[Math.floor(USUAL * (sizes.length - 1))], sizes.at(-1)];
    return most > TOO_LARGE * usual && usual > 0 ? TOO_LARGE * usual : most;
  };
  const [low, high] = [limit(-1), limit(1)];
  const least = Math.max(low, high, 1e-3) / 8; // so that zero is not at the edge
  return [-Math.max(low, least) * 1.08, Math.max(high, least) * 1.08];
}

// How far a decision reaches from zero, at most.
function size({ terms }) {
  const part = (sign) => terms.reduce((sum, value) => sum + Math.max(sign * value, 0), 0);
  return Math.max(part(1), part(-1));
}

function triangle(pen, x, y, down) {
  pen.beginPath();
  pen.moveTo(x - 4, y + down * 7);
  pen.lineTo(x + 4, y + down * 7);
  pen.lineTo(x, y);
  pen.fill();
}
