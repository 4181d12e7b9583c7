// The pitch and what surrounds it closely: grass, lines, and walls that curve into floor and ceiling.

import * as THREE from "three";
import { BACK, CORNER, GOAL, HEIGHT, SIDE, ring } from "./outline.js";

export const TEAM_COLOURS = [0x2f7bff, 0xff8a1f]; // told apart with every kind of colour blindness
const GRASS = [0x4f9a4a, 0x468f43];
const STRIPE = 640; // uu of grass mown in one direction
const LINE = 40; // width of a line, uu
const RAMP = 256; // radius of the curve between floor, walls and ceiling
const NEUTRAL = new THREE.Color(0xdfe6ee);

// What lies flat on the ground is drawn in this order and writes no depth: nothing flickers, however far the camera is.
export const FLAT = { ground: -9, grass: -8, paint: 1, shadow: 2, mark: 3 };

export function flat(geometry, order, material) {
  const mesh = new THREE.Mesh(geometry, material);
  material.depthWrite = false;
  mesh.renderOrder = order;
  return mesh;
}

// What fills the picture is not lit by lamps, which costs most where no GPU is, but as a whole by day or night.
const surfaces = [];

export function ofTheLook(material) {
  surfaces.push(material);
  return material;
}

export function shade(colour) {
  for (const material of surfaces) material.color.set(colour);
}

function quads(corners, colours) {
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.Float32BufferAttribute(corners.flat(), 3));
  if (colours) geometry.setAttribute("color", new THREE.Float32BufferAttribute(colours.flat(), colours[0].length));
  const index = [];
  for (let k = 0; k < corners.length; k += 4) index.push(k, k + 1, k + 2, k, k + 2, k + 3);
  geometry.setIndex(index);
  return geometry;
}

// A rectangle on the ground, between two corners.
function rectangle(x0, z0, x1, z1) {
  return [[x0, 0, z0], [x0, 0, z1], [x1, 0, z1], [x1, 0, z0]];
}

function grass() {
  const bends = [-(CORNER - SIDE), CORNER - SIDE]; // where the diagonal walls begin
  const ends = [...bends];
  for (let z = -BACK; z <= BACK; z += STRIPE) ends.push(z);
  ends.sort((one, other) => one - other);
  const corners = [];
  const colours = [];
  const half = (z) => Math.min(SIDE, CORNER - Math.abs(z));
  for (let k = 0; k + 1 < ends.length; k++) {
    const [z, next] = [ends[k], ends[k + 1]];
    corners.push([-half(z), 0, z], [-half(next), 0, next], [half(next), 0, next], [half(z), 0, z]);
    const stripe = Math.floor((z + next + 2 * BACK) / 2 / STRIPE) % 2;
    const colour = new THREE.Color(GRASS[stripe]).toArray();
    colours.push(colour, colour, colour, colour);
  }
  return flat(quads(corners, colours), FLAT.grass, ofTheLook(new THREE.MeshBasicMaterial({ vertexColors: true })));
}

function lines() {
  const corners = [];
  const band = (x0, z0, x1, z1) => corners.push(...rectangle(x0 - LINE / 2, z0 - LINE / 2, x1 + LINE / 2, z1 + LINE / 2));
  band(-SIDE + RAMP, 0, SIDE - RAMP, 0);
  for (const end of [-1, 1]) {
    const back = end * BACK;
    for (const [half, depth] of [[2400, 1500], [1300, 620]]) {
      const front = end * (BACK - depth);
      band(-half, front, half, front);
      for (const x of [-half, half]) band(x, Math.min(front, back), x, Math.max(front, back));
    }
    band(-GOAL.half, back, GOAL.half, back);
  }
  const white = () => new THREE.MeshBasicMaterial({ color: 0xffffff, transparent: true, opacity: 0.75 });
  const group = new THREE.Group();
  group.add(flat(quads(corners), FLAT.paint, white()));
  for (const [inner, outer] of [[980, 1020], [0, 110]]) {
    const circle = flat(new THREE.RingGeometry(inner, outer, 72), FLAT.paint, white());
    circle.rotation.x = -Math.PI / 2;
    group.add(circle);
  }
  return group;
}

// The rows of the wall from the floor up: how far in, how high, how solid.
function profile() {
  const rows = [];
  for (let k = 0; k <= 6; k++) {
    const turn = (k * Math.PI) / 12;
    rows.push({ inset: RAMP * (1 - Math.sin(turn)), y: RAMP * (1 - Math.cos(turn)), solid: 0.95 - 0.1 * k });
  }
  rows.push({ inset: 0, y: GOAL.height, solid: 0.18 }, { inset: 0, y: 1200, solid: 0.1 });
  for (let k = 0; k <= 4; k++) {
    const turn = (k * Math.PI) / 8;
    rows.push({ inset: RAMP * (1 - Math.cos(turn)), y: HEIGHT - RAMP * (1 - Math.sin(turn)), solid: 0.07 });
  }
  return rows;
}

// Blue at one end, orange at the other, so that one knows whose half it is wherever the camera looks.
function tint(z, y) {
  const team = new THREE.Color(TEAM_COLOURS[z < 0 ? 0 : 1]);
  const share = 0.2 + 0.7 * Math.min(Math.abs(z) / BACK, 1);
  return NEUTRAL.clone().lerp(team, y < RAMP ? share : 0.6 * share);
}

// Seen from inside only: a camera beyond the wall looks through it.
function walls() {
  const rows = profile();
  const rings = rows.map(({ inset }) => ring(inset));
  const count = rings[0].length;
  const positions = [];
  const colours = [];
  const index = [];
  rows.forEach(({ y, solid }, row) => {
    for (const { x, z } of rings[row]) {
      positions.push(x, y, z);
      colours.push(...tint(z, y).toArray(), solid);
    }
  });
  for (let row = 0; row + 1 < rows.length; row++) {
    for (let k = 0; k < count; k++) {
      if (rings[row][k].goal && rows[row].y < GOAL.height) continue;
      const [a, b] = [row * count + k, row * count + ((k + 1) % count)];
      index.push(a, b, b + count, a, b + count, a + count);
    }
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.Float32BufferAttribute(positions, 3));
  geometry.setAttribute("color", new THREE.Float32BufferAttribute(colours, 4));
  geometry.setIndex(index);
  const material = new THREE.MeshBasicMaterial({ vertexColors: true, transparent: true, depthWrite: false });
  return new THREE.Mesh(geometry, ofTheLook(material));
}

// Thin lines along the foot and the top of the wall.
function seams() {
  const points = [];
  const wall = ring(0);
  wall.forEach(({ x, z, goal }, k) => {
    const next = wall[(k + 1) % wall.length];
    points.push([x, HEIGHT - RAMP, z, next.x, HEIGHT - RAMP, next.z]);
    if (!goal) points.push([x, RAMP, z, next.x, RAMP, next.z]);
  });
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.Float32BufferAttribute(points.flat(), 3));
  return new THREE.LineSegments(geometry, new THREE.LineBasicMaterial({ color: 0xffffff, transparent: true, opacity: 0.3 }));
}

// Where the curve at the foot of the back wall ends beside a goal: closed, as it would be hollow.
function ends() {
  const curve = profile().filter((row) => row.y <= RAMP).map(({ inset, y }) => new THREE.Vector2(BACK - inset, y));
  const shape = new THREE.Shape([...curve, new THREE.Vector2(BACK, 0)]);
  const group = new THREE.Group();
  for (const end of [-1, 1]) {
    const colour = tint(end * BACK, 0);
    for (const x of [-GOAL.half, GOAL.half]) {
      const material = new THREE.MeshLambertMaterial({ color: colour, side: THREE.DoubleSide });
      const cap = new THREE.Mesh(new THREE.ShapeGeometry(shape), material);
      cap.rotation.y = (-end * Math.PI) / 2; // the shape's x becomes z
      cap.position.x = x;
      group.add(cap);
    }
  }
  return group;
}

export function buildField() {
  const group = new THREE.Group();
  group.add(grass(), lines(), walls(), ends(), seams());
  return group;
}
