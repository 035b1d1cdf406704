// Headers as a host takes them from a site's `_headers` (https://developers.cloudflare.com/pages/configuration/headers/).

import { readFileSync } from "node:fs";

/**
 * Reads `_headers`: what all rules say that a path matches.
 * @param {string} file
 * @returns {(path: string) => Record<string, string>} headers of what is at a path of the site, which begins with a slash
 */
export function readHeadersFile(file) {
  const rules = readFileSync(file, "utf8")
    .split(/\n{2,}/)
    .map((block) => block.trim().split("\n"))
    .map(([path, ...lines]) => ({
      matches: new RegExp(`^${path.replace(/[.]/g, "\\.").replaceAll("*", ".*")}$`),
      headers: lines.map((line) => {
        const [name, value] = line.trim().split(/:\s+(.*)/, 2);
        return [name.toLowerCase(), value];
      }),
    }));
  return (path) => {
    const found = rules.filter(({ matches }) => matches.test(path)).flatMap(({ headers }) => headers);
    const names = found.map(([name]) => name);
    if (new Set(names).size !== names.length)
      throw new Error(`${path}: one header by several rules: ${names}`);
    return Object.fromEntries(found);
  };
}
