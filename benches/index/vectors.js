// Vectors of any number out of real ones, and what an exact search in f32 finds among them.

/** How alike a made vector is to the real one it comes from. */
export const PERTURBED_COSINE = 0.9;

/** mulberry32: small, and the same on every machine. Numbers from 0 to below 1. */
export function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normally distributed numbers, by Box and Muller. */
function gaussian(random) {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

function scaleToUnit(vector) {
  const length = Math.hypot(...vector);
  for (let at = 0; at < vector.length; at++) vector[at] /= length;
}

/**
 * Vectors without end, the same in every run: the real ones, then copies of them in turn with Gaussian noise, which in so
 * many dimensions leaves each at a cosine of about `PERTURBED_COSINE` to where it came from.
 */
export class VectorSource {
  #real;
  #dimensions;
  #row = 0;
  #random = seededRandom(1);

  /**
   * @param {Float32Array} real one after the other
   * @param {number} dimensions
   */
  constructor(real, dimensions) {
    this.#real = real;
    this.#dimensions = dimensions;
  }

  /** The next `count` vectors, one after the other. */
  take(count) {
    const dimensions = this.#dimensions;
    const vectors = new Float32Array(count * dimensions);
    for (let start = 0; start < vectors.length; start += dimensions) {
      this.#writeNext(vectors.subarray(start, start + dimensions));
    }
    return vectors;
  }

  #writeNext(vector) {
    const available = Math.floor(this.#real.length / this.#dimensions);
    const start = (this.#row % available) * this.#dimensions;
    const origin = this.#real.subarray(start, start + this.#dimensions);
    if (this.#row++ < available) {
      vector.set(origin);
      return;
    }
    const noise = Math.sqrt((1 - PERTURBED_COSINE ** 2) / this.#dimensions);
    for (let at = 0; at < vector.length; at++) {
      vector[at] = PERTURBED_COSINE * origin[at] + noise * gaussian(this.#random);
    }
    scaleToUnit(vector);
  }
}

/** The dot product of a query with one row. */
export function dotRow(vectors, row, query) {
  const start = row * query.length;
  let sum = 0;
  for (let at = 0; at < query.length; at++) sum += vectors[start + at] * query[at];
  return sum;
}

/**
 * For each query the score of the k-th best row among those that `isEligible` accepts: a search that finds k rows of
 * at least that score is right, whichever it takes of rows that tie. Where there are fewer rows, that of the last.
 * @returns {{ score: number, count: number }[]} also how many rows there are to find, at most `k`
 */
export function exactThresholds(vectors, queries, k, isEligible = () => true) {
  const dimensions = queries[0].length;
  const rows = Array.from({ length: vectors.length / dimensions }, (_, row) => row).filter(isEligible);
  return queries.map((query) => {
    const best = new Float64Array(Math.min(k, rows.length)).fill(-Infinity);
    for (const row of rows) {
      const score = dotRow(vectors, row, query);
      if (score > best[0]) {
        best[0] = score;
        best.sort();
      }
    }
    return { score: best[0], count: best.length };
  });
}

/** Summing in another order changes a score of f32 by less than this. */
const TOLERANCE = 1e-6;

/** The share of the best rows that a search found: `found` are its rows, `threshold` is of `exactThresholds`. */
export function recall(vectors, query, found, threshold, isEligible = () => true) {
  const right = [...new Set(found)].filter(
    (row) => isEligible(row) && dotRow(vectors, row, query) >= threshold.score - TOLERANCE,
  );
  return Math.min(right.length, threshold.count) / threshold.count;
}
