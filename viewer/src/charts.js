// The rewards of a car over the match, one strip for each term, with a cursor at the current time.

const STRIP = 46;
const LABEL = 15;
const POSITIVE = "#63d68b";
const NEGATIVE = "#ff7a6b";

export class Charts {
  constructor(canvas, match) {
    this.canvas = canvas;
    this.match = match;
    this.car = 0;
    this.window = 20; // seconds shown; 0 shows the whole match
  }

  show(car, seconds) {
    this.car = car;
    this.window = seconds;
  }

  // The frames shown, and their times.
  range(time) {
    const { match } = this;
    if (!this.window) return { first: 0, last: match.length - 1, start: match.start, end: match.end };
    const start = Math.max(Math.min(time - this.window / 2, match.end - this.window), match.start);
    const end = Math.min(start + this.window, match.end);
    return { first: match.frame(start).index, last: match.frame(end).next, start, end };
  }

  draw(time) {
    const { canvas, match, car } = this;
    const width = canvas.clientWidth;
    const height = STRIP * match.terms.length;
    const scale = window.devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
    const looks = [time, match.end, this.window, car, across, down].join();
    if (looks === this.drawn) return;
    this.drawn = looks;
    if (canvas.width !== across || canvas.height !== down) {
      canvas.width = across;
      canvas.height = down;
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = "11px system-ui, sans-serif";
    const { first, last, start, end } = this.range(time);
    const x = (seconds) => (width * (seconds - start)) / Math.max(end - start, 1e-6);
    const now = match.frame(time).index;
    match.terms.forEach((term, k) => {
      const top = STRIP * k;
      let most = 0;
      for (let i = first; i <= last; i++) most = Math.max(most, Math.abs(match.reward(i, car, k)));
      const middle = top + LABEL + (STRIP - LABEL) / 2;
      const half = (STRIP - LABEL) / 2 - 2;
      pen.fillStyle = "#ffffff10";
      pen.fillRect(0, middle, width, 1);
      const bar = Math.max(1, x(start + (end - start) / Math.max(last - first, 1)));
      for (let i = first; most > 0 && i <= last; i++) {
        const value = match.reward(i, car, k);
        if (value === 0) continue;
        const size = (half * value) / most;
        pen.fillStyle = value > 0 ? POSITIVE : NEGATIVE;
        pen.fillRect(x(match.times[i]) - bar, Math.min(middle, middle - size), bar, Math.max(Math.abs(size), 0.5));
      }
      const value = match.reward(now, car, k);
      pen.fillStyle = "#b9c2d3";
      pen.fillText(term, 2, top + LABEL - 4);
      pen.textAlign = "right";
      pen.fillStyle = value > 0 ? POSITIVE : value < 0 ? NEGATIVE : "#6b7385";
      pen.fillText(`${value >= 0 ? "+" : "\u2212"}${Math.abs(value).toFixed(3)}`, width - 2, top + LABEL - 4);
      pen.textAlign = "left";
    });
    pen.fillStyle = "#ffffffb0";
    pen.fillRect(x(time), 0, 1, height);
  }
}
