// What a car leaves behind: a broad trail where it boosted, two thin ones where it was supersonic.

import * as THREE from "three";
import { Ribbon } from "./ribbon.js";

export const SUPERSONIC = 2200; // uu/s
const KINDS = {
  boost: { seconds: 0.8, up: 17, aside: 0, width: 26 },
  left: { seconds: 0.6, up: 4, aside: -32, width: 7 },
  right: { seconds: 0.6, up: 4, aside: 32, width: 7 },
};
const THINNEST = 0.0022; // of the distance from the camera: about two pixels

const point = new THREE.Vector3();
const ahead = new THREE.Vector3();
const up = new THREE.Vector3();

export class Trails {
  constructor(scene, match, number, colour) {
    this.match = match;
    this.number = number;
    const pale = (share) => new THREE.Color(colour).lerp(new THREE.Color(0xffffff), share);
    this.ribbons = {
      boost: new Ribbon(scene, pale(0.3), KINDS.boost.width, 0.75),
      left: new Ribbon(scene, pale(0.8), KINDS.left.width, 0.9),
      right: new Ribbon(scene, pale(0.8), KINDS.right.width, 0.9),
    };
  }

  // From where the car is now back through the frames, as long as what it did lasted.
  place({ index, next }, time, body) {
    const { match, number } = this;
    for (const [kind, { seconds, up: height, aside }] of Object.entries(KINDS)) {
      const ribbon = this.ribbons[kind];
      ribbon.clear();
      // what a car did between two frames is stored with the later one
      const did = (i) => (aside ? match.carSpeed(i, number) >= SUPERSONIC : match.carStatus(i, number).boosting);
      if (!did(next) || match.carStatus(index, number).demolished) continue;
      ribbon.add(point.set(0, height, aside).applyQuaternion(body.quaternion).add(body.position), 1);
      for (let i = index; time - match.times[i] <= seconds; i--) {
        ahead.crossVectors(match.carForward(i, number, ahead), match.carUp(i, number, up)).multiplyScalar(aside);
        match.carPosition(i, number, point).addScaledVector(up, height).add(ahead);
        if (!ribbon.add(point, 1 - (time - match.times[i]) / seconds)) break;
        if (i === 0 || match.cuts[i - 1] || !did(i)) break;
      }
    }
  }

  face(camera) {
    for (const ribbon of Object.values(this.ribbons)) ribbon.face(camera, THINNEST);
  }
}
