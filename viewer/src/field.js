// The soccar field: floor with lines, walls with their corners, goals, boost pads. Units are uu, y is up.

import * as THREE from "three";

const SIDE = 4096;
const BACK = 5120;
const CORNER = 8064; // |x| + |z| of the diagonal walls
const HEIGHT = 2044;
const GOAL = { half: 893, height: 643, depth: 880 };
export const TEAM_COLOURS = [0x2f7bff, 0xff8a1f];

function outline() {
  const x = CORNER - BACK;
  const z = CORNER - SIDE;
  return [[x, -BACK], [SIDE, -z], [SIDE, z], [x, BACK], [-x, BACK], [-SIDE, z], [-SIDE, -z], [-x, -BACK]];
}

function lines(points, colour, opacity = 1) {
  const geometry = new THREE.BufferGeometry().setFromPoints(points.map((p) => new THREE.Vector3(...p)));
  return new THREE.LineSegments(geometry, new THREE.LineBasicMaterial({ color: colour, transparent: true, opacity }));
}

function floor() {
  const shape = new THREE.Shape(outline().map(([x, z]) => new THREE.Vector2(x, z)));
  const mesh = new THREE.Mesh(
    new THREE.ShapeGeometry(shape),
    new THREE.MeshLambertMaterial({ color: 0x24402c, side: THREE.DoubleSide }),
  );
  mesh.rotation.x = Math.PI / 2; // the shape's y becomes z
  return mesh;
}

function marks() {
  const points = [[-SIDE, 2, 0], [SIDE, 2, 0]];
  const circle = (radius, count) => {
    for (let k = 0; k < count; k++) {
      for (const angle of [k, k + 1]) {
        const turn = (2 * Math.PI * angle) / count;
        points.push([radius * Math.cos(turn), 2, radius * Math.sin(turn)]);
      }
    }
  };
  circle(1000, 64);
  for (const end of [-1, 1]) {
    const box = [[-1600, BACK], [-1600, BACK - 1300], [1600, BACK - 1300], [1600, BACK]];
    for (let k = 0; k < 3; k++) points.push(...[box[k], box[k + 1]].map(([x, z]) => [x, 2, end * z]));
  }
  return lines(points, 0xffffff, 0.35);
}

function walls() {
  const group = new THREE.Group();
  const corners = outline();
  const edges = [];
  const sides = [];
  corners.forEach(([x, z], k) => {
    const [nextX, nextZ] = corners[(k + 1) % corners.length];
    edges.push([x, 0, z], [x, HEIGHT, z], [x, HEIGHT, z], [nextX, HEIGHT, nextZ], [x, 0, z], [nextX, 0, nextZ]);
    sides.push([x, 0, z], [nextX, 0, nextZ], [nextX, HEIGHT, nextZ], [x, 0, z], [nextX, HEIGHT, nextZ], [x, HEIGHT, z]);
  });
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.Float32BufferAttribute(sides.flat(), 3));
  const material = { color: 0x8fb4ff, transparent: true, opacity: 0.06, side: THREE.DoubleSide, depthWrite: false };
  group.add(new THREE.Mesh(geometry, new THREE.MeshBasicMaterial(material)), lines(edges, 0x9db7e8, 0.45));
  return group;
}

function goal(end, colour) {
  const { half, height, depth } = GOAL;
  const mouth = end * BACK;
  const back = end * (BACK + depth);
  const front = [[-half, 0, mouth], [-half, height, mouth], [half, height, mouth], [half, 0, mouth]];
  const rear = front.map(([x, y]) => [x, y, back]);
  const points = [];
  for (let k = 0; k < 3; k++) points.push(front[k], front[k + 1], rear[k], rear[k + 1]);
  for (let k = 0; k < 4; k++) points.push(front[k], rear[k]);
  points.push(rear[0], rear[3], front[0], front[3]);
  const ground = new THREE.Mesh(
    new THREE.PlaneGeometry(2 * half, depth),
    new THREE.MeshLambertMaterial({ color: colour, transparent: true, opacity: 0.5, side: THREE.DoubleSide }),
  );
  ground.rotation.x = Math.PI / 2;
  ground.position.set(0, 1, end * (BACK + depth / 2));
  const group = new THREE.Group();
  group.add(lines(points, colour), ground);
  return group;
}

export function buildField() {
  const group = new THREE.Group();
  // blue defends the negative end
  group.add(floor(), marks(), walls(), goal(-1, TEAM_COLOURS[0]), goal(1, TEAM_COLOURS[1]));
  return group;
}

export function buildPads(pads) {
  return pads.map(([x, y, large]) => {
    const pad = new THREE.Group();
    const ring = new THREE.Mesh(
      new THREE.CylinderGeometry(large ? 150 : 70, large ? 160 : 80, 8, 24),
      new THREE.MeshLambertMaterial({ color: 0x5a4a20 }),
    );
    const charge = new THREE.Mesh(
      large ? new THREE.SphereGeometry(90, 16, 12) : new THREE.CylinderGeometry(45, 55, 14, 16),
      new THREE.MeshBasicMaterial({ color: 0xffc23c }),
    );
    charge.position.y = large ? 130 : 12;
    pad.add(ring, charge);
    pad.position.set(x, 4, y);
    pad.charge = charge;
    return pad;
  });
}
