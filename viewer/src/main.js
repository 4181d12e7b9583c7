// The page: reads the match, draws it, and handles playback, scrubbing and cameras.

import * as THREE from "three";
import { Ball } from "./ball.js";
import { Board } from "./board.js";
import { CAMERAS, Cameras } from "./cameras.js";
import { Car } from "./car.js";
import { buildField } from "./field.js";
import { Figures } from "./figures.js";
import { Goal } from "./goals.js";
import { Heat } from "./heat.js";
import { Inset } from "./inset.js";
import { listenToKeys, toggleHelp } from "./keys.js";
import { listen } from "./live.js";
import { Surroundings } from "./looks.js";
import { Match } from "./match.js";
import { Motion } from "./motion.js";
import { element, fill, press } from "./page.js";
import { Pads } from "./pads.js";
import { Replay } from "./replay.js";
import { Rewards } from "./rewards.js";
import { Tabs } from "./tabs.js";
import { Thoughts } from "./thoughts.js";
import { Timeline } from "./timeline.js";

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
const BEHIND = 0.2; // seconds by which a live match lags its newest frame, so that there is always one to move towards
const LOST = 1; // seconds of further lag at which playback jumps instead of speeding up
const HISTORY = 300; // seconds of a live match that are kept
const HOLD = 1.2; // seconds that the picture stands after a goal
const scored = new THREE.Vector3();
const TAB_PERIOD = 80; // milliseconds between two drawings of a tab, which needs fewer than the scene

class Viewer {
  constructor(match, live) {
    this.match = match;
    this.live = live; // more frames will arrive, see grow()
    this.following = live; // show the newest frame
    this.time = live ? match.end : match.start;
    this.speed = 1;
    this.playing = true;
    this.hold = HOLD;
    this.held = undefined; // seconds since a goal just now: the ball is in the net, and the next kickoff waits
    this.car = 0; // the one that is followed
    this.names = true; // of the cars, over them
    this.renderer = new THREE.WebGLRenderer({ canvas: element("field"), antialias: true, preserveDrawingBuffer: true });
    this.scene = new THREE.Scene();
    this.scene.add(buildField());
    this.surroundings = new Surroundings(this.scene);
    this.nets = [0, 1].map((team) => new Goal(this.scene, team)); // the goals that blue and orange defend
    this.pads = new Pads(this.scene, match);
    this.ball = new Ball(this.scene, match);
    this.cars = match.cars.map((_, number) => new Car(this.scene, match, number));
    this.cameras = new Cameras(element("field"));
    this.inset = new Inset(this);
    this.replay = new Replay(this);
    this.goals = [];
    this.window = 20; // seconds of the charts; 0 is the whole match
    const seek = (time) => this.seek(time);
    const makers = { rewards: Rewards, figures: Figures, "boost & speed": Motion, field: Heat, thoughts: Thoughts };
    this.tabs = new Tabs(
      Object.fromEntries(Object.entries(makers).map(([name, View]) => [name, (panel) => new View(panel, match, seek)])),
      (view) => {
        element("choice").hidden = Boolean(view.timeless);
        this.tabDrawn = -Infinity;
      },
    );
    this.timeline = new Timeline(match, seek);
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
    fill(element("window"), [[20, "20 s"], [60, "a minute"], [0, "whole match"]], 20, (value) => (this.window = Number(value)));
    this.board = new Board(match, (number) => this.select(number));
    press(element("keys"), () => toggleHelp());
    press(element("before"), () => this.timeline.step(-1, this.time));
    press(element("after"), () => this.timeline.step(1, this.time));
    press(element("replay"), () => this.switchReplay());
    press(element("second"), () => this.switchInset());
    for (const name of CAMERAS) {
      const button = document.createElement("button");
      button.textContent = name;
      button.dataset.camera = name;
      press(button, () => this.look(name));
      element("cameras").append(button);
    }
    this.look("ball");
    listenToKeys(this);
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
    this.goals = match.goals();
    this.timeline.update(this.goals);
  }

  toggle() {
    if (!this.playing && !this.live && this.time >= this.match.end) this.time = this.match.start;
    this.playing = !this.playing;
    this.following &&= this.playing;
  }

  seek(time) {
    this.following = false;
    this.replay.end();
    this.moveTo(time);
  }

  moveTo(time) {
    this.held = undefined;
    this.time = Math.min(Math.max(time, this.match.start), this.match.end);
  }

  // Plays on, and lets a goal be seen: in the match its kickoff is the same moment.
  advance(seconds) {
    if (this.held !== undefined && (this.held += seconds) < HOLD) return;
    const time = this.replay.pass(this.time + seconds);
    const goal = this.goals.find((each) => each.time > this.time && each.time <= time);
    this.moveTo(goal ? goal.time : time);
    if (goal) this.held = 0;
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
    if (car !== this.car) this.cameras.change();
    this.car = car;
    element("car").value = car;
  }

  switchReplay() {
    this.replay.switch();
    this.showSwitch("replay", this.replay.on);
  }

  switchInset() {
    this.inset.switch();
    this.showSwitch("second", this.inset.on);
  }

  showSwitch(name, on) {
    element(name).setAttribute("aria-pressed", on);
    element(name).classList.toggle("on", on);
  }

  switchLight() {
    this.surroundings.use(this.surroundings.name === "day" ? "night" : "day");
  }

  switchHitboxes() {
    for (const { hitbox } of this.cars) hitbox.visible = !hitbox.visible;
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
      this.advance(this.speed * passed);
      if (this.time >= this.match.end && this.held === undefined) this.reachedEnd();
    }
    this.draw(passed);
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

  // `passed`: seconds since the last picture, for what moves smoothly; without it everything is where it should be.
  draw(passed) {
    const { match, time, cameras } = this;
    const goal = this.held !== undefined && this.goals.find((each) => each.time === time);
    const frame = goal ? { index: goal.index, next: goal.index, share: 0 } : match.frame(time);
    this.ball.place(frame, time);
    for (const car of this.cars) car.place(frame, time);
    this.pads.show(frame.index);
    this.lightGoals();
    cameras.update(this.cars[this.car], this.ball, passed);
    const close = cameras.name === "ball" || cameras.name === "car"; // too close to the car for its name
    this.ball.face(cameras.camera, cameras.pixel, this.cars[0].hitbox.visible);
    this.cars.forEach((car, number) => {
      car.face(cameras.camera, cameras.pixel, this.names && !(close && number === this.car), this.ball.mesh);
    });
    this.renderer.render(this.scene, cameras.camera);
    this.inset.draw(passed);
    if (passed === undefined || this.last - this.tabDrawn > TAB_PERIOD) {
      this.tabs.view.draw(time, this.car, this.window);
      this.tabDrawn = this.last;
    }
    this.board.show(frame.index, time, this.car);
    element("scrub").value = time;
    element("now").classList.toggle("on", this.following);
    element("play").textContent = this.playing ? "\u275a\u275a" : "\u25b6";
  }

  lightGoals() {
    const last = this.goals.findLast((goal) => goal.time <= this.time);
    if (last) this.match.ballPosition(last.index, scored);
    const age = last && (this.held ?? this.time - last.time + HOLD);
    this.nets.forEach((net, team) => net.light(last && last.team !== team ? age : Infinity, scored));
  }
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
    element("curves").hidden = !frames.curves || window.parent !== window; // there it stands beside them
    if (window.viewer) window.viewer.grow(frames);
    else show(frames, true);
  }, (state) => (element("state").textContent = state));
}
