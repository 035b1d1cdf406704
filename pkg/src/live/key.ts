/** What the browser gives and JSON cannot tell apart, such as keys: each gets a number of its own. */
const numbers = new WeakMap<object, number>();
let last = 0;

/** Whether two sets of options say the same: of a function only that it is there, as most are written in place. */
export function keyOf(options: unknown): string {
  return JSON.stringify(options, (_, value) => {
    if (typeof value === "function") {
      return "function";
    }
    return isOpaque(value) ? `object ${numberOf(value)}` : value;
  });
}

/** Whether an object of a class shows nothing of what it holds. */
function isOpaque(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && prototype !== null && Object.keys(value).length === 0;
}

function numberOf(value: object): number {
  const number = numbers.get(value) ?? ++last;
  numbers.set(value, number);
  return number;
}
