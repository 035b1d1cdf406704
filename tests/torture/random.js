// Random choices that a seed repeats.

/** Choices of one stream; streams of one seed and other names are independent. */
export class Random {
  #state;

  /**
   * @param {number} seed
   * @param {string} name of the stream
   */
  constructor(seed, name) {
    this.#state = seed >>> 0;
    for (const character of name) this.#state = Math.imul(this.#state ^ character.charCodeAt(0), 0x01000193);
  }

  /** From 0 up to, but not including, 1. (The generator SplitMix32.) */
  next() {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  }

  /** A whole number of `from` to `to`, both included. */
  whole(from, to) {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** One of a list. */
  of(list) {
    return list[this.whole(0, list.length - 1)];
  }

  /** Up to `count` different ones of a list, in any order. */
  some(list, count) {
    const left = [...list];
    const chosen = [];
    while (chosen.length < count && left.length > 0) {
      chosen.push(...left.splice(this.whole(0, left.length - 1), 1));
    }
    return chosen;
  }

  /** One of the names of `weights`, each as often as its weight says. */
  weighted(weights) {
    const entries = Object.entries(weights);
    let at = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      if (at < weight) return name;
      at -= weight;
    }
    return entries[0][0];
  }
}
