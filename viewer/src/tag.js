// The name of a car above it, with its boost: as large on the screen from any distance, and in front of everything.

import * as THREE from "three";

const HEIGHT = 22; // pixels on the screen
const SHARP = 4; // pixels of the picture for each of those
const BAR = { height: 4, gap: 3 };
const FAINT = 0.22; // of its opacity, where it would hide the ball
const own = new THREE.Vector3();
const other = new THREE.Vector3();

export class Tag {
  constructor(scene, name, colour) {
    const { picture, width } = draw(name, colour);
    this.width = width;
    this.label = sprite({ map: picture });
    this.back = sprite({ color: 0x10141d, opacity: 0.75 });
    this.fill = sprite({ color: 0xffc530 });
    this.parts = [this.label, this.back, this.fill].map(({ material }) => ({ material, opacity: material.opacity }));
    this.group = new THREE.Group();
    this.group.add(this.label, this.back, this.fill);
    scene.add(this.group);
  }

  // `boost`: 0 to 100; `pixel`: the size of a pixel at a distance of 1; `distance`: from the camera.
  place(position, boost, pixel, distance) {
    const { label, back, fill, width } = this;
    this.group.position.copy(position);
    // the nearer name is in front, each with its own bar
    [label, back, fill].forEach((part, k) => (part.renderOrder = 100 - distance / 1000 + k / 1e4));
    const size = (one, wide, high) => one.scale.set(wide * pixel, high * pixel, 1);
    const left = 0.5 * width;
    size(label, width, HEIGHT);
    label.center.set(0.5, -(BAR.height + BAR.gap) / HEIGHT);
    size(back, width, BAR.height);
    back.center.set(0.5, 0);
    const full = Math.max((width * boost) / 100, 0.01);
    size(fill, full, BAR.height);
    fill.center.set(left / full, 0); // begins where the bar begins
  }

  // Fainter where it would hide the ball, `radius` large.
  spare(ball, radius, camera, pixel) {
    camera.updateMatrixWorld();
    onScreen(own.copy(this.group.position), camera, pixel);
    const depth = onScreen(other.copy(ball), camera, pixel);
    const across = Math.max(Math.abs(own.x - other.x) - this.width / 2, 0);
    const top = own.y + BAR.height + BAR.gap + HEIGHT;
    const along = Math.max(own.y - other.y, other.y - top, 0);
    const hides = depth > 0 && Math.hypot(across, along) < radius / (depth * pixel);
    for (const { material, opacity } of this.parts) material.opacity = hides ? FAINT * opacity : opacity;
  }
}

// Puts the pixels from the middle of the picture in its x and y; returns how far it is before the camera.
function onScreen(place, camera, pixel) {
  place.applyMatrix4(camera.matrixWorldInverse);
  const depth = -place.z;
  place.multiplyScalar(1 / Math.max(depth * pixel, 1e-6));
  return depth;
}

function sprite(options) {
  const plain = { transparent: true, depthTest: false, depthWrite: false, sizeAttenuation: false, fog: false };
  return new THREE.Sprite(new THREE.SpriteMaterial({ ...plain, ...options }));
}

function draw(name, colour) {
  const canvas = document.createElement("canvas");
  let pen = canvas.getContext("2d");
  const font = `600 ${13 * SHARP}px system-ui, sans-serif`;
  pen.font = font;
  const width = Math.ceil(pen.measureText(name).width / SHARP) + 18;
  canvas.width = width * SHARP;
  canvas.height = HEIGHT * SHARP;
  pen = canvas.getContext("2d");
  pen.fillStyle = `#${new THREE.Color(colour).multiplyScalar(0.62).getHexString()}`; // dark enough for white letters
  pen.roundRect(0, 0, canvas.width, canvas.height, 5 * SHARP);
  pen.fill();
  pen.fillStyle = "#ffffff";
  pen.font = font;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(name, canvas.width / 2, canvas.height / 2 + SHARP);
  const picture = new THREE.CanvasTexture(canvas);
  picture.colorSpace = THREE.SRGBColorSpace;
  return { picture, width };
}
