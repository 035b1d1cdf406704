/** How a question may go on while it is being typed. */
import { Observable } from "./observable.js";

/** After how long without a key press completions are asked for, in milliseconds. */
const DELAY = 120;

export interface CompletionsState {
  /** The question with its last word completed, likeliest first. */
  offered: readonly string[];
  /** The place of the one that the arrow keys have reached; -1: none. */
  active: number;
}

const NONE: CompletionsState = { offered: [], active: -1 };

export class Completions extends Observable<CompletionsState> {
  readonly #complete: (text: string) => Promise<string[]>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts key presses; an answer to an earlier one comes too late. */
  #turn = 0;

  constructor(complete: (text: string) => Promise<string[]>) {
    super(NONE);
    this.#complete = complete;
  }

  /** Offers completions of `text` once nothing has been typed for a moment; of those offered already it keeps what fits. */
  typed(text: string): void {
    this.#forget();
    this.#offer(this.state.offered.filter((each) => continues(each, text)));
    // A single letter begins too many words.
    if (/[\p{L}\p{N}]{2}$/u.test(text)) {
      this.#timer = setTimeout(() => void this.#ask(text, this.#turn), DELAY);
    }
  }

  /** Offers nothing until something is typed again. */
  close(): void {
    this.#forget();
    this.#offer([]);
  }

  /** Goes to the next completion or the one before; past either end lies none, which is what was typed. */
  move(step: 1 | -1): void {
    const places = this.state.offered.length + 1;
    this.update({ active: ((this.state.active + 1 + step + places) % places) - 1 });
  }

  async #ask(text: string, turn: number): Promise<void> {
    const completions = await this.#complete(text).catch(() => []); // typing goes on without
    if (turn === this.#turn) {
      this.#offer(completions);
    }
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#turn += 1;
  }

  #offer(offered: readonly string[]): void {
    if (offered.length > 0 || this.state.offered.length > 0) {
      this.update({ offered, active: -1 });
    }
  }
}

function continues(completion: string, text: string): boolean {
  return completion.length > text.length && completion.toLowerCase().startsWith(text.toLowerCase());
}
