import { LitElement } from "lit";
import { nextTask } from "../state/pace.js";

/** An element that is drawn in a task of its own the first time, which takes longest; what changes later is seen at once. */
export class FirstPacedElement extends LitElement {
  protected override async scheduleUpdate(): Promise<void> {
    if (!this.hasUpdated) {
      await nextTask();
    }
    super.scheduleUpdate();
  }
}
