// Day and night: light, sky, and the stands around the arena.

import * as THREE from "three";
import { FLAT, TEAM_COLOURS, flat, ofTheLook, shade } from "./field.js";
import { ring } from "./outline.js";

const LOOKS = {
  day: { zenith: 0x4f8fd0, horizon: 0xcfe3f2, ground: 0x8d9a8a, above: 0xf2f7ff, below: 0x8a9a80, soft: 2.1, sun: 2.2, surface: 0xffffff },
  night: { zenith: 0x05070f, horizon: 0x1b2742, ground: 0x12161c, above: 0xb8ccff, below: 0x46525e, soft: 1.7, sun: 1.5, surface: 0x93a0b8 },
};
const SKY = 30000; // radius, uu
const STANDS = { inset: -1250, depth: 2300, foot: 120, height: 2100, rows: 13 };

export class Surroundings {
  constructor(scene) {
    this.light = new THREE.HemisphereLight();
    this.sun = new THREE.DirectionalLight();
    this.sun.position.set(-3500, 6000, -2500);
    this.sky = sky();
    this.ground = flat(
      new THREE.CircleGeometry(SKY, 32).rotateX(-Math.PI / 2).translate(0, -20, 0),
      FLAT.ground,
      new THREE.MeshBasicMaterial(),
    );
    scene.add(this.light, this.sun, this.sky, this.ground, stands());
    this.use("day");
  }

  use(name) {
    this.name = name;
    const look = LOOKS[name];
    this.light.color.set(look.above);
    this.light.groundColor.set(look.below);
    this.light.intensity = look.soft;
    this.sun.intensity = look.sun;
    this.ground.material.color.set(look.ground);
    shade(look.surface);
    const { position, color } = this.sky.geometry.attributes;
    const mixed = new THREE.Color();
    for (let k = 0; k < position.count; k++) {
      const share = THREE.MathUtils.clamp(position.getY(k) / (0.6 * SKY), 0, 1);
      mixed.set(look.horizon).lerp(new THREE.Color(look.zenith), share).toArray(color.array, 3 * k);
    }
    color.needsUpdate = true;
  }
}

function sky() {
  const geometry = new THREE.SphereGeometry(SKY, 24, 12, 0, 2 * Math.PI, 0, Math.PI / 2);
  const { count } = geometry.attributes.position;
  geometry.setAttribute("color", new THREE.BufferAttribute(new Float32Array(3 * count), 3));
  const material = new THREE.MeshBasicMaterial({ vertexColors: true, side: THREE.BackSide, depthWrite: false });
  const mesh = new THREE.Mesh(geometry, material);
  mesh.renderOrder = FLAT.ground - 1;
  return mesh;
}

// Rows of seats, of both teams' supporters, that never look the same twice nor differ from page to page.
function stands() {
  const { inset, depth, foot, height, rows } = STANDS;
  const positions = [];
  const colours = [];
  for (let row = 0; row < rows; row++) {
    const [inner, outer] = [row, row + 1].map((k) => ring(inset - (depth * k) / rows));
    const [low, high] = [row, row + 1].map((k) => foot + (height * k) / rows);
    inner.forEach((a, k) => {
      const next = (k + 1) % inner.length;
      const [b, c, d] = [inner[next], outer[next], outer[k]];
      const seats = Math.max(2, Math.round(Math.hypot(b.x - a.x, b.z - a.z) / 120));
      for (let seat = 0; seat < seats; seat++) {
        const at = (one, other, share, y) => [one.x + (other.x - one.x) * share, y, one.z + (other.z - one.z) * share];
        const [from, to] = [seat / seats, (seat + 1) / seats];
        const [p, q, r, s] = [at(a, b, from, low), at(a, b, to, low), at(d, c, to, high), at(d, c, from, high)];
        positions.push(...p, ...q, ...r, ...p, ...r, ...s);
        const colour = supporter(p[2], positions.length).toArray();
        for (let corner = 0; corner < 6; corner++) colours.push(...colour);
      }
    });
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.Float32BufferAttribute(positions, 3));
  geometry.setAttribute("color", new THREE.Float32BufferAttribute(colours, 3));
  return new THREE.Mesh(geometry, ofTheLook(new THREE.MeshBasicMaterial({ vertexColors: true }))); // from inside only
}

function supporter(z, number) {
  const dice = Math.abs(Math.sin(number * 12.9898) * 43758.5453) % 1;
  const colour = new THREE.Color(TEAM_COLOURS[z + 2500 * (dice - 0.5) < 0 ? 0 : 1]);
  // pale and even, so that no car is lost in front of them
  return colour.lerp(new THREE.Color(0x7a8494), 0.66 + 0.2 * ((dice * 7) % 1)).multiplyScalar(0.62 + 0.2 * ((dice * 13) % 1));
}
