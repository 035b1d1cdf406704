/** The menu of the reference, from the pages that TypeDoc wrote. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { DefaultTheme } from "vitepress";

const KINDS = ["functions", "classes", "interfaces", "type-aliases", "variables"];
const MODULES: Record<string, string> = { index: "ibid" };

export function referenceSidebar(folder: string): DefaultTheme.SidebarItem[] {
  if (!existsSync(folder)) return []; // it was not written yet: `npx typedoc`
  const modules = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = modules
    .map(({ name }) => name)
    .sort((a, b) => Number(b === "index") - Number(a === "index") || (a < b ? -1 : 1));
  return names.map((name) => ({
    text: MODULES[name] ?? `ibid/${name}`,
    link: `/reference/${name}/`,
    collapsed: name !== "index",
    items: KINDS.filter((kind) => existsSync(join(folder, name, kind))).map((kind) => ({
      text: kind[0]?.toUpperCase() + kind.slice(1).replace("-", " "),
      collapsed: kind !== "functions" && kind !== "classes",
      items: readdirSync(join(folder, name, kind))
        .filter((file) => file.endsWith(".md"))
        .sort()
        .map((file) => ({
          text: file.slice(0, -3),
          link: `/reference/${name}/${kind}/${file.slice(0, -3)}`,
        })),
    })),
  }));
}
