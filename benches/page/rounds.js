// Rounds that take turns; used by pages and by Node.

/** Each of `names` once, beginning with another one each round, so that a drift of the machine hits all alike. */
export function rotated(names, round) {
  const first = round % names.length;
  return [...names.slice(first), ...names.slice(0, first)];
}
