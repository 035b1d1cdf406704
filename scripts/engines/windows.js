// The windows of a browser that is driven by WebDriver, whose commands go to the window that was chosen last.

import { asText, fromText } from "./expression.js";

/**
 * The commands, in whatever way they are sent.
 * @typedef {object} Commands
 * @property {() => Promise<string>} open opens a window, which is not the chosen one by that, and gives its handle
 * @property {(handle: string) => Promise<unknown>} choose
 * @property {(url: string) => Promise<void>} goto
 * @property {(script: string) => Promise<string | null>} run runs the body of a function, and gives what that returns
 * @property {() => Promise<string[]>} close closes the chosen window, and gives the handles of those that are left
 */

/**
 * What opens tabs. Each command is sent together with the choice of its window, and one after the other.
 * @param {Commands} commands
 * @returns {() => Promise<import("../engines.js").Tab>}
 */
export function windows({ open, choose, goto, run, close }) {
  let last = Promise.resolve();
  const inTurn = (command) => {
    const result = last.then(command);
    last = result.catch(() => {});
    return result;
  };
  let chosen;
  const enter = async (handle) => {
    if (chosen !== handle) await choose(handle);
    chosen = handle;
  };
  return async () => {
    const handle = await inTurn(open);
    const within = (command) =>
      inTurn(async () => {
        await enter(handle);
        return command();
      });
    return {
      goto: (url) => within(() => goto(url)),
      evaluate: async (expression) => fromText(await within(() => run(`return ${asText(expression)};`))),
      close: () =>
        within(async () => {
          chosen = undefined;
          // No other can be opened while the one that is chosen is gone.
          const [other] = await close();
          if (other !== undefined) await enter(other);
        }),
    };
  };
}
