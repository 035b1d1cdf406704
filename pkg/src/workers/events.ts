/** What happens to a collection: from the core and from other tabs, to whoever watches. */
import type { CollectionEvent } from "../protocol.js";
import type { ChangeEvent, CoreEvent } from "../wasm/ibid_simd128.js";

/** What tabs tell each other: the number of a commit. */
type Message = { generation: number };

export class Events {
  readonly #channel: BroadcastChannel | undefined;
  readonly #watchers = new Set<(event: CollectionEvent) => void>();
  #last: { generation: number; backlog: number | undefined } = { generation: 0, backlog: undefined };

  /**
   * @param collection its name, where other tabs may have it
   * @param look called when another tab has committed; the core then hears of it, and so does `take`
   */
  constructor(collection: string | undefined, look: () => void) {
    if (collection !== undefined && typeof BroadcastChannel !== "undefined") {
      this.#channel = new BroadcastChannel(`ibid/${collection}`);
      this.#channel.onmessage = ({ data }: MessageEvent<Message>) => {
        if (data.generation > this.#last.generation) {
          look();
        }
      };
    }
  }

  watch(watcher: (event: CollectionEvent) => void): void {
    this.#watchers.add(watcher);
  }

  /** Takes what the core says: a commit of this tab, or of another one that it has read. */
  take(event: CoreEvent): void {
    if ("change" in event) {
      this.#change(event.change);
    } else {
      this.#tell({ name: "problem", event: event.problem });
    }
  }

  /** Tells that a model is ready. */
  useModel(fingerprint: string): void {
    this.#tell({ name: "model", event: { fingerprint } });
  }

  #change(change: ChangeEvent): void {
    const { generation, backlog } = change;
    if (generation <= this.#last.generation) {
      return;
    }
    const backlogChanged = backlog !== this.#last.backlog;
    this.#last = { generation, backlog };
    this.#channel?.postMessage({ generation } satisfies Message);
    this.#tell({ name: "change", event: change });
    if (backlogChanged) {
      this.#tell({ name: "backlog", event: { backlog } });
    }
  }

  #tell(event: CollectionEvent): void {
    for (const watcher of this.#watchers) {
      watcher(event);
    }
  }
}
