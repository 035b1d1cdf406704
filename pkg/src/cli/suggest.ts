/** Guessing what was meant by a name that does not exist. */

/** The share of a name's letters that may be wrong. */
const TOLERANCE = 0.4;

/** Those of `names` that `typed` may stand for, likeliest first: what holds it, else what is spelt nearly like it. */
export function nearest(typed: string, names: readonly string[]): string[] {
  const wanted = typed.toLowerCase();
  const holding = names.filter((name) => wanted.length > 2 && name.includes(wanted));
  if (holding.length > 0) {
    return holding;
  }
  return names
    .map((name) => ({ name, edits: editDistance(wanted, name) }))
    .filter(({ name, edits }) => edits <= TOLERANCE * name.length)
    .sort((a, b) => a.edits - b.edits)
    .map(({ name }) => name);
}

/** How many letters have to be put in, taken out or replaced to make one of the other (Levenshtein's distance). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (let column = 0; column < other.length; column++) {
      const replaced = (row[column] as number) + (letter === other[column] ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] as number) + 1, (next[column] as number) + 1));
    }
    row = next;
  }
  return row[other.length] as number;
}
