// The boost pads: gold while there is boost on them, dark while it is taken.

import * as THREE from "three";

const FULL = new THREE.Color(0xffc530);
const TAKEN = new THREE.Color(0x3d4440);
const LARGE = { radius: 160, orb: 85, height: 125 };
const SMALL = { radius: 78 };

export class Pads {
  constructor(scene, match) {
    this.match = match;
    const large = match.pads.flatMap(([, , isLarge], number) => (isLarge ? [number] : []));
    const small = match.pads.flatMap(([, , isLarge], number) => (isLarge ? [] : [number]));
    const light = () => new THREE.MeshBasicMaterial();
    const base = new THREE.MeshLambertMaterial({ color: 0x59605c });
    const disc = (radius, height) => new THREE.CylinderGeometry(radius * 0.9, radius, height, 20).translate(0, height / 2, 0);
    const rim = new THREE.TorusGeometry(LARGE.radius * 0.82, 14, 6, 28).rotateX(Math.PI / 2).translate(0, 16, 0);
    const orb = new THREE.IcosahedronGeometry(LARGE.orb, 2).translate(0, LARGE.height, 0);
    this.place(scene, large, disc(LARGE.radius, 14), base);
    this.place(scene, small, disc(SMALL.radius, 8), base);
    // what is lit: pad numbers, their mesh, and whether it is still there when taken
    this.lamps = [
      { numbers: large, mesh: this.place(scene, large, rim, light()), stays: true },
      { numbers: large, mesh: this.place(scene, large, orb, light()), stays: false },
      { numbers: small, mesh: this.place(scene, small, disc(SMALL.radius * 0.7, 18), light()), stays: true },
    ];
    this.shown = [];
  }

  // One mesh for all pads of a kind: 34 pads cost as much as five things.
  place(scene, numbers, geometry, material) {
    const mesh = new THREE.InstancedMesh(geometry, material, numbers.length);
    numbers.forEach((number, k) => {
      const [x, z] = this.match.pads[number];
      mesh.setMatrixAt(k, new THREE.Matrix4().makeTranslation(x, 0, z));
      mesh.setColorAt(k, new THREE.Color(0xffffff));
    });
    scene.add(mesh);
    return mesh;
  }

  show(index) {
    const { match } = this;
    match.pads.forEach((_, number) => {
      const active = match.padActive(index, number);
      if (this.shown[number] === active) return;
      this.shown[number] = active;
      for (const { numbers, mesh, stays } of this.lamps) {
        const k = numbers.indexOf(number);
        if (k < 0) continue;
        const [x, z] = match.pads[number];
        mesh.setColorAt(k, active ? FULL : TAKEN);
        mesh.setMatrixAt(k, new THREE.Matrix4().makeTranslation(x, active || stays ? 0 : -1e5, z));
        mesh.instanceColor.needsUpdate = mesh.instanceMatrix.needsUpdate = true;
      }
    });
  }
}
