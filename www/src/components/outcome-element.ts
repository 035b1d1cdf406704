import type { PropertyDeclarations } from "lit";
import type { Outcome } from "../state/inquiry.js";
import { nextTurn } from "../state/pace.js";
import { PacedElement } from "./paced-element.js";

/** Shows what has come of a call; of a list a few entries more in each frame. A `drawn` event says that all of it can be read. */
export abstract class OutcomeElement<T> extends PacedElement {
  static override properties: PropertyDeclarations = {
    outcome: { attribute: false },
    shown: { state: true },
  };
  declare outcome: Outcome<T>;
  /** How many entries are drawn so far. */
  declare protected shown: number;
  /** How many entries are drawn in one frame. */
  protected readonly atOnce: number = 1;

  /** How many entries there are. */
  protected abstract lengthOf(value: T): number;

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("outcome")) {
      this.shown = 0; // what is around them takes a frame
    }
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    const { outcome } = this;
    if (outcome.state === "done" && this.shown < this.lengthOf(outcome.value)) {
      void this.#showMore();
    } else if (outcome.state !== "running" && (changed.has("outcome") || changed.has("shown"))) {
      this.dispatchEvent(new Event("drawn"));
    }
  }

  async #showMore(): Promise<void> {
    const { outcome } = this;
    await nextTurn();
    if (outcome === this.outcome) {
      this.shown += this.atOnce;
    }
  }
}
