// What charts over time share: a canvas with a time axis, a scale with numbers, a cursor, and the time under the pointer.

import { clock } from "./board.js";
import { INK } from "./colours.js";

const LEFT = 44; // pixels for the numbers of the scale
const TOP = 8;
const BOTTOM = 17; // for the times
const RIGHT = 6;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200]; // seconds between two of them
const FONT = "11px system-ui, sans-serif";

export class Plot {
  // seek(time) is called when the plot is clicked, hover(plot, x, y) when the pointer is over it, and without x when it left.
  constructor(parent, label, height, seek, hover = () => {}) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "plot";
    this.canvas.style.height = `${height}px`;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.height = height;
    parent.append(this.canvas);
    this.canvas.addEventListener("click", (event) => {
      if (this.start !== undefined) seek(this.timeAt(event.offsetX));
    });
    this.canvas.addEventListener("pointermove", (event) => hover(this, event.offsetX, event.offsetY));
    this.canvas.addEventListener("pointerleave", () => hover(this));
  }

  // Clears the plot, which shows [start, end] and values from `low` to `high`, and draws the scale.
  begin(start, end, low, high, format = number) {
    const { canvas, height } = this;
    const scale = window.devicePixelRatio || 1;
    this.width = canvas.clientWidth;
    Object.assign(this, { start, end, low, high });
    const [across, down] = [Math.round(this.width * scale), Math.round(height * scale)];
    if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
    const pen = (this.pen = canvas.getContext("2d"));
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, this.width, height);
    pen.font = FONT;
    pen.lineWidth = 1;
    pen.textAlign = "right";
    for (const value of ticks(low, high, this.height / 30)) {
      pen.fillStyle = value === 0 ? INK.zero : INK.line;
      pen.fillRect(LEFT, Math.round(this.y(value)), this.width - LEFT - RIGHT, 1);
      pen.fillStyle = INK.text;
      pen.fillText(format(value), LEFT - 5, this.y(value) + 4);
    }
    pen.textAlign = "center";
    const step = STEPS.find((seconds) => (end - start) / seconds <= this.width / 70) ?? STEPS.at(-1);
    for (let time = Math.ceil(start / step) * step; time <= end; time += step) {
      pen.fillText(clock(time), Math.min(Math.max(this.x(time), LEFT + 10), this.width - 14), height - 4);
    }
    pen.textAlign = "left";
    return pen;
  }

  cursor(time) {
    this.pen.fillStyle = INK.now;
    this.pen.fillRect(this.x(time), TOP, 1, this.height - TOP - BOTTOM);
  }

  // A line through value(i) of the frames from first to last, interrupted where `cut(i)` says so.
  line(first, last, time, value, colour, cut, dashes = []) {
    const { pen } = this;
    pen.strokeStyle = colour;
    pen.lineWidth = 1.5;
    pen.setLineDash(dashes);
    pen.beginPath();
    let drawing = false;
    for (let i = first; i <= last; i++) {
      if (drawing) pen.lineTo(this.x(time(i)), this.y(value(i)));
      else pen.moveTo(this.x(time(i)), this.y(value(i)));
      drawing = !cut(i);
    }
    pen.stroke();
    pen.setLineDash([]);
  }

  get inner() {
    return this.width - LEFT - RIGHT;
  }

  x(time) {
    return LEFT + (this.inner * (time - this.start)) / Math.max(this.end - this.start, 1e-6);
  }

  y(value) {
    return TOP + ((this.high - value) / Math.max(this.high - this.low, 1e-9)) * (this.height - TOP - BOTTOM);
  }

  // On the edge of a pixel, so that what lies side by side has no seams.
  pixel(x) {
    const scale = window.devicePixelRatio || 1;
    return Math.round(x * scale) / scale;
  }

  timeAt(x) {
    const share = Math.min(Math.max((x - LEFT) / this.inner, 0), 1);
    return this.start + share * (this.end - this.start);
  }

  valueAt(y) {
    return this.high - ((y - TOP) / (this.height - TOP - BOTTOM)) * (this.high - this.low);
  }
}

// Round numbers from low to high, about `count` of them.
export function ticks(low, high, count) {
  const rough = Math.max(high - low, 1e-9) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-6); k * step <= high + 1e-6 * step; k++) found.push(k * step);
  return found;
}

export function number(value) {
  const size = Math.abs(value);
  const digits = size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3;
  return `${value < 0 ? "\u2212" : ""}${size.toFixed(digits)}`;
}

export const signed = (value, digits = 3) => `${value < 0 ? "\u2212" : "+"}${Math.abs(value).toFixed(digits)}`;

// The frames and times that are shown: `seconds` around a time, or all of the match for 0.
export function span(match, time, seconds) {
  if (!seconds) return { first: 0, last: match.length - 1, start: match.start, end: Math.max(match.end, match.start + 1) };
  const start = Math.max(Math.min(time - seconds / 2, match.end - seconds), match.start);
  const end = start + Math.min(seconds, Math.max(match.end - match.start, 1));
  return { first: match.frame(start).index, last: match.frame(end).next, start, end };
}
