/** The message of a panic, which the trap that follows does not carry. */

/** A WebAssembly module of this package. */
interface Module {
  lastPanic(): string | undefined;
}

let loaded: Module | undefined;

/** Takes the module that does this worker's work. */
export function reportPanicsOf(module: Module): void {
  loaded = module;
}

/** The message of the panic that trapped the module, if one did. */
export function lastPanic(): string | undefined {
  return loaded?.lastPanic();
}
