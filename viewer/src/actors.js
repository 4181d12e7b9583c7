// The ball and the cars, placed between two frames.

import * as THREE from "three";
import { TEAM_COLOURS } from "./field.js";

const BALL_RADIUS = 91.25;
// the Octane's hitbox, uu: its size, and its centre relative to the car's position
const HITBOX = { length: 120.507, width: 86.699, height: 38.659, forward: 13.876, up: 20.755 };
const TRAIL_SECONDS = 0.9;
const TRAIL_POINTS = 24;
const LONG_JUMP = 0.5; // seconds; more than that is scrubbing, not playing

const a = new THREE.Vector3();
const b = new THREE.Vector3();
const forward = new THREE.Vector3();
const up = new THREE.Vector3();
const side = new THREE.Vector3();
const basis = new THREE.Matrix4();
const turn = new THREE.Quaternion();

export class Ball {
  constructor(scene, match) {
    this.match = match;
    const geometry = new THREE.IcosahedronGeometry(BALL_RADIUS, 4);
    this.mesh = new THREE.Mesh(geometry, new THREE.MeshLambertMaterial({ color: 0xe8e8ee }));
    const seams = new THREE.LineSegments(
      new THREE.EdgesGeometry(new THREE.IcosahedronGeometry(BALL_RADIUS * 1.004, 1), 1),
      new THREE.LineBasicMaterial({ color: 0x444a58 }),
    );
    const disc = new THREE.MeshBasicMaterial({ color: 0x000000, transparent: true, opacity: 0.35, depthWrite: false });
    this.shadow = new THREE.Mesh(new THREE.CircleGeometry(BALL_RADIUS, 24), disc);
    this.shadow.rotation.x = -Math.PI / 2;
    this.mesh.add(seams);
    scene.add(this.mesh, this.shadow);
    this.time = 0;
  }

  // The state holds the ball's spin but no orientation, so the spin is integrated from picture to picture.
  place({ index, next, share }, time) {
    const passed = time - this.time;
    this.time = time;
    this.match.ballPosition(index, a).lerp(this.match.ballPosition(next, b), share);
    this.mesh.position.copy(a);
    this.shadow.position.set(a.x, 3, a.z);
    // swapping y and z is a reflection, which reverses rotations
    const angle = this.match.ballSpin(index, b).negate().length() * passed;
    if (angle !== 0 && Math.abs(passed) < LONG_JUMP) {
      this.mesh.quaternion.premultiply(turn.setFromAxisAngle(b.normalize(), angle)).normalize();
    }
  }
}

export class Car {
  constructor(scene, match, number) {
    this.match = match;
    this.number = number;
    const colour = new THREE.Color(TEAM_COLOURS[match.cars[number].team]);
    this.body = new THREE.Group();
    this.body.add(...hitbox(colour));
    const flame = new THREE.MeshBasicMaterial({ color: 0xffd27a });
    this.flame = new THREE.Mesh(new THREE.ConeGeometry(14, 70, 10), flame);
    this.flame.rotation.z = Math.PI / 2;
    this.flame.position.set(HITBOX.forward - HITBOX.length / 2 - 35, HITBOX.up, 0);
    this.body.add(this.flame);

    this.trailPositions = new Float32Array(6 * TRAIL_POINTS);
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute("position", new THREE.BufferAttribute(this.trailPositions, 3));
    const material = { color: colour.clone().lerp(new THREE.Color(0xffffff), 0.35), transparent: true, opacity: 0.7 };
    this.trail = new THREE.LineSegments(geometry, new THREE.LineBasicMaterial(material));
    this.trail.frustumCulled = false;
    scene.add(this.body, this.trail);
  }

  place(frame, time) {
    const { index, next, share } = frame;
    const { match, number } = this;
    const status = match.carStatus(index, number);
    this.body.visible = !status.demolished;
    match.carPosition(index, number, a).lerp(match.carPosition(next, number, b), share);
    this.body.position.copy(a);
    match.carForward(index, number, forward).lerp(match.carForward(next, number, b), share).normalize();
    match.carUp(index, number, up).lerp(match.carUp(next, number, b), share);
    side.crossVectors(forward, up).normalize();
    up.crossVectors(side, forward);
    this.body.quaternion.setFromRotationMatrix(basis.makeBasis(forward, up, side));
    // whether it boosts between two frames is stored with the later one
    this.flame.visible = match.carStatus(next, number).boosting;
    this.placeTrail(frame, time);
  }

  // Draws the trail of the last moments in which the car boosted, up to its current position.
  placeTrail({ index, next }, time) {
    const { match, number, trailPositions } = this;
    let count = 0;
    let boosting = match.carStatus(next, number).boosting; // on the way from frame i to position b
    b.copy(this.body.position);
    for (let i = index; count < TRAIL_POINTS && time - match.times[i] <= TRAIL_SECONDS; i--) {
      match.carPosition(i, number, a);
      if (boosting && !match.carStatus(i, number).demolished) {
        a.toArray(trailPositions, 6 * count);
        b.toArray(trailPositions, 6 * count + 3);
        trailPositions[6 * count + 1] += HITBOX.up;
        trailPositions[6 * count + 4] += HITBOX.up;
        count++;
      }
      if (i === 0 || match.cuts[i - 1]) break;
      boosting = match.carStatus(i, number).boosting;
      b.copy(a);
    }
    this.trail.geometry.setDrawRange(0, 2 * count);
    this.trail.geometry.attributes.position.needsUpdate = true;
  }
}

function hitbox(colour) {
  const box = new THREE.BoxGeometry(HITBOX.length, HITBOX.height, HITBOX.width);
  const body = new THREE.Mesh(box, new THREE.MeshLambertMaterial({ color: colour }));
  const edges = new THREE.LineSegments(
    new THREE.EdgesGeometry(box),
    new THREE.LineBasicMaterial({ color: colour.clone().lerp(new THREE.Color(0xffffff), 0.6) }),
  );
  const glass = new THREE.MeshLambertMaterial({ color: 0x151a24 });
  // not part of the hitbox: marks the front
  const window = new THREE.Mesh(new THREE.BoxGeometry(30, 8, HITBOX.width * 0.8), glass);
  for (const part of [body, edges]) part.position.set(HITBOX.forward, HITBOX.up, 0);
  window.position.set(HITBOX.forward + 18, HITBOX.up + HITBOX.height / 2, 0);
  return [body, edges, window];
}
