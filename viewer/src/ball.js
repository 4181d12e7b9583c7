// The ball: panels that show its spin, its shadow, and a ring where it will come down.

import * as THREE from "three";
import { FLAT, flat } from "./field.js";
import { GRAVITY, land } from "./landing.js";
import { Shadow } from "./shadow.js";
import { panels } from "./panels.js";

export const BALL_RADIUS = 91.25;
const LONG_JUMP = 0.5; // seconds; more than that is scrubbing, not playing
const SMALLEST = 18; // pixels across
const LARGEST = 2; // times its size
const RING = { lowest: 170, soonest: 0.12 }; // below that height or time the ball itself shows where it lands

const a = new THREE.Vector3();
const b = new THREE.Vector3();
const turn = new THREE.Quaternion();

export class Ball {
  constructor(scene, match) {
    this.match = match;
    const material = new THREE.MeshPhongMaterial({ map: panels(), shininess: 30, specular: 0x333333, emissive: 0x1c1e22 });
    this.mesh = new THREE.Mesh(new THREE.SphereGeometry(BALL_RADIUS, 40, 24), material);
    this.shadow = new Shadow(scene, 2.6 * BALL_RADIUS, 2.6 * BALL_RADIUS);
    const white = new THREE.MeshBasicMaterial({ color: 0xffffff, transparent: true });
    this.ring = flat(new THREE.RingGeometry(0.86, 1, 40).rotateX(-Math.PI / 2), FLAT.mark, white);
    scene.add(this.mesh, this.ring);
    this.time = 0;
  }

  // The state holds the ball's spin but no orientation, so the spin is integrated from picture to picture.
  place(frame, time) {
    const { index, next, share } = frame;
    const passed = time - this.time;
    this.time = time;
    this.match.ballPosition(index, a).lerp(this.match.ballPosition(next, b), share);
    this.mesh.position.copy(a);
    this.shadow.place(a, a.y - BALL_RADIUS);
    // swapping y and z is a reflection, which reverses rotations
    const angle = this.match.ballSpin(index, b).negate().length() * passed;
    if (angle !== 0 && Math.abs(passed) < LONG_JUMP) {
      this.mesh.quaternion.premultiply(turn.setFromAxisAngle(b.normalize(), angle)).normalize();
    }
    this.placeRing(frame);
  }

  // Where it would be too small to see it is drawn larger, as cars are. `pixel`: the size of one at a distance of 1;
  // `exact`: in its true size all the same.
  face(camera, pixel, exact) {
    const wanted = (SMALLEST * pixel * camera.position.distanceTo(this.mesh.position)) / (2 * BALL_RADIUS);
    this.mesh.scale.setScalar(THREE.MathUtils.clamp(wanted, 1, exact ? 1 : LARGEST));
  }

  placeRing(frame) {
    const gap = this.match.velocity(frame, (index, target) => this.match.ballPosition(index, target), b);
    b.y -= GRAVITY * gap * (frame.share - 0.5); // from the mean between two frames to this moment
    const seconds = this.mesh.position.y > RING.lowest ? land(a.copy(this.mesh.position), b) : NaN;
    this.ring.visible = seconds > RING.soonest;
    if (!this.ring.visible) return;
    this.ring.position.set(a.x, 1, a.z);
    this.ring.scale.setScalar(BALL_RADIUS * (1.1 + 0.5 * Math.min(seconds, 3))); // closes in
    this.ring.material.opacity = 0.9 - 0.2 * Math.min(seconds, 3);
  }
}
