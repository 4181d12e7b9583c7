// The field from above, blue on the left: where each car was, and where it touched the ball.

import { clock } from "./board.js";
import { PALE, TEAMS } from "./colours.js";
import { mark } from "./marks.js";
import { BACK, GOAL, SIDE, ring } from "./outline.js";
import { make, write } from "./page.js";
import { tip } from "./tip.js";

const CELL = 256; // uu
const [ACROSS, DOWN] = [2 * Math.ceil(BACK / CELL), (2 * SIDE) / CELL];
const LONG = BACK + GOAL.depth; // of the picture, from the middle
const NEAR = 8; // pixels from the pointer to a touch
const KINDS = ["touch", "shot", "save", "aerial touch"]; // the last that holds is drawn

export class Heat {
  constructor(panel, match, seek) {
    this.match = match;
    this.timeless = true; // shows the whole match
    this.maps = match.cars.map(({ name, team }, car) => {
      const heading = make("h2", "", name, panel);
      heading.style.color = PALE[team];
      const time = make("small", "", "", heading);
      const canvas = make("canvas", "map", "", panel);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `where ${name} was, and where it touched the ball`);
      canvas.addEventListener("pointermove", (event) => this.hover(car, event));
      canvas.addEventListener("pointerleave", () => tip(""));
      canvas.addEventListener("click", (event) => {
        const touch = this.nearest(car, event);
        if (touch) seek(touch.time - 1);
      });
      return { canvas, time, counts: new Float32Array(ACROSS * DOWN), touches: [] };
    });
    const note = "Of the whole match: the brighter, the longer. Blue attacks to the right. Marks are touches: \u25cf, shots \u25b2, "
      + "saves \u25a0, aerial touches \u25c6; click one to see it.";
    make("p", "note", note, panel);
  }

  draw(time) {
    const { match } = this;
    const looks = `${match.start} ${match.end}`;
    if (looks !== this.counted) this.count();
    this.counted = looks;
    match.cars.forEach((_, car) => this.drawMap(car, match.frame(time).index));
  }

  count() {
    const { match } = this;
    this.maps.forEach(({ counts, time }, car) => {
      counts.fill(0);
      for (let i = 0; i < match.length; i++) {
        if (match.carStatus(i, car).demolished) continue;
        const [long, wide] = match.carPlace(i, car);
        const [column, row] = [(long + BACK) / CELL, (SIDE - wide) / CELL].map(Math.floor);
        counts[Math.min(Math.max(row, 0), DOWN - 1) * ACROSS + Math.min(Math.max(column, 0), ACROSS - 1)] += 1;
      }
      const touches = new Map();
      for (const kind of KINDS) {
        for (const event of match.eventsOf(kind)) if (event.car === car) touches.set(event.index, event);
      }
      this.maps[car].touches = [...touches.values()];
      this.maps[car].picture = picture(counts, match.cars[car].team);
      const count = match.eventsOf("touch").filter((event) => event.car === car).length;
      write(time, match.events ? ` ${count} touches` : "");
    });
  }

  drawMap(car, now) {
    const { match } = this;
    const { canvas, picture, touches } = this.maps[car];
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    this.unit = width / (2 * LONG); // pixels of a uu
    const height = Math.round(2 * (SIDE + 80) * this.unit);
    canvas.style.height = `${height}px`;
    Object.assign(canvas, { width: Math.round(width * scale), height: Math.round(height * scale) });
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.translate(width / 2, height / 2);
    const place = ([long, wide]) => [long * this.unit, -wide * this.unit];

    outline(pen, place);
    pen.save();
    pen.clip();
    pen.imageSmoothingEnabled = true;
    const [left, top] = place([-BACK, SIDE]);
    pen.drawImage(picture, left, top, -2 * left, -2 * top);
    pen.restore();
    pen.strokeStyle = "#ffffff80";
    pen.lineWidth = 1;
    pen.stroke();
    pen.strokeStyle = "#ffffff40";
    pen.beginPath();
    pen.moveTo(...place([0, -SIDE]));
    pen.lineTo(...place([0, SIDE]));
    pen.stroke();
    for (const [side, team] of [[-1, 0], [1, 1]]) {
      pen.strokeStyle = TEAMS[team];
      const [x, y] = place([side * BACK, GOAL.half]);
      pen.strokeRect(Math.min(x, x + side * GOAL.depth * this.unit), y, GOAL.depth * this.unit, -2 * y);
    }
    for (const { index, kind } of touches) {
      const [x, y] = place(match.ballPlace(index));
      mark(pen, kind === "touch" ? "dot" : kind, x, y, kind === "touch" ? 2.6 : 4.5, "#ffffff");
    }
    pen.strokeStyle = "#ffffff";
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(...place(match.carPlace(now, car)), 6, 0, 2 * Math.PI);
    pen.stroke();
  }

  nearest(car, { offsetX, offsetY }) {
    const { canvas, touches } = this.maps[car];
    let [best, found] = [NEAR, undefined];
    for (const touch of touches) {
      const [long, wide] = this.match.ballPlace(touch.index);
      const x = canvas.clientWidth / 2 + long * this.unit - offsetX;
      const y = canvas.clientHeight / 2 - wide * this.unit - offsetY;
      if (Math.hypot(x, y) < best) [best, found] = [Math.hypot(x, y), touch];
    }
    return found;
  }

  hover(car, event) {
    const touch = this.nearest(car, event);
    tip(touch ? `${touch.kind} at ${clock(touch.time)}` : "", event.target, event.offsetX, event.offsetY);
  }
}

// Mixes every cell with its neighbours: a car drives on across the edge of a cell.
function smooth(counts) {
  const mixed = new Float32Array(counts.length);
  for (let k = 0; k < counts.length; k++) {
    const [row, column] = [Math.floor(k / ACROSS), k % ACROSS];
    for (let down = -1; down <= 1; down++) {
      for (let right = -1; right <= 1; right++) {
        const [y, x] = [Math.min(Math.max(row + down, 0), DOWN - 1), Math.min(Math.max(column + right, 0), ACROSS - 1)];
        mixed[k] += (counts[y * ACROSS + x] * (2 - Math.abs(down)) * (2 - Math.abs(right))) / 16;
      }
    }
  }
  return mixed;
}

function outline(pen, place) {
  pen.beginPath();
  for (const { x, z } of ring(0)) pen.lineTo(...place([z, x]));
  pen.closePath();
  pen.fillStyle = "#0d1119";
  pen.fill();
}

// One pixel a cell; the browser smoothes it as it enlarges it.
function picture(counts, team) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: ACROSS, height: DOWN });
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(ACROSS, DOWN);
  const sorted = counts.filter((count) => count > 0).sort();
  const most = sorted[Math.floor(0.98 * (sorted.length - 1))] || 1; // where cars stand at kickoffs is no measure
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(TEAMS[team].slice(at, at + 2), 16));
  smooth(counts).forEach((count, k) => {
    const share = Math.min(Math.sqrt(count / most), 1);
    const white = Math.max(share - 0.65, 0) * 1.6; // the longest stays are paler
    image.data.set([red, green, blue].map((value) => value + (255 - value) * white), 4 * k);
    image.data[4 * k + 3] = 255 * share;
  });
  pen.putImageData(image, 0, 0);
  return canvas;
}
