// What a bot thinks: its most likely actions, what its critic expects, and when that was surprised.

import { clock } from "./board.js";
import { PALE } from "./colours.js";
import { make, press, write } from "./page.js";
import { LIKELY } from "./match.js";
import { Plot, number, signed, span } from "./plot.js";
import { surprises } from "./surprises.js";
import { tip } from "./tip.js";

const NEAR = 6; // pixels

export class Thoughts {
  constructor(panel, match, seek) {
    Object.assign(this, { match, seek, time: 0 });
    this.heading = make("h2", "", "", panel);
    this.silent = make("p", "note", "", panel);
    this.list = make("ol", "likely", "", panel);
    // one more for what it does where that is none of them
    this.rows = Array.from({ length: LIKELY + 1 }, () => {
      const row = make("li", "", "", this.list);
      const [words, bar, share] = [make("b", "", "", row), make("span", "", "", row), make("em", "", "", row)];
      return { row, words, bar: make("i", "", "", bar), share };
    });
    this.critic = make("div", "", "", panel);
    this.title = make("h2", "", "", this.critic);
    this.plot = new Plot(this.critic, "what the critic expects over time", 170, (time) => this.click(time),
      (plot, x, y) => this.hover(x, y));
    make("h2", "", "Where the critic was most surprised", this.critic);
    this.buttons = make("div", "surprises", "", this.critic);
    make("p", "note", "How much the value changed in one decision, V(next state) \u2212 V(state); not across kickoffs. The unit is "
      + "that of the rewards in training.", this.critic);
  }

  draw(time, car, seconds) {
    const { match } = this;
    const { index } = match.frame(time);
    Object.assign(this, { car });
    const { name, team } = match.cars[car];
    const likely = match.thoughts(index, car);
    write(this.heading, likely.length ? `${name}: most likely now` : name);
    this.heading.style.color = PALE[team];
    write(this.silent, likely.length ? "" : "It has no network of ours whose thoughts could be shown, or decides at other times.");
    this.list.hidden = !likely.length;
    likely.forEach(({ words, share, chosen }, k) => {
      const row = this.rows[k];
      write(row.words, share ? words : "");
      write(row.share, share ? `${(100 * share).toFixed(0)}%${chosen ? " \u2190 does it" : ""}` : "");
      row.bar.style.width = `${100 * share}%`;
      row.row.classList.toggle("chosen", chosen);
    });
    this.drawOther(index, likely);
    const value = match.value(index, car);
    const hasCritic = !Number.isNaN(value);
    this.critic.hidden = !hasCritic;
    if (likely.length && !hasCritic) write(this.silent, "Its critic is unknown: an exported bot has none, nor have checkpoints of earlier versions.");
    if (hasCritic) this.drawValue(time, value, seconds);
  }

  drawOther(index, likely) {
    const { row, words, bar, share } = this.rows[LIKELY];
    const action = likely.length ? this.match.done(index, this.car) : -1;
    const other = action >= 0 && !likely.some(({ chosen }) => chosen);
    row.classList.toggle("chosen", other);
    bar.style.width = 0;
    row.style.visibility = other ? "visible" : "hidden"; // its place stays, and what is below does not jump
    write(words, other ? this.match.words[action] : "");
    write(share, other ? `under ${Math.ceil(100 * likely.at(-1).share)}% \u2190 does it` : "");
  }

  drawValue(time, value, seconds) {
    const { match, car, plot } = this;
    const looks = `${car} ${match.start} ${match.end}`;
    if (looks !== this.found) this.findSurprises();
    this.found = looks;
    const { first, last, start, end } = span(match, time, seconds);
    let [low, high] = [Infinity, -Infinity];
    for (let i = first; i <= last; i++) {
      low = Math.min(low, match.value(i, car));
      high = Math.max(high, match.value(i, car));
    }
    const room = Math.max(0.1 * (high - low), 1e-3);
    write(this.title, `Value: ${signed(value, 2)}`);
    const pen = plot.begin(start, end, low - room, high + room, number);
    plot.line(first, last, (i) => match.times[i], (i) => match.value(i, car), "#f0e442", (i) => match.cuts[i]);
    for (const { index, change } of this.surprises) {
      if (index < first || index > last) continue;
      const [x, y] = [plot.x(match.times[index]), plot.y(match.value(index, car))];
      const up = change > 0 ? 1 : -1;
      pen.fillStyle = "#ffffff";
      pen.beginPath();
      pen.moveTo(x, y - up * 11);
      pen.lineTo(x - 5, y - up * 3);
      pen.lineTo(x + 5, y - up * 3);
      pen.fill();
    }
    plot.cursor(time);
  }

  findSurprises() {
    const { match, car } = this;
    this.surprises = surprises(match, car);
    this.buttons.replaceChildren(...this.surprises.map(({ index, change }) => {
      const button = make("button", "", `${clock(match.times[index])} ${signed(change, 2)}`);
      button.title = "show it";
      press(button, () => this.seek(match.times[index] - 1));
      return button;
    }));
  }

  click(time) {
    this.seek(time);
  }

  hover(x, y) {
    const { match, plot } = this;
    if (x === undefined || plot.start === undefined) return tip("");
    const { index } = match.frame(plot.timeAt(x));
    const near = this.surprises.find((each) => Math.abs(plot.x(match.times[each.index]) - x) < NEAR);
    const text = near
      ? `surprised: ${signed(near.change, 2)} in a decision, at ${clock(match.times[near.index])}`
      : `value ${signed(match.value(index, this.car), 2)} at ${clock(match.times[index])}`;
    return tip(text, plot.canvas, x, y);
  }
}
