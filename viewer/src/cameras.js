// The cameras: behind a car facing the ball, behind a car, free, and from above.

import * as THREE from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";

export const CAMERAS = ["ball", "car", "free", "top"];
const DISTANCE = 420;
const HEIGHT = 170;
const STEEPEST = Math.tan((10 * Math.PI) / 180);
const wanted = new THREE.Vector3();
const direction = new THREE.Vector3();
const target = new THREE.Vector3();

export class Cameras {
  constructor(element) {
    this.camera = new THREE.PerspectiveCamera(70, 1, 10, 40000);
    this.camera.position.set(0, 3600, -8200);
    this.orbit = new OrbitControls(this.camera, element);
    this.orbit.maxDistance = 20000;
    this.heading = new THREE.Vector3(0, 0, 1); // in the last picture
    this.use("free");
  }

  use(name) {
    this.name = name;
    this.orbit.enabled = name === "free";
    this.camera.up.set(0, 1, 0);
    if (name === "free") {
      this.camera.position.set(0, 3300, -7300);
      this.orbit.target.set(0, 0, 0);
    }
  }

  resize(width, height) {
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
  }

  update(car, ball) {
    const { camera } = this;
    if (this.name === "free") {
      this.orbit.update();
      return;
    }
    if (this.name === "top") {
      // the whole field, blue at the bottom
      const distance = Math.max(7000, 4700 / camera.aspect) / Math.tan((camera.fov * Math.PI) / 360);
      camera.up.set(0, 0, 1);
      camera.position.set(0, distance, 0);
      camera.lookAt(0, 0, 0);
      return;
    }
    const position = car.body.position;
    if (this.name === "ball") direction.subVectors(ball.mesh.position, position);
    else direction.set(1, 0, 0).applyQuaternion(car.body.quaternion);
    direction.y = 0;
    if (direction.lengthSq() < 1e-6) direction.copy(this.heading); // the car stands on its nose
    this.heading.copy(direction.normalize());
    wanted.copy(position).addScaledVector(direction, -DISTANCE);
    wanted.y = Math.max(position.y + HEIGHT, 120);
    camera.position.copy(wanted);
    if (this.name === "ball") {
      target.copy(ball.mesh.position);
      // keep the car in the picture when the ball is high above it
      const away = Math.hypot(target.x - wanted.x, target.z - wanted.z);
      target.y = Math.min(target.y, wanted.y + away * STEEPEST);
    } else target.copy(position).addScaledVector(direction, 800);
    camera.lookAt(target);
  }
}
