import { LitElement } from "lit";
import { nextTask } from "../state/pace.js";

/**
 * An element that is drawn in a task of its own. What changes many of them at once, as an answer does, holds the page up for one at a
 * time; and what changes one several times before its turn has it drawn once.
 */
export class PacedElement extends LitElement {
  protected override async scheduleUpdate(): Promise<void> {
    await nextTask();
    super.scheduleUpdate();
  }
}
