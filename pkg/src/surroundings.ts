/** Where the package runs: on a page, or on a server that renders one. */
import { IbidError } from "./error.js";

/**
 * Refuses to go on where collections cannot live. On servers Node has no workers; Deno and Bun have them, but no page whose address
 * relative ones begin at.
 *
 * @throws IbidError `store-unavailable`
 */
export function assertPage(): void {
  const { Worker, location } = globalThis as Partial<typeof globalThis>;
  const missing = Object.entries({ Worker, location }).find(([, value]) => value === undefined)?.[0];
  if (missing !== undefined) {
    throw new IbidError(
      "store-unavailable",
      `collections live in browsers only: there is no ${missing} here`,
    );
  }
}
