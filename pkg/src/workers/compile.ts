/** WebAssembly modules as they come from a server. */

/**
 * Fetches and compiles a module. A server that sends another type than `application/wasm` costs time, and nothing else.
 *
 * @throws Error that says why there is none: no connection, an HTTP status, other bytes than a module's, or a policy that forbids it
 */
export async function compile(address: URL): Promise<WebAssembly.Module> {
  const response = await fetch(address);
  if (!response.ok) {
    throw new Error(`the server answered with status ${response.status}`);
  }
  const type = response.headers.get("content-type") ?? "";
  return /^application\/wasm\s*(;|$)/i.test(type)
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}
