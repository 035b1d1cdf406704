/** What errors say where the device has no room. */
import { IbidError, toErrorMessage } from "../error.js";
import { freeSpace, inWords, neededFor } from "../space.js";

/**
 * What writing gives. Where it fails with `store-quota`, the message also says how much is free, and about how much is needed.
 *
 * @param bytes how much text is written, where that is known
 */
export async function withRoom<T>(writing: Promise<T>, bytes?: number): Promise<T> {
  try {
    return await writing;
  } catch (thrown) {
    const { code, message } = toErrorMessage(thrown);
    if (code !== "store-quota") {
      throw thrown;
    }
    const free = await freeSpace();
    const needed = bytes === undefined ? [] : [`about ${inWords(neededFor(bytes))} are needed`];
    const left = free === undefined ? [] : [`the browser tells of ${inWords(free)} that are free`];
    throw new IbidError(code, [message, [...needed, ...left].join(", and ")].filter(Boolean).join(": "));
  }
}
