/** Whether there may be a network: what browsers tell for certain is only that there is none. Nothing is tried in vain then. */
export function mayBeOnline(): boolean {
  return globalThis.navigator?.onLine !== false;
}
