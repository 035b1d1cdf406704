/** The files that documents were added from in this tab: not stored, only kept at hand to show their pages. */
export interface Original {
  file: Blob;
  /** What opens it. */
  password?: string | undefined;
}

export class Originals {
  readonly #files = new Map<string, Original>();

  get(id: string): Original | undefined {
    return this.#files.get(id);
  }

  keep(id: string, original: Original): void {
    this.#files.set(id, original);
  }

  forget(id: string): void {
    this.#files.delete(id);
  }

  clear(): void {
    this.#files.clear();
  }
}
