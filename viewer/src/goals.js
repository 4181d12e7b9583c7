// The goals: posts, a net, a floor in the colour of who defends it, and a light after a goal.

import * as THREE from "three";
import { FLAT, TEAM_COLOURS, flat } from "./field.js";
import { BACK, GOAL } from "./outline.js";

const MESH = 110; // uu between two threads of the net
const POST = 24; // radius
const LIT = 3.5; // seconds after a goal
const BURST = 1.2; // of them, in which a light spreads from where the ball went in

export class Goal {
  constructor(scene, team) {
    this.end = team ? 1 : -1; // blue defends the negative end
    const colour = new THREE.Color(TEAM_COLOURS[team]);
    const pale = colour.clone().lerp(new THREE.Color(0xffffff), 0.55);
    this.threads = new THREE.LineBasicMaterial({ color: pale, transparent: true });
    this.glow = new THREE.MeshBasicMaterial({ color: colour, transparent: true }); // seen from outside: no fog for a camera in the goal
    this.burst = new THREE.Sprite(new THREE.SpriteMaterial({ map: wave(), color: pale, transparent: true, depthWrite: false }));
    const group = new THREE.Group();
    group.add(new THREE.LineSegments(net(), this.threads), ...frame(pale), this.room(), this.burst);
    group.rotation.y = team ? 0 : Math.PI;
    scene.add(group);
    this.light(Infinity);
  }

  // The inside of the goal, tinted a little, and strongly when lit.
  room() {
    const { half, height, depth } = GOAL;
    const box = new THREE.BoxGeometry(2 * half, height, depth);
    box.translate(0, height / 2, BACK + depth / 2);
    const group = new THREE.Group();
    const floor = new THREE.PlaneGeometry(2 * half, depth).rotateX(-Math.PI / 2).translate(0, 0, BACK + depth / 2);
    const ground = new THREE.MeshLambertMaterial({ color: this.glow.color.clone().lerp(new THREE.Color(0x3c7a3c), 0.4) });
    group.add(flat(floor, FLAT.grass, ground), flat(box, FLAT.mark, this.glow));
    return group;
  }

  // `age`: seconds since the last goal that was scored here; `ball`: where it went in.
  light(age, ball) {
    const share = age >= 0 && age < LIT ? 1 - age / LIT : 0;
    this.lit = share;
    this.threads.opacity = 0.45 + 0.55 * share;
    this.glow.opacity = 0.1 + share * (0.5 + 0.15 * Math.cos(12 * age));
    this.burst.visible = age >= 0 && age < BURST;
    if (!this.burst.visible) return;
    this.burst.position.set(this.end * ball.x, ball.y, BACK + 60);
    this.burst.scale.setScalar(300 + 1500 * Math.sqrt(age / BURST));
    this.burst.material.opacity = 1 - age / BURST;
  }
}

// A ring that fades inwards.
function wave() {
  const size = 256, half = size / 2, canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d"), shade = pen.createRadialGradient(half, half, 0, half, half, half);
  for (const [at, alpha] of [[0, 0.3], [0.6, 0.15], [0.88, 0.9], [1, 0]]) shade.addColorStop(at, `rgba(255, 255, 255, ${alpha})`);
  pen.fillStyle = shade;
  pen.fillRect(0, 0, size, size);
  return new THREE.CanvasTexture(canvas);
}

function frame(colour) {
  const { half, height } = GOAL;
  const material = new THREE.MeshLambertMaterial({ color: colour, emissive: colour, emissiveIntensity: 0.35 });
  const tube = (length) => new THREE.CylinderGeometry(POST, POST, length, 10);
  const posts = [-half, half].map((x) => tube(height).translate(x, height / 2, BACK));
  const bar = tube(2 * half + 2 * POST).rotateZ(Math.PI / 2).translate(0, height, BACK);
  return [...posts, bar].map((geometry) => new THREE.Mesh(geometry, material));
}

// Threads across the two sides, the roof and the back.
function net() {
  const { half, height, depth } = GOAL;
  const [mouth, back] = [BACK, BACK + depth];
  const points = [];
  const around = (z) => [[-half, 0, z], [-half, height, z], [half, height, z], [half, 0, z]];
  const spread = (length, thread) => {
    const count = Math.round(length / MESH);
    for (let k = 0; k <= count; k++) thread((length * k) / count);
  };
  spread(depth, (d) => {
    const corners = around(mouth + d);
    for (let k = 0; k < 3; k++) points.push(corners[k], corners[k + 1]);
  });
  spread(height, (y) => {
    for (const x of [-half, half]) points.push([x, y, mouth], [x, y, back]);
    points.push([-half, y, back], [half, y, back]);
  });
  spread(2 * half, (x) => points.push([x - half, height, mouth], [x - half, height, back], [x - half, 0, back], [x - half, height, back]));
  return new THREE.BufferGeometry().setFromPoints(points.map((p) => new THREE.Vector3(...p)));
}
