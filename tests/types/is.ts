// What the declarations are held against.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles where the type of `found` is exactly `Expected`. */
export function is<Expected>() {
  return <Found>(_found: Found, ..._differs: Equal<Found, Expected> extends true ? [] : [never]): void => {};
}
