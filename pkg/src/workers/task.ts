/** What the core takes with each long call: a signal, a clock, and a way to let others have a turn. */
import type { Task } from "../wasm/ibid_simd128.js";

/** A task, and the function that frees what the core keeps for each wait for its abort. */
export function startTask(
  signal: AbortSignal,
  onProgress: Task["onProgress"],
): { task: Task; end: () => void } {
  let end = () => {};
  const aborted = new Promise<void>((resolve) => {
    end = resolve;
  });
  signal.addEventListener("abort", end);
  const now = () => performance.now();
  return { task: { signal, aborted: () => aborted, onProgress, now, pause: nextTurn }, end };
}

/** Work that nobody aborts or watches. */
export async function unattended<T>(work: (task: Task) => Promise<T>): Promise<T> {
  const { task, end } = startTask(new AbortController().signal, () => {});
  try {
    return await work(task);
  } finally {
    end();
  }
}

/** Resolves after messages that are waiting have been received; `setTimeout` would add 4 ms each time. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
