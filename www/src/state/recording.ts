/** Whether a trail is kept, as this device remembers it; all tabs of the page go by the same. */
const KEPT = "ibid-demo-trail";

export function isRecordingKept(): boolean {
  try {
    return localStorage.getItem(KEPT) === "on";
  } catch {
    return false;
  }
}

export function keepRecording(recording: boolean): void {
  try {
    if (recording) {
      localStorage.setItem(KEPT, "on");
    } else {
      localStorage.removeItem(KEPT);
    }
  } catch {
    // Without storage it is forgotten with the page, and off again.
  }
}

/** Calls `listener` when another tab switches it. */
export function onRecordingElsewhere(listener: (recording: boolean) => void): void {
  window.addEventListener("storage", ({ key }) => {
    if (key === KEPT || key === null) {
      listener(isRecordingKept());
    }
  });
}
