// What a server sends with the files of the site, in the words of the servers that people have.

/** With the page and all its scripts: the page's own policy, and that nobody shows it in a frame. */
const strict = (policy) => `${policy}; frame-ancestors 'none'`;

/** With the frame that asks language models, which may ask any server, and which only the page itself shows. */
const FRAME = "default-src 'none'; connect-src http: https:; frame-ancestors 'self'";

/** What changes with a new version under its old address is asked for each time; a server mostly answers that it has not changed. */
const REVALIDATED = "no-cache";
/** Names of assets hold a hash of their content. */
const IMMUTABLE = "public, max-age=31536000, immutable";

/**
 * Which headers go with which paths, below the root of the site; each file has one rule at most. What is not listed (models,
 * documentation) takes the headers for everything alone.
 * @param {string} html the page, whose head holds its policy
 */
export function headerRules(html) {
  const [, policy] = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html) ?? [];
  if (policy === undefined) throw new Error("index.html: no content security policy in its head");
  const page = { "Content-Security-Policy": strict(policy), "Cache-Control": REVALIDATED };
  return {
    everything: { "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer" },
    rules: [
      { path: "", headers: page },
      { path: "index.html", headers: page },
      { path: "service-worker.js", headers: page },
      { path: "assets/*", headers: { ...page, "Cache-Control": IMMUTABLE } },
      { path: "pdfjs/*", headers: page },
      { path: "model.html", headers: { "Content-Security-Policy": FRAME, "Cache-Control": REVALIDATED } },
    ],
  };
}

/** `_headers`, as Cloudflare Pages, Netlify and others read it. */
export function headersFile({ everything, rules }) {
  const block = (path, headers) =>
    [`/${path}`, ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`)].join("\n");
  const blocks = [block("*", everything), ...rules.map(({ path, headers }) => block(path, headers))];
  return `${blocks.join("\n\n")}\n`;
}

/** `vercel.json`. */
export function vercelFile({ everything, rules }) {
  const listed = (headers) => Object.entries(headers).map(([key, value]) => ({ key, value }));
  const all = { source: `/(.*)`, headers: listed(everything) };
  const others = rules.map(({ path, headers }) => ({
    source: `/${path.replace("*", "(.*)")}`,
    headers: listed(headers),
  }));
  return `${JSON.stringify({ headers: [all, ...others] }, undefined, 2)}\n`;
}

/** `nginx.conf`: locations to be included in a `server`. A location that adds headers takes none over from around it. */
export function nginxFile({ everything, rules }) {
  const location = (match, headers) =>
    [
      `location ${match} {`,
      ...Object.entries({ ...everything, ...headers }).map(
        ([name, value]) => `    add_header ${name} "${value}" always;`,
      ),
      "}",
    ].join("\n");
  const matched = rules.map(({ path, headers }) =>
    location(path.endsWith("*") ? `/${path.slice(0, -1)}` : `= /${path}`, headers),
  );
  const types = [
    "# To be included in a `server` whose root is this folder; below a sub-path put that before each address.",
    "include mime.types;",
    "types {",
    "    text/javascript mjs;",
    "    application/wasm wasm;",
    "    application/manifest+json webmanifest;",
    "}",
  ].join("\n");
  return [types, location("/", {}), ...matched].join("\n\n").concat("\n");
}
