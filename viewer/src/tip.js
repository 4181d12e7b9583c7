// A note beside the pointer.

import { element } from "./page.js";

export function tip(text, target, x, y) {
  const note = element("tip");
  note.hidden = !text;
  if (!text) return;
  note.textContent = text;
  const box = target.getBoundingClientRect();
  const width = note.offsetWidth;
  note.style.left = `${Math.max(4, Math.min(box.left + x + 14, window.innerWidth - width - 4))}px`;
  note.style.top = `${Math.max(4, box.top + y - 34)}px`;
}
