/** Whether a trail is kept, as this device remembers it; all tabs of the page go by the same. */
import { keep, readKept } from "./kept.js";

const KEPT = "ibid-demo-trail";

export function isRecordingKept(): boolean {
  return readKept(KEPT) === "on";
}

export function keepRecording(recording: boolean): void {
  keep(KEPT, recording ? "on" : undefined);
}

/** Calls `listener` when another tab switches it. */
export function onRecordingElsewhere(listener: (recording: boolean) => void): void {
  window.addEventListener("storage", ({ key }) => {
    if (key === KEPT || key === null) {
      listener(isRecordingKept());
    }
  });
}
