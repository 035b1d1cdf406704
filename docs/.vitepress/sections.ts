/** What a built page says, cut at its headings, for the list that `<ibid-search>` reads. */
import { posix } from "node:path";

export interface Section {
  /** Relative to the list, with the heading's anchor. */
  url: string;
  title: string;
  content: string;
}

const HEADING = /<h([1-3])[^>]*\bid="([^"]*)"[^>]*>(.*?)<a class="header-anchor"/gs;
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " " };

/** Sections of no text are left out: their headings are in the titles of those below. */
export function sectionsOf(path: string, html: string): Section[] {
  const [, main = ""] = /<main[^>]*>(.*)<\/main>/s.exec(html) ?? [];
  const headings = [...main.matchAll(HEADING)];
  const page = textOf(headings[0]?.[3] ?? "");
  if (posix.dirname(path).startsWith("reference/")) {
    // A page of the reference is one thing: its parts are not looked for apart.
    return page === "" ? [] : [{ url: path, title: page, content: textOf(main) }];
  }
  return headings.flatMap((heading, at) => {
    const [whole, level, id, name] = heading;
    const text = main.slice(heading.index + whole.length, headings[at + 1]?.index);
    const content = textOf(`<a${text}`);
    const title = level === "1" ? page : `${page}: ${textOf(name ?? "")}`;
    return content === "" ? [] : [{ url: level === "1" ? path : `${path}#${id}`, title, content }];
  });
}

/** Blocks end in line breaks, so that sentences of two do not become one. */
function textOf(html: string): string {
  return html
    .replace(
      /<(style|script|svg|button)\b.*?<\/\1>|<span class="lang">.*?<\/span>|<a class="header-anchor".*?<\/a>/gs,
      "",
    )
    .replace(/<\/(p|li|h\d|tr|pre|div)>|<br>/g, "\n")
    .replace(/<\/t[dh]>/g, " ")
    .replace(/<[^>]*>/g, "")
    .replace(/&([\w#]+);/g, (entity, name: string) => ENTITIES[name] ?? entity)
    .replace(/[\u200b\ufeff]/g, "")
    .replace(/[ \t]+/g, " ")
    .replace(/\s*\n\s*/g, "\n")
    .trim();
}
