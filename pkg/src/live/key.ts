/** Whether two sets of options say the same: of a function only that it is there, as most are written in place. */
export function keyOf(options: unknown): string {
  return JSON.stringify(options, (_, value) => (typeof value === "function" ? "function" : value));
}
