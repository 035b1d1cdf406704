/** The menu of the reference, from the pages that TypeDoc wrote. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { DefaultTheme } from "vitepress";

/** What people call has a line of its own; types are reached from there, and from the module's page. */
const KINDS = ["functions", "classes"];
const MODULES: Record<string, string> = { index: "ibid" };

export function referenceSidebar(folder: string): DefaultTheme.SidebarItem[] {
  if (!existsSync(folder)) return []; // it was not written yet: `npx typedoc`
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort((a, b) => Number(b === "index") - Number(a === "index") || (a < b ? -1 : 1));
  return names.map((name) => {
    const pages = KINDS.filter((kind) => existsSync(join(folder, name, kind))).flatMap((kind) =>
      readdirSync(join(folder, name, kind)).map((file) => {
        const page = file.replace(/\.md$/, "");
        return { text: page, link: `/reference/${name}/${kind}/${page}` };
      }),
    );
    return {
      text: MODULES[name] ?? `ibid/${name}`,
      items: [{ text: "All of it", link: `/reference/${name}/` }, ...pages],
    };
  });
}
