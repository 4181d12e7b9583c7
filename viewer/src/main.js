// The page: reads the match, draws it, and lets one play, scrub and look from anywhere.

import * as THREE from "three";
import { Ball, Car } from "./actors.js";
import { CAMERAS, Cameras } from "./cameras.js";
import { Charts } from "./charts.js";
import { buildField, buildPads } from "./field.js";
import { Match } from "./match.js";

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
const element = (id) => document.getElementById(id);

class Viewer {
  constructor(match) {
    this.match = match;
    this.time = 0;
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
    element("title").textContent = match.title;
    const scrub = element("scrub");
    scrub.max = match.duration;
    scrub.addEventListener("input", () => this.seek(Number(scrub.value)));
    element("play").addEventListener("click", () => this.toggle());
    fill(element("speed"), SPEEDS.map((speed) => [speed, `${speed}x`]), 1, (value) => (this.speed = Number(value)));
    const cars = match.cars.map((car, number) => [number, car.name]);
    fill(element("car"), cars, 0, (value) => this.select(Number(value)));
    fill(element("window"), [[20, "20 s"], [60, "a minute"], [0, "whole match"]], 20, (value) => {
      this.charts.show(this.car, Number(value));
    });
    for (const name of CAMERAS) {
      const button = document.createElement("button");
      button.textContent = name;
      button.dataset.camera = name;
      button.addEventListener("click", () => this.look(name));
      element("cameras").append(button);
    }
    this.look("free");
    window.addEventListener("keydown", (event) => this.key(event));
    this.markGoals();
  }

  // Ticks under the scrub bar, in the colour of the team that scored.
  markGoals() {
    const { match } = this;
    for (let i = 1; i < match.length; i++) {
      const [before, after] = [match.score(i - 1), match.score(i)];
      const team = after[0] > before[0] ? 0 : after[1] > before[1] ? 1 : -1;
      if (team < 0) continue;
      const mark = document.createElement("span");
      mark.className = team ? "goal orange" : "goal blue";
      mark.style.left = `${(100 * match.times[i]) / match.duration}%`;
      mark.title = `goal at ${clock(match.times[i])}`;
      mark.addEventListener("click", () => this.seek(Math.max(match.times[i] - 4, 0)));
      element("goals").append(mark);
    }
  }

  key(event) {
    if (event.target.tagName === "SELECT") return;
    const camera = CAMERAS[Number(event.key) - 1];
    if (event.key === " ") this.toggle();
    else if (event.key === "ArrowRight") this.seek(this.time + 2);
    else if (event.key === "ArrowLeft") this.seek(this.time - 2);
    else if (camera) this.look(camera);
    else return;
    event.preventDefault();
  }

  toggle() {
    if (!this.playing && this.time >= this.match.duration) this.time = 0;
    this.playing = !this.playing;
  }

  seek(time) {
    this.time = Math.min(Math.max(time, 0), this.match.duration);
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
    if (this.playing) {
      this.seek(this.time + this.speed * passed);
      if (this.time >= this.match.duration) this.playing = false;
    }
    this.draw();
    requestAnimationFrame((next) => this.tick(next));
  }

  draw() {
    const { match, time } = this;
    const frame = match.frame(time);
    this.ball.place(frame);
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
    element("play").textContent = this.playing ? "\u275a\u275a" : "\u25b6";
    element("boost").textContent = match.cars
      .map((car, number) => `${car.name} ${match.carStatus(frame.index, number).boost}`)
      .join("  \u00b7  ");
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
    select.blur(); // keys are the viewer's again
  });
}

window.viewer = new Viewer(new Match(JSON.parse(element("match").textContent)));
