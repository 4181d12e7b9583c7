// A soft shadow on the ground: a dark spot that grows and fades as what throws it rises.

import * as THREE from "three";
import { FLAT, flat } from "./field.js";

const SIZE = 64; // pixels of the spot
let spot; // one texture for all shadows

function texture() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  const fade = pen.createRadialGradient(SIZE / 2, SIZE / 2, SIZE / 6, SIZE / 2, SIZE / 2, SIZE / 2);
  fade.addColorStop(0, "#000000ff");
  fade.addColorStop(1, "#00000000");
  pen.fillStyle = fade;
  pen.fillRect(0, 0, SIZE, SIZE);
  return new THREE.CanvasTexture(canvas);
}

export class Shadow {
  constructor(scene, length, width) {
    spot ??= texture();
    const material = new THREE.MeshBasicMaterial({ map: spot, color: 0x06120a, transparent: true });
    this.mesh = flat(new THREE.PlaneGeometry(length, width).rotateX(-Math.PI / 2), FLAT.shadow, material);
    scene.add(this.mesh);
  }

  // `height`: of the lowest point above the ground; `heading`: where it points, for what is not round.
  place(position, height, heading) {
    this.mesh.position.set(position.x, 1, position.z);
    this.mesh.scale.setScalar(1 + Math.max(height, 0) / 1500);
    this.mesh.material.opacity = 0.6 / (1 + Math.max(height, 0) / 900);
    if (heading) this.mesh.rotation.y = Math.atan2(-heading.z, heading.x);
  }
}
