// A ribbon through the places where something was, facing the camera, thinner and fainter the older they are.

import * as THREE from "three";

const POINTS = 28;
const along = new THREE.Vector3();
const sight = new THREE.Vector3();

export class Ribbon {
  constructor(scene, colour, width, opacity) {
    this.width = width;
    this.opacity = opacity;
    this.points = Array.from({ length: POINTS }, () => new THREE.Vector3());
    this.shares = new Float32Array(POINTS); // how fresh each point is, 1 to 0
    this.count = 0;
    const geometry = new THREE.BufferGeometry();
    this.positions = new THREE.BufferAttribute(new Float32Array(6 * POINTS), 3);
    this.colours = new THREE.BufferAttribute(new Float32Array(8 * POINTS).fill(1), 4);
    geometry.setAttribute("position", this.positions);
    geometry.setAttribute("color", this.colours);
    const index = [];
    for (let k = 0; k + 1 < POINTS; k++) index.push(2 * k, 2 * k + 1, 2 * k + 2, 2 * k + 1, 2 * k + 3, 2 * k + 2);
    geometry.setIndex(index);
    const material = { color: colour, vertexColors: true, transparent: true, depthWrite: false, side: THREE.DoubleSide };
    this.mesh = new THREE.Mesh(geometry, new THREE.MeshBasicMaterial(material));
    this.mesh.frustumCulled = false;
    scene.add(this.mesh);
  }

  clear() {
    this.count = 0;
  }

  // Adds a point that is older than the last; false if there is no more room.
  add(point, share) {
    if (this.count === POINTS) return false;
    this.points[this.count].copy(point);
    this.shares[this.count++] = share;
    return true;
  }

  // Lays it out for a camera; `least` is the width below which it could not be seen at a distance, uu for each uu.
  face(camera, least) {
    const { points, shares, count, positions, colours } = this;
    this.mesh.visible = count > 1;
    if (count < 2) return;
    for (let k = 0; k < count; k++) {
      along.subVectors(points[Math.max(k - 1, 0)], points[Math.min(k + 1, count - 1)]);
      sight.subVectors(camera.position, points[k]);
      const distance = sight.length();
      const half = (Math.max(this.width, least * distance) * (0.25 + 0.75 * shares[k])) / 2;
      along.cross(sight).normalize().multiplyScalar(half);
      positions.setXYZ(2 * k, points[k].x + along.x, points[k].y + along.y, points[k].z + along.z);
      positions.setXYZ(2 * k + 1, points[k].x - along.x, points[k].y - along.y, points[k].z - along.z);
      for (const edge of [2 * k, 2 * k + 1]) colours.setW(edge, this.opacity * shares[k]);
    }
    this.mesh.geometry.setDrawRange(0, 6 * (count - 1));
    positions.needsUpdate = colours.needsUpdate = true;
  }
}
