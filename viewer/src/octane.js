// An Octane in a few hundred triangles. x points to the nose, y up, z to the right, from the car's position, in uu.

import * as THREE from "three";
import { mergeGeometries } from "three/examples/jsm/utils/BufferGeometryUtils.js";

// the hitbox: its size, and its centre relative to the car's position
export const HITBOX = { length: 120.507, width: 86.699, height: 38.659, forward: 13.876, up: 20.755 };
// where the wheels are and how large, as in RocketSim; a little further out than there, so that they show
export const WHEELS = [
  { x: 51.25, y: -4.5, z: 32, radius: 12.5, width: 13, steers: true },
  { x: -33.75, y: -2, z: 34, radius: 15, width: 16, steers: false },
];
export const REST = 17; // height of the car's position above the ground it stands on
export const NOZZLE = { x: -52, y: 17 };

const DARK = 0x23272f;
const GLASS = 0x10151f;
const LAMP = 0xfff3c4;
const BRAKE = 0xd8282f;

// A body through cross-sections from tail to nose: [x, bottom, middle, top, half the width at each], moved aside by z.
function hull(stations, colour, z = 0) {
  const rings = stations.map(([x, bottom, middle, top, wide, wider, roof]) => [
    [x, bottom, z - wide], [x, middle, z - wider], [x, top, z - roof],
    [x, top, z + roof], [x, middle, z + wider], [x, bottom, z + wide],
  ]);
  const points = [];
  const fan = (ring) => ring.slice(1, -1).forEach((point, k) => points.push(ring[0], point, ring[k + 2]));
  for (let k = 0; k + 1 < rings.length; k++) {
    rings[k].forEach((a, side) => {
      const next = (side + 1) % 6;
      const [b, c, d] = [rings[k][next], rings[k + 1][next], rings[k + 1][side]];
      points.push(a, b, c, a, c, d);
    });
  }
  fan([...rings[0]].reverse());
  fan(rings.at(-1));
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.Float32BufferAttribute(points.flat(), 3));
  return painted(geometry, colour);
}

// With normals of its own for every triangle, and one colour.
function painted(geometry, colour) {
  const plain = geometry.index ? geometry.toNonIndexed() : geometry;
  plain.deleteAttribute("uv");
  plain.computeVertexNormals();
  const { count } = plain.attributes.position;
  const colours = new Float32Array(3 * count);
  for (let k = 0; k < count; k++) new THREE.Color(colour).toArray(colours, 3 * k);
  plain.setAttribute("color", new THREE.BufferAttribute(colours, 3));
  return plain;
}

export function octane(colour) {
  const light = new THREE.Color(colour).lerp(new THREE.Color(0xffffff), 0.75);
  const deep = new THREE.Color(colour).multiplyScalar(0.55);
  const parts = [
    // the tub, from engine to nose
    hull([[-46, 5, 15, 24, 22, 26, 20], [-30, 1, 15, 27, 24, 29, 23], [20, 1, 14, 24, 25, 29, 23], [50, 2, 11, 19, 20, 23, 18], [75, 4, 8, 12, 15, 18, 13]], colour),
    hull([[24, 23.6, 24, 24.6, 9, 9, 8], [74, 12, 12.4, 13, 6, 6, 5]], light), // a stripe on the bonnet
    // the cabin
    hull([[-31, 24, 30, 33, 20, 18, 14], [-20, 24, 31, 40, 22, 20, 15], [8, 23, 31, 40.5, 22, 20, 15], [37, 20, 21, 22, 20, 18, 15]], GLASS),
    hull([[-23, 38, 40, 41.5, 17, 16.5, 15], [9, 39, 40.5, 42, 17, 16.5, 15]], colour),
    hull([[-14, 41, 43, 46, 7, 7, 5], [2, 41, 42, 43, 6, 6, 5]], DARK), // the scoop
    // bumpers, spoiler, nozzle
    hull([[64, -1, 3, 7, 22, 25, 22], [78, 1, 4, 6, 15, 18, 15]], DARK),
    hull([[-52, 3, 7, 10, 17, 20, 17], [-44, 3, 7, 11, 22, 25, 22]], DARK),
    hull([[-56, 37, 39, 40.5, 33, 33, 33], [-40, 36, 37, 38, 33, 33, 33]], deep),
    painted(new THREE.CylinderGeometry(9, 7, 10, 10).rotateZ(Math.PI / 2).translate(-49, NOZZLE.y, 0), DARK),
  ];
  for (const side of [-1, 1]) {
    parts.push(
      hull([[33, 3, 8, 11, 5, 6, 4], [43, 9, 13, 17, 6, 8, 5], [58, 9, 12, 15, 6, 8, 5], [69, 3, 6, 9, 5, 6, 4]], colour, side * 30),
      hull([[-54, 8, 13, 16, 5, 7, 4], [-43, 14, 19, 23, 6, 9, 5], [-24, 14, 18, 23, 6, 9, 5], [-13, 4, 10, 14, 5, 6, 4]], colour, side * 32),
      hull([[-16, 0, 3, 6, 4, 5, 4], [35, 0, 3, 6, 4, 5, 4]], DARK, side * 29), // the sill
      hull([[-47, 23, 30, 38, 2, 2, 2], [-42, 23, 30, 38, 2, 2, 2]], DARK, side * 19), // holds the spoiler
      hull([[66, 8, 10.5, 13, 5, 5, 4], [74.5, 7.5, 9.5, 11.5, 4, 4.5, 4]], LAMP, side * 14),
      hull([[-48, 17, 19.5, 22, 5, 5, 5], [-45, 17, 19.5, 22, 5, 5, 5]], BRAKE, side * 17),
    );
  }
  return mergeGeometries(parts);
}

// A wheel whose spokes show how it turns; its axle is z.
export function wheel({ radius, width }, colour) {
  const parts = [painted(new THREE.CylinderGeometry(radius, radius, width, 18).rotateX(Math.PI / 2), 0x17191d)];
  for (const side of [-1, 1]) {
    const face = side > 0 ? 0 : Math.PI;
    for (let k = 0; k < 5; k++) {
      const sector = new THREE.CircleGeometry(0.72 * radius, 3, k * 1.2566, 0.75);
      parts.push(painted(sector.rotateY(face).translate(0, 0, side * (width / 2 + 0.4)), 0xd9dde3));
    }
    const cap = new THREE.CircleGeometry(0.28 * radius, 8);
    parts.push(painted(cap.rotateY(face).translate(0, 0, side * (width / 2 + 0.8)), colour));
  }
  return mergeGeometries(parts);
}
