// The shapes of events, which tell them apart without colour, on canvases and on the timeline.

// Corners in a square from -1 to 1; a dot is a circle.
const SHAPES = {
  goal: star(),
  shot: [[0, -1], [1, 0.8], [-1, 0.8]],
  save: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
  demolition: cross(),
  "aerial touch": [[0, -1], [0.8, 0], [0, 1], [-0.8, 0]],
};

export function mark(pen, kind, x, y, size, colour) {
  pen.beginPath();
  if (kind in SHAPES) {
    for (const [right, down] of SHAPES[kind]) pen.lineTo(x + size * right, y + size * down);
    pen.closePath();
  } else pen.arc(x, y, size, 0, 2 * Math.PI);
  pen.fillStyle = colour;
  pen.strokeStyle = "#000000";
  pen.lineWidth = 1;
  pen.stroke();
  pen.fill();
}

// As a clip-path of a box.
export function clip(kind) {
  const corners = SHAPES[kind].map((corner) => corner.map((at) => `${(50 * (1 + at)).toFixed(0)}%`).join(" "));
  return `polygon(${corners.join(",")})`;
}

function star() {
  return Array.from({ length: 10 }, (_, k) => {
    const radius = k % 2 ? 0.45 : 1;
    return [radius * Math.sin((k * Math.PI) / 5), -radius * Math.cos((k * Math.PI) / 5)];
  });
}

function cross() {
  const [far, near] = [0.95, 0.35];
  const arm = [[-near, -far], [near, -far], [near, -near]];
  return [0, 1, 2, 3].flatMap((turn) => arm.map(([x, y]) => {
    const angle = (turn * Math.PI) / 2 + Math.PI / 4;
    return [x * Math.cos(angle) - y * Math.sin(angle), x * Math.sin(angle) + y * Math.cos(angle)];
  }));
}
