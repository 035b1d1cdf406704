/** Options that are written in place, without their being others each time. */
import { useState } from "react";
import { keyOf } from "../live/key.js";

/** `value`, as long as it says the same the very object of the first time; of functions only that they are there counts. */
export function useStable<T>(value: T): T {
  const key = keyOf(value);
  const [kept, keep] = useState({ key, value });
  if (kept.key === key) {
    return kept.value;
  }
  keep({ key, value });
  return value;
}
