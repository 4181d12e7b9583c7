// A picture in the picture: another car from behind.

import * as THREE from "three";
import { Cameras } from "./cameras.js";
import { element, write } from "./page.js";

const SHARE = 0.3; // of the width of the scene
const EDGE = 12; // pixels

export class Inset {
  constructor(viewer) {
    this.viewer = viewer;
    this.on = false;
    this.cameras = new Cameras(document.createElement("div")); // nobody drags it
    this.cameras.use("ball");
    this.size = new THREE.Vector2();
  }

  // The first car of the other team.
  get car() {
    const { match, car } = this.viewer;
    return match.cars.findIndex(({ team }) => team !== match.cars[car].team);
  }

  switch() {
    this.on = !this.on;
    element("inset").hidden = !this.on;
  }

  draw(passed) {
    if (!this.on || this.car < 0) return;
    const { renderer, scene, cars, ball, match } = this.viewer;
    renderer.getSize(this.size);
    const width = Math.round(this.size.x * SHARE);
    const height = Math.round((width * 9) / 16);
    const left = this.size.x - width - EDGE;
    const frame = element("inset");
    Object.assign(frame.style, { width: `${width}px`, height: `${height}px`, top: `${EDGE}px`, right: `${EDGE}px` });
    write(frame, match.cars[this.car].name);
    const bottom = this.size.y - height - EDGE;
    this.cameras.resize(width, height);
    this.cameras.update(cars[this.car], ball, passed);
    const { camera, pixel } = this.cameras;
    ball.face(camera, pixel, cars[0].hitbox.visible);
    cars.forEach((car, number) => car.face(camera, pixel, this.viewer.names && number !== this.car, ball.mesh));
    renderer.setScissorTest(true);
    renderer.setScissor(left, bottom, width, height);
    renderer.setViewport(left, bottom, width, height);
    renderer.render(scene, camera);
    renderer.setScissorTest(false);
    renderer.setViewport(0, 0, this.size.x, this.size.y);
  }
}
