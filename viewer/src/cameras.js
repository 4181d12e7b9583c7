// The cameras: behind a car facing the ball, behind a car, free, from above, and from over a goal.

import * as THREE from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";

export const CAMERAS = ["ball", "car", "free", "top", "goal"];
const ANGLES = { ball: 70, car: 70, free: 50, top: 24, goal: 62 }; // vertical, degrees
const DISTANCE = 430;
const HEIGHT = 145;
const STEEPEST = Math.tan((8 * Math.PI) / 180);
const CHANGE = 0.7; // seconds from one camera to another
const TURNS = 7; // how fast a camera follows: e-folds in a second
const LEAP = 400; // uu from picture to picture: a kickoff or scrubbing, not a drive
const GOAL_PLACE = { y: 1250, z: 6250 };

const direction = new THREE.Vector3();

export class Cameras {
  constructor(element) {
    this.camera = new THREE.PerspectiveCamera(70, 1, 10, 60000);
    this.aim = this.camera.clone(); // where the camera should be; it gets there smoothly
    this.orbit = new OrbitControls(this.aim, element);
    this.orbit.enableDamping = true;
    this.orbit.maxDistance = 16000;
    this.orbit.maxPolarAngle = 0.495 * Math.PI; // not below the ground
    this.from = { position: new THREE.Vector3(), quaternion: new THREE.Quaternion(), fov: 70 };
    this.changing = 1; // 0 to 1: how far the change from the camera before has come
    this.heading = new THREE.Vector3(0, 0, 1); // in the last picture
    this.followed = new THREE.Vector3(); // where the car was then
    this.watched = new THREE.Vector3(); // where the ball was, for a camera that turns after it
    this.end = 1;
    this.use("free");
  }

  use(name) {
    this.change();
    this.name = name;
    this.orbit.enabled = name === "free";
    this.aim.up.set(0, 1, 0);
    this.aim.fov = ANGLES[name];
    if (name === "free") {
      // from the stands, blue on the left
      this.aim.position.set(-6600, 3900, 0);
      this.orbit.target.set(200, 0, 0);
    }
    this.fresh = true;
  }

  // Begins to move from where the camera is to where it is wanted, as for another car.
  change() {
    this.from.position.copy(this.camera.position);
    this.from.quaternion.copy(this.camera.quaternion);
    this.from.fov = this.camera.fov;
    this.changing = 0;
  }

  resize(width, height) {
    this.height = height;
    this.camera.aspect = width / height;
  }

  // The size of a pixel at a distance of 1.
  get pixel() {
    return (2 * Math.tan((this.camera.fov * Math.PI) / 360)) / this.height;
  }

  // `passed`: seconds since the last picture. Without it the camera is at once where it should be.
  update(car, ball, passed = Infinity) {
    const leapt = this.followed.distanceTo(car.body.position) > LEAP;
    this.followed.copy(car.body.position);
    const ease = leapt || this.fresh ? 1 : 1 - Math.exp(-TURNS * passed);
    this.fresh = false;
    if (this.name === "free") this.orbit.update();
    else if (this.name === "top") this.above();
    else if (this.name === "goal") this.overGoal(ball, ease);
    else this.behind(car, ball, ease);
    this.move(passed);
  }

  move(passed) {
    const { camera, aim, from } = this;
    this.changing = Math.min(this.changing + passed / CHANGE, 1);
    const share = THREE.MathUtils.smoothstep(this.changing, 0, 1);
    camera.position.lerpVectors(from.position, aim.position, share);
    camera.quaternion.slerpQuaternions(from.quaternion, aim.quaternion, share);
    camera.fov = THREE.MathUtils.lerp(from.fov, aim.fov, share);
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
  }

  // The whole field: its long side along the window's.
  above() {
    const { aim, camera } = this;
    const wide = camera.aspect > 1;
    const [across, down] = wide ? [6200, 4500] : [4500, 6200];
    const distance = Math.max(down, across / camera.aspect) / Math.tan((aim.fov * Math.PI) / 360);
    aim.up.set(wide ? 1 : 0, 0, wide ? 0 : 1); // blue on the left, or at the bottom
    aim.position.set(0, distance, 0);
    aim.lookAt(0, 0, 0);
  }

  // Over the goal that the ball is near to, until it is clearly in the other half.
  overGoal(ball, ease) {
    const place = ball.mesh.position;
    if (ease === 1) this.end = place.z < 0 ? -1 : 1;
    else if (this.end * place.z < -1200) {
      this.end = -this.end;
      this.change();
      ease = 1;
    }
    this.watched.lerp(place, ease);
    this.aim.position.set(0, GOAL_PLACE.y, this.end * GOAL_PLACE.z);
    this.aim.lookAt(this.watched);
  }

  behind(car, ball, ease) {
    const { aim, heading } = this;
    const position = car.body.position;
    if (this.name === "ball") direction.subVectors(ball.mesh.position, position);
    else if (car.onGround || ease === 1) direction.set(1, 0, 0).applyQuaternion(car.body.quaternion);
    else direction.copy(heading); // a car that flips does not turn the camera over
    direction.y = 0;
    if (direction.length() < 0.05) direction.copy(heading); // it stands on its nose
    heading.lerp(direction.normalize(), ease);
    heading.y = 0;
    if (heading.length() < 0.05) heading.copy(direction); // halfway between opposite ways
    heading.normalize();
    aim.position.copy(position).addScaledVector(heading, -DISTANCE);
    aim.position.y = Math.max(position.y + HEIGHT, 120);
    if (this.name === "ball") {
      this.watched.copy(ball.mesh.position);
      // keep the car in the picture when the ball is high above it
      const away = Math.hypot(this.watched.x - aim.position.x, this.watched.z - aim.position.z);
      this.watched.y = Math.min(this.watched.y, aim.position.y + away * STEEPEST);
    } else this.watched.copy(position).addScaledVector(heading, 800);
    aim.lookAt(this.watched);
  }
}
