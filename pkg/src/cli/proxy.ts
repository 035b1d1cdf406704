/**
 * Requests through the proxy that the environment names, which Node.js before version 24 does not look for itself: HTTP by
 * the whole address, HTTPS through a tunnel (CONNECT, RFC 9110 section 9.3.6), so that the proxy sees no content.
 */
import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import tls from "node:tls";

/** The proxy for an address; `undefined` where it is asked directly. */
export function proxyOf(url: URL, environment: NodeJS.ProcessEnv = process.env): URL | undefined {
  const read = (name: string) => environment[name.toLowerCase()] || environment[name.toUpperCase()];
  const proxy = read(url.protocol === "https:" ? "https_proxy" : "http_proxy") ?? read("all_proxy");
  if (proxy === undefined || isExcepted(url, read("no_proxy") ?? "")) {
    return undefined;
  }
  return new URL(proxy.includes("://") ? proxy : `http://${proxy}`);
}

/** Whether a list such as `localhost,.example.com,10.0.0.1:8080` names the host, or a domain that it is in. */
function isExcepted(url: URL, list: string): boolean {
  const names = list.split(/[\s,]+/).filter((name) => name !== "");
  return names.some((name) => {
    const [, host = "", port] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(name.toLowerCase()) ?? [];
    const isHost =
      name === "*" || url.hostname === host || (host !== "" && url.hostname.endsWith(`.${host}`));
    return isHost && (port === undefined || port === portOf(url));
  });
}

/** Begins a request for `url`, directly or through its proxy. Its errors are those of `http.request`. */
export async function startRequest(url: URL, options: http.RequestOptions): Promise<http.ClientRequest> {
  const proxy = proxyOf(url);
  const client = url.protocol === "https:" ? https : http;
  if (proxy === undefined) {
    return client.request(url, options);
  }
  const headers = { ...options.headers, host: url.host };
  if (client === http) {
    const toProxy = { ...options, path: url.href, headers: { ...headers, ...authorization(proxy) } };
    return clientOf(proxy).request(bare(proxy), toProxy);
  }
  const socket = await openTunnel(proxy, url, options);
  // No agent: it would make a connection of its own.
  const createConnection = () => tls.connect({ socket, servername: url.hostname });
  return https.request(url, { ...options, createConnection });
}

function openTunnel(proxy: URL, url: URL, { timeout, signal }: http.RequestOptions): Promise<Duplex> {
  const target = `${url.hostname}:${portOf(url)}`;
  return new Promise((resolve, reject) => {
    const request = clientOf(proxy).request(bare(proxy), {
      ...(timeout !== undefined && { timeout }),
      ...(signal !== undefined && { signal }),
      agent: false,
      method: "CONNECT",
      path: target,
      headers: { host: target, ...authorization(proxy) },
    });
    request.once("connect", (response, socket) => {
      if (response.statusCode === 200) {
        resolve(socket);
      } else {
        socket.destroy();
        reject(
          new Error(`the proxy ${proxy.host} answered with status ${response.statusCode} for ${target}`),
        );
      }
    });
    request.once("timeout", () => request.destroy(new Error(`the proxy ${proxy.host} does not answer`)));
    request.once("error", reject);
    request.end();
  });
}

/** The address without name and password, which a request would send as those for the server. */
function bare(url: URL): URL {
  const address = new URL(url);
  [address.username, address.password] = ["", ""];
  return address;
}

function clientOf(url: URL): typeof http | typeof https {
  return url.protocol === "https:" ? https : http;
}

function authorization({ username, password }: URL): Record<string, string> {
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return username === "" ? {} : { "proxy-authorization": `Basic ${Buffer.from(text).toString("base64")}` };
}

function portOf({ protocol, port }: URL): string {
  return port || (protocol === "https:" ? "443" : "80");
}
