// The ball's surface: twelve dark pentagons among twenty light hexagons, with seams. Drawn once, in code.

import * as THREE from "three";

const WIDTH = 1024;
const HEIGHT = 512;
const SEAM = 0.012; // half its width, as a difference of cosines
const PENTAGON = 0.012; // how much smaller the pentagons are than if all panels were alike
const COLOURS = { hexagon: [238, 240, 244], other: [214, 220, 230], pentagon: [44, 52, 72], seam: [110, 118, 134] };

// Middles of the panels: the corners of an icosahedron, and of its faces.
function middles() {
  const corners = new THREE.IcosahedronGeometry(1, 0).attributes.position;
  const found = [];
  const add = (point, pentagon) => {
    if (!found.some((other) => other.point.distanceTo(point) < 0.1)) found.push({ point, pentagon });
  };
  const corner = (k) => new THREE.Vector3().fromBufferAttribute(corners, k);
  for (let k = 0; k < corners.count; k++) add(corner(k), true);
  for (let k = 0; k < corners.count; k += 3) add(corner(k).add(corner(k + 1)).add(corner(k + 2)).normalize(), false);
  return found;
}

export function panels() {
  const list = middles();
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext("2d");
  const picture = pen.createImageData(WIDTH, HEIGHT);
  for (let row = 0; row < HEIGHT; row++) {
    const down = ((row + 0.5) * Math.PI) / HEIGHT;
    const [y, around] = [Math.cos(down), Math.sin(down)];
    for (let column = 0; column < WIDTH; column++) {
      const turn = ((column + 0.5) * 2 * Math.PI) / WIDTH; // as SphereGeometry lays its texture
      picture.data.set([...colour(list, -Math.cos(turn) * around, y, Math.sin(turn) * around), 255], 4 * (row * WIDTH + column));
    }
  }
  pen.putImageData(picture, 0, 0);
  const texture = new THREE.CanvasTexture(canvas);
  texture.colorSpace = THREE.SRGBColorSpace;
  texture.anisotropy = 4;
  return texture;
}

function colour(list, x, y, z) {
  let [best, second, nearest] = [-2, -2, 0];
  list.forEach(({ point, pentagon }, k) => {
    const close = point.x * x + point.y * y + point.z * z - (pentagon ? PENTAGON : 0);
    if (close > best) [second, best, nearest] = [best, close, k];
    else if (close > second) second = close;
  });
  if (best - second < SEAM) return COLOURS.seam;
  return list[nearest].pentagon ? COLOURS.pentagon : nearest % 3 ? COLOURS.hexagon : COLOURS.other;
}
