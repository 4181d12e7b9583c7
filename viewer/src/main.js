// The page: reads the match, draws it, and handles playback, scrubbing and cameras.

import * as THREE from "three";
import { Ball, Car } from "./actors.js";
import { CAMERAS, Cameras } from "./cameras.js";
import { Charts } from "./charts.js";
import { TEAM_COLOURS, buildField, buildPads } from "./field.js";
import { listen } from "./live.js";
import { Match } from "./match.js";

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
const BEHIND = 0.2; // seconds by which a live match lags its newest frame, so that there is always one to move towards
const LOST = 1; // seconds of further lag at which playback jumps instead of speeding up
const HISTORY = 300; // seconds of a live match that are kept
const element = (id) => document.getElementById(id);

class Viewer {
  constructor(match, live) {
    this.match = match;
    this.live = live; // more frames will arrive, see grow()
    this.following = live; // show the newest frame
    this.time = live ? match.end : match.start;
    this.speed = 1;
    this.playing = true;
    this.car = 0;
    this.renderer = new THREE.WebGLRenderer({ canvas: element("field"), antialias: true, preserveDrawingBuffer: true });
    this.scene = new THREE.Scene();
    this.scene.background = new THREE.Color(0x10141d);
    this.scene.add(new THREE.HemisphereLight(0xdfe8ff, 0x39404f, 2.2), buildField());
    const sun = new THREE.DirectionalLight(0xffffff, 1.4);
    sun.position.set(2000, 6000, -3000);
    this.pads = buildPads(match.pads);
    this.scene.add(sun, ...this.pads);
    this.ball = new Ball(this.scene, match);
    this.cars = match.cars.map((_, number) => new Car(this.scene, match, number));
    this.cameras = new Cameras(element("field"));
    this.charts = new Charts(element("charts"), match);
    this.buildControls();
    this.resize();
    window.addEventListener("resize", () => this.resize());
    this.last = performance.now();
    requestAnimationFrame((now) => this.tick(now));
  }

  buildControls() {
    const { match } = this;
    const scrub = element("scrub");
    scrub.addEventListener("input", () => this.seek(Number(scrub.value)));
    press(element("play"), () => this.toggle());
    element("now").hidden = !this.live;
    press(element("now"), () => this.follow());
    fill(element("speed"), SPEEDS.map((speed) => [speed, `${speed}x`]), 1, (value) => (this.speed = Number(value)));
    const cars = match.cars.map((car, number) => [number, car.name]);
    fill(element("car"), cars, 0, (value) => this.select(Number(value)));
    fill(element("window"), [[20, "20 s"], [60, "a minute"], [0, "whole match"]], 20, (value) => {
      this.charts.show(this.car, Number(value));
    });
    this.boosts = match.cars.map((car) => {
      const row = document.createElement("div");
      row.style.color = `#${TEAM_COLOURS[car.team].toString(16)}`;
      element("boost").append(row);
      return row;
    });
    for (const name of CAMERAS) {
      const button = document.createElement("button");
      button.textContent = name;
      button.dataset.camera = name;
      press(button, () => this.look(name));
      element("cameras").append(button);
    }
    this.look("ball");
    window.addEventListener("keydown", (event) => this.key(event));
    this.showRange();
  }

  // Adds the frames of a live match that have just arrived.
  grow(data) {
    this.match.append(data, HISTORY);
    if (!this.following) this.time = Math.max(this.time, this.match.start);
    this.showRange();
  }

  showRange() {
    const { match } = this;
    element("title").textContent = document.title = match.title;
    element("scrub").min = match.start;
    element("scrub").max = match.end;
    this.markGoals();
  }

  // Draws a mark under the scrub bar for every goal, in the colour of the team that scored.
  markGoals() {
    const { match } = this;
    const marks = [];
    for (let i = 1; i < match.length; i++) {
      const [before, after] = [match.score(i - 1), match.score(i)];
      const team = after[0] > before[0] ? 0 : after[1] > before[1] ? 1 : -1;
      if (team < 0) continue;
      const mark = document.createElement("span");
      const time = match.times[i];
      mark.className = team ? "goal orange" : "goal blue";
      mark.style.left = `${(100 * (time - match.start)) / (match.end - match.start)}%`;
      mark.title = `goal at ${clock(time)}`;
      // not click: a live match redraws the marks so often that press and release may hit different ones
      mark.addEventListener("pointerdown", () => this.seek(time - 4));
      marks.push(mark);
    }
    element("goals").replaceChildren(...marks);
  }

  key(event) {
    if (event.target.tagName === "SELECT" || event.ctrlKey || event.metaKey || event.altKey) return;
    const camera = CAMERAS[Number(event.key) - 1];
    if (event.key === " ") event.repeat || this.toggle();
    else if (event.key === "ArrowRight") this.seek(this.time + 2);
    else if (event.key === "ArrowLeft") this.seek(this.time - 2);
    else if (camera) this.look(camera);
    else return;
    event.preventDefault();
  }

  toggle() {
    if (!this.playing && !this.live && this.time >= this.match.end) this.time = this.match.start;
    this.playing = !this.playing;
    this.following &&= this.playing;
  }

  seek(time) {
    this.following = false;
    this.moveTo(time);
  }

  moveTo(time) {
    this.time = Math.min(Math.max(time, this.match.start), this.match.end);
  }

  follow() {
    this.following = this.playing = true;
    this.moveTo(this.match.end - BEHIND);
  }

  look(name) {
    this.cameras.use(name);
    for (const button of document.querySelectorAll("[data-camera]")) {
      button.classList.toggle("on", button.dataset.camera === name);
    }
  }

  select(car) {
    this.car = car;
    this.charts.show(car, this.charts.window);
  }

  resize() {
    const { clientWidth, clientHeight } = element("stage");
    this.renderer.setPixelRatio(window.devicePixelRatio || 1);
    this.renderer.setSize(clientWidth, clientHeight, false);
    this.cameras.resize(clientWidth, clientHeight);
  }

  tick(now) {
    const passed = Math.min((now - this.last) / 1000, 0.25);
    this.last = now;
    if (this.following) this.keepUp(passed);
    else if (this.playing) {
      this.moveTo(this.time + this.speed * passed);
      if (this.time >= this.match.end) this.reachedEnd();
    }
    this.draw();
    requestAnimationFrame((next) => this.tick(next));
  }

  // Advances a live match at the speed of play, slightly faster or slower to even out the arrival of frames.
  keepUp(passed) {
    const late = this.match.end - BEHIND - this.time;
    if (Math.abs(late) > LOST) this.moveTo(this.match.end - BEHIND);
    else this.moveTo(this.time + passed * (1 + late));
  }

  reachedEnd() {
    if (this.live) this.follow();
    else this.playing = false;
  }

  draw() {
    const { match, time } = this;
    const frame = match.frame(time);
    this.ball.place(frame, time);
    for (const car of this.cars) car.place(frame, time);
    this.pads.forEach((pad, number) => (pad.charge.visible = match.padActive(frame.index, number)));
    this.cameras.update(this.cars[this.car], this.ball);
    this.renderer.render(this.scene, this.cameras.camera);
    this.charts.draw(time);
    const [blue, orange] = match.score(frame.index);
    element("blue").textContent = blue;
    element("orange").textContent = orange;
    element("clock").textContent = clock(time);
    element("scrub").value = time;
    element("now").classList.toggle("on", this.following);
    element("play").textContent = this.playing ? "\u275a\u275a" : "\u25b6";
    this.boosts.forEach((row, number) => {
      row.textContent = `${match.cars[number].name}: boost ${match.carStatus(frame.index, number).boost}`;
      row.classList.toggle("on", number === this.car);
    });
  }
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function fill(select, options, chosen, changed) {
  for (const [value, text] of options) select.append(new Option(text, value, value === chosen, value === chosen));
  select.addEventListener("change", () => {
    changed(select.value);
    select.blur(); // give the keyboard back to the viewer
  });
}

// Handles clicks on a button without letting it take the keyboard.
function press(button, act) {
  button.addEventListener("click", () => {
    act();
    button.blur();
  });
}

function show(frames, live) {
  try {
    window.viewer = new Viewer(new Match(frames), live);
  } catch (error) {
    element("state").textContent = `cannot be shown: ${error.message}`; // no WebGL, for example
    throw error;
  }
}

const data = JSON.parse(element("match").textContent);
if (!data.live) show(data, false);
else {
  element("title").textContent = data.title;
  listen((frames) => {
    if (window.viewer) window.viewer.grow(frames);
    else show(frames, true);
  }, (state) => (element("state").textContent = state));
}
