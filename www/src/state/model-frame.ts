/**
 * Requests to a language model's server. The page's policy allows none but to its own origin, so that no mistake sends anything; a
 * frame with a policy of its own makes these, and it is not there until somebody has a model asked. Against a script in the
 * page that means harm it is no barrier.
 */
const FRAME = "model.html";

let loading: Promise<Window & typeof globalThis> | undefined;

/** `fetch` as the frame has it. */
export const fetchThroughFrame: typeof fetch = async (input, init) => {
  loading ??= load().catch((error) => {
    loading = undefined; // the next request tries again
    throw error;
  });
  return (await loading).fetch(input, init);
};

function load(): Promise<Window & typeof globalThis> {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = new URL(`${import.meta.env.BASE_URL}${FRAME}`, document.baseURI).href;
  return new Promise((resolve, reject) => {
    frame.addEventListener("load", () => {
      // What stands there instead of it could have another policy, or none that can be reached.
      const found = frame.contentWindow as (Window & typeof globalThis) | null;
      if (found !== null && frame.contentDocument?.querySelector("meta[http-equiv]")) {
        resolve(found);
      } else {
        frame.remove();
        reject(new Error(`${FRAME}, through which servers are asked, could not be loaded from this site`));
      }
    });
    document.body.append(frame);
  });
}
