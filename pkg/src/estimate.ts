/** Estimating how long a call still takes. */

/** The past that the rate is taken from, in milliseconds: long enough to even out batches, short enough to follow a
 * machine that gets slower when it gets hot. */
const WINDOW = 20_000;

/** The past that is needed for an estimate, in milliseconds. The first reports come while workers still start. */
const MINIMUM = 2_000;

/** The time left of one call, from its progress so far. */
export class Estimate {
  readonly #reports: { time: number; done: number }[] = [];

  /**
   * Takes a report.
   *
   * @param time in milliseconds, on any clock that never goes back
   * @returns the seconds left; `undefined` as long as too little was seen
   */
  secondsLeft(time: number, done: number, total: number): number | undefined {
    const reports = this.#reports;
    reports.push({ time, done });
    while (reports.length > 2 && time - (reports[1]?.time ?? time) >= WINDOW) {
      reports.shift();
    }
    const first = reports[0] as { time: number; done: number };
    if (done >= total) {
      return 0;
    }
    const [elapsed, gained] = [time - first.time, done - first.done];
    return elapsed < MINIMUM || gained <= 0 ? undefined : ((total - done) * elapsed) / gained / 1000;
  }
}
