// The name of a car above it, with its boost: as large on the screen from any distance, and in front of everything.

import * as THREE from "three";

const HEIGHT = 22; // pixels on the screen
const SHARP = 4; // pixels of the picture for each of those
const BAR = { height: 4, gap: 3 };

export class Tag {
  constructor(scene, name, colour) {
    const { picture, width } = draw(name, colour);
    this.width = width;
    this.label = sprite({ map: picture });
    this.back = sprite({ color: 0x10141d, opacity: 0.75 });
    this.fill = sprite({ color: 0xffc530 });
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
