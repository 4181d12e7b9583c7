// A car, placed between two frames: its body, wheels, flame, shadow, trails and name.

import * as THREE from "three";
import { BALL_RADIUS } from "./ball.js";
import { TEAM_COLOURS } from "./field.js";
import { HITBOX, NOZZLE, REST, WHEELS, octane, wheel } from "./octane.js";
import { Shadow } from "./shadow.js";
import { Tag } from "./tag.js";
import { Trails } from "./trails.js";

const LONG_JUMP = 0.5; // seconds; more than that is scrubbing, not playing
const SMALLEST = 26; // pixels from nose to tail: drawn larger where it would be less
const LARGEST = 3; // times its size, at most
const AXLES = WHEELS[0].x - WHEELS[1].x;
const MOST_STEERING = 0.6; // radians
const TAG_HEIGHT = 75; // above the car, uu

const a = new THREE.Vector3();
const b = new THREE.Vector3();
const forward = new THREE.Vector3();
const up = new THREE.Vector3();
const side = new THREE.Vector3();
const basis = new THREE.Matrix4();

export class Car {
  constructor(scene, match, number) {
    this.match = match;
    this.number = number;
    const { team, name } = match.cars[number];
    const colour = TEAM_COLOURS[team];
    this.body = new THREE.Group(); // where the car is; the model in it may be drawn larger
    this.model = new THREE.Group();
    const paint = new THREE.MeshPhongMaterial({ vertexColors: true, shininess: 45, specular: 0x444444 });
    this.model.add(new THREE.Mesh(octane(colour), paint));
    this.wheels = WHEELS.flatMap((place) => [-1, 1].map((at) => this.addWheel(place, at, colour)));
    this.flame = flame();
    this.hitbox = hitbox();
    this.body.add(this.model.add(this.flame), this.hitbox);
    this.shadow = new Shadow(scene, 190, 135);
    this.trails = new Trails(scene, match, number, colour);
    this.tag = new Tag(scene, name, colour);
    scene.add(this.body);
    this.time = 0;
  }

  addWheel(place, at, colour) {
    const mesh = new THREE.Mesh(wheel(place, colour), new THREE.MeshLambertMaterial({ vertexColors: true }));
    mesh.position.set(place.x, place.y, at * place.z);
    mesh.rotation.order = "YZX"; // steers first, then rolls about its axle
    this.model.add(mesh);
    return { mesh, ...place };
  }

  place(frame, time) {
    const { index, next, share } = frame;
    const { match, number, body } = this;
    const status = match.carStatus(index, number);
    this.demolished = status.demolished;
    this.onGround = status.onGround;
    this.boost = status.boost;
    body.visible = this.shadow.mesh.visible = !status.demolished;
    match.carPosition(index, number, a).lerp(match.carPosition(next, number, b), share);
    body.position.copy(a);
    match.carForward(index, number, forward).lerp(match.carForward(next, number, b), share).normalize();
    match.carUp(index, number, up).lerp(match.carUp(next, number, b), share);
    side.crossVectors(forward, up).normalize();
    up.crossVectors(side, forward);
    body.quaternion.setFromRotationMatrix(basis.makeBasis(forward, up, side));
    // whether it boosts between two frames is stored with the later one
    this.flame.visible = match.carStatus(next, number).boosting;
    this.flame.scale.set(0.85 + 0.3 * Math.abs(Math.sin(31 * time)), 1, 1);
    this.shadow.place(a, a.y - REST, forward);
    this.drive(frame, time);
    this.trails.place(frame, time, body);
  }

  // Rolls the wheels as far as the car drove, and steers them as it turns: neither is recorded.
  drive(frame, time) {
    const passed = time - this.time;
    this.time = time;
    const { match, number } = this;
    const gap = match.velocity(frame, (index, target) => match.carPosition(index, number, target), a);
    const speed = a.dot(forward);
    match.carForward(frame.index, number, a).cross(match.carForward(frame.next, number, b));
    const turning = frame.next > frame.index && gap > 0 ? a.dot(up) / gap : 0; // rad/s, to the left
    const steering = this.onGround && Math.abs(speed) > 100 ? Math.atan((1.5 * AXLES * turning) / speed) : 0;
    for (const { mesh, radius, steers } of this.wheels) {
      if (Math.abs(passed) < LONG_JUMP) mesh.rotation.z -= (speed * passed) / radius;
      if (steers) mesh.rotation.y = THREE.MathUtils.clamp(steering, -MOST_STEERING, MOST_STEERING);
    }
  }

  // What depends on the camera. `pixel`: the size of a pixel at a distance of 1; `tagged`: show the name, but not over
  // the ball.
  face(camera, pixel, tagged, ball) {
    const distance = camera.position.distanceTo(this.body.position);
    const wanted = (SMALLEST * pixel * distance) / HITBOX.length;
    const size = this.hitbox.visible ? 1 : THREE.MathUtils.clamp(wanted, 1, LARGEST);
    this.model.scale.setScalar(size);
    this.model.position.y = REST * (size - 1); // the wheels stay on the ground
    this.shadow.mesh.scale.multiplyScalar(size);
    this.trails.face(camera);
    this.tag.group.visible = tagged && !this.demolished;
    a.copy(this.body.position);
    a.y += TAG_HEIGHT * size;
    this.tag.place(a, this.boost, pixel, distance);
    this.tag.spare(ball.position, ball.scale.x * BALL_RADIUS, camera, pixel);
  }
}

function flame() {
  const cone = (radius, length, colour, opacity) => {
    const glow = { color: colour, transparent: true, opacity, depthWrite: false };
    const geometry = new THREE.ConeGeometry(radius, length, 12).rotateZ(Math.PI / 2).translate(-length / 2, 0, 0);
    return new THREE.Mesh(geometry, new THREE.MeshBasicMaterial(glow));
  };
  const group = new THREE.Group();
  group.add(cone(13, 95, 0xff7a1a, 0.75), cone(8, 60, 0xfff2b0, 0.95));
  group.position.set(NOZZLE.x, NOZZLE.y, 0);
  return group;
}

function hitbox() {
  const box = new THREE.BoxGeometry(HITBOX.length, HITBOX.height, HITBOX.width);
  const lines = new THREE.LineBasicMaterial({ color: 0xfff04a, depthTest: false, transparent: true });
  const edges = new THREE.LineSegments(new THREE.EdgesGeometry(box), lines);
  edges.position.set(HITBOX.forward, HITBOX.up, 0);
  edges.renderOrder = 10;
  edges.visible = false;
  return edges;
}
