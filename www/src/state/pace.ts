/** When work is done, so that none holds the page up for long. */

/** How long work that waits until there is nothing else to do waits at most, in milliseconds. */
const PATIENCE = 2_000;

interface Scheduler {
  yield?: () => Promise<void>;
}

const { scheduler } = globalThis as { scheduler?: Scheduler };

/** Resolves in a task of its own: the page can answer its reader before. */
export function nextTask(): Promise<void> {
  if (scheduler?.yield !== undefined) {
    return scheduler.yield();
  }
  return new Promise((resolve) => {
    // A timeout would be held back where there were several before it.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** How long a page that is not drawn is waited for, in milliseconds. */
const UNDRAWN = 100;

/** Resolves after what is there now is drawn. */
export async function nextFrame(): Promise<void> {
  await new Promise<void>((resolve) => {
    requestAnimationFrame(() => resolve());
    setTimeout(resolve, UNDRAWN); // what is in the background gets no frames
  });
  await nextTask();
}

let turns: Promise<void> = Promise.resolve();

/** As `nextFrame`, for one caller in each frame: those who draw at the same time take turns. */
export function nextTurn(): Promise<void> {
  turns = turns.then(nextFrame);
  return turns;
}

/** Resolves when the page has nothing else to do. */
export function idle(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof requestIdleCallback === "function") {
      requestIdleCallback(() => resolve(), { timeout: PATIENCE });
    } else {
      setTimeout(resolve, PATIENCE / 10); // Safari has no such call
    }
  });
}
