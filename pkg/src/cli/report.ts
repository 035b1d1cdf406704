/** What the terminal shows while files are fetched: one line that changes, or plain lines where it is no terminal. */
import type { DownloadOptions } from "./download.js";

/** Between two changes of a line, in milliseconds. */
const INTERVAL = 100;

/** Files below this size, in bytes, arrive before anybody has read of their progress. */
const SMALL = 1_000_000;

type Progress = Pick<DownloadOptions, "onProgress" | "onRetry">;

export class Report {
  readonly #output: NodeJS.WriteStream;
  /** Whether a line stands there that will be written over. */
  #isPending = false;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  /** Writes a line of its own. */
  line(text: string): void {
    this.#clear();
    this.#output.write(`${text}\n`);
  }

  /** Shows the progress of a file while `fetch` runs, which is given whom to tell of it. */
  async file<T>(
    name: string,
    bytes: number | undefined,
    fetch: (progress: Progress) => Promise<T>,
  ): Promise<T> {
    const show = this.#output.isTTY ? this.#changingLine(name) : this.#plainLines(name);
    show(0, bytes);
    try {
      return await fetch({
        onProgress: show,
        onRetry: (reason) => this.line(`${name}: ${reason}; trying again`),
      });
    } finally {
      this.#clear();
    }
  }

  #changingLine(name: string) {
    let shown = 0;
    return (arrived: number, total: number | undefined) => {
      const now = Date.now();
      if (now - shown >= INTERVAL || arrived === total) {
        shown = now;
        this.#output.write(`\r\u001b[K${name} ${progressOf(arrived, total)}`);
        this.#isPending = true;
      }
    };
  }

  /** A line for each quarter of what is large, and one for what is small. */
  #plainLines(name: string) {
    let quarters = 0;
    return (arrived: number, total: number | undefined) => {
      const reached = total ? Math.floor((4 * arrived) / total) : 0;
      const isDue = reached > quarters && ((total ?? 0) > SMALL || reached === 4);
      if (isDue) {
        quarters = reached;
        this.line(`${name} ${progressOf(arrived, total)}`);
      }
    };
  }

  #clear(): void {
    if (this.#isPending) {
      this.#output.write("\r\u001b[K");
      this.#isPending = false;
    }
  }
}

function progressOf(arrived: number, total: number | undefined): string {
  return total === undefined
    ? megabytes(arrived)
    : `${megabytes(arrived)} of ${megabytes(total)} (${Math.floor((100 * arrived) / Math.max(1, total))} %)`;
}

/** A size as people read it; megabytes are a million bytes. */
export function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
