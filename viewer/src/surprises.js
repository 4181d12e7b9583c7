// Where a critic was surprised: what it expects changed most from one decision to the next.

const MOST = 10;
const APART = 1; // seconds between two of them

// [{index, change}], in the order of time: the frame after which the critic expects `change` more.
export function surprises(match, car) {
  const changes = [];
  for (let index = 0; index + 1 < match.length; index++) {
    if (!match.cuts[index]) changes.push({ index, change: match.value(index + 1, car) - match.value(index, car) });
  }
  changes.sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
  const found = [];
  for (const each of changes) {
    if (found.length === MOST) break;
    if (found.every(({ index }) => Math.abs(match.times[index] - match.times[each.index]) >= APART)) found.push(each);
  }
  return found.sort((a, b) => a.index - b.index);
}
