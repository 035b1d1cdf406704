/** The text of one page of a PDF file, as pdf.js gives it, brought into the coordinates of the page as it is shown. */

import { wellFormed } from "../pairs.js";

/**
 * A run of text: where its baseline begins, in points from the upper left corner of the page as it is shown, its length along
 * the baseline, the size of its font, the place of that in the document's fonts, then the sum of {@link RIGHT_TO_LEFT} and the
 * others, the angle of its baseline in degrees clockwise, and, from 1, the place of its node among those of the page. Zeros at
 * the end are left out.
 */
export type Drawn = [
  text: string,
  left: number,
  baseline: number,
  width: number,
  size: number,
  font: number,
  flags?: number,
  angle?: number,
  node?: number,
];

/** The roles of the parts of a tagged page, each with the place, from 1, of the one around it; 0 where it is in none. */
export type Nodes = [role: string, parent: number][];

/** Flags of an item. */
const RIGHT_TO_LEFT = 1;
const VERTICAL = 2;
/** Part of the page's furniture, such as a running header, as the file itself says. */
const ARTIFACT = 4;

/** The fonts of the document so far, by the names that pdf.js gives them. */
export type Fonts = Map<string, Font>;

interface Font {
  index: number;
  name: string;
  bold: boolean;
  italic: boolean;
  ascent: number;
  descent: number;
}

/** Items, marks among them, nodes and levels of marked content after which a page has no more. */
const MOST_ITEMS = 1_000_000;
const MOST_NODES = 100_000;
const MOST_LEVELS = 1_000;

/** What is used of a page of pdf.js. */
export interface PageReader {
  getViewport(options: { scale: number }): { width: number; height: number; transform: number[] };
  streamTextContent(options: object): ReadableStream<TextContent>;
  getStructTree(): Promise<StructureNode | null>;
  getOperatorList(): Promise<unknown>;
  commonObjs: { has(name: string): boolean; get(name: string): unknown };
  cleanup(): boolean;
}

interface TextContent {
  items: (TextItem | MarkedContent)[];
  styles: Record<string, { ascent: number; descent: number; vertical: boolean }>;
}

interface TextItem {
  str: string;
  dir: string;
  transform: number[];
  width: number;
  height: number;
  fontName: string;
}

interface MarkedContent {
  type: "beginMarkedContent" | "beginMarkedContentProps" | "endMarkedContent";
  id?: string | null;
  tag?: string | null;
}

interface StructureNode {
  role?: string;
  children?: StructureNode[];
  type?: string;
  id?: string;
}

/** A page as pdf.js gives it. */
export interface FetchedPage {
  page: PageReader;
  parts: TextContent[];
  structure: StructureNode | null;
}

/** Asks pdf.js for the page of this number. */
export async function fetchPage(
  pdf: { getPage(number: number): Promise<PageReader> },
  number: number,
): Promise<FetchedPage> {
  const page = await pdf.getPage(number);
  const content = page.streamTextContent({ includeMarkedContent: true, disableNormalization: true });
  const [parts, structure] = await Promise.all([partsOf(content), page.getStructTree().catch(() => null)]);
  return { page, parts, structure };
}

async function partsOf(content: ReadableStream<TextContent>): Promise<TextContent[]> {
  const parts: TextContent[] = [];
  let items = 0;
  const reader = content.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    items += part.value.items.length;
    if (items > MOST_ITEMS) {
      await reader.cancel();
      break;
    }
  }
  return parts;
}

/** Brings a page into the form that the core takes, and adds the fonts that it is the first to use. */
export async function arrange(
  { page, parts, structure }: FetchedPage,
  fonts: Fonts,
): Promise<{ width: number; height: number; items: Drawn[]; nodes: Nodes }> {
  const { width, height, transform } = page.getViewport({ scale: 1 });
  const { nodes, byContent } = outlineOf(structure);
  const items = itemsOf(parts, transform, fonts, byContent);
  await nameFonts(page, fonts);
  page.cleanup();
  return { width: round(width), height: round(height), items, nodes };
}

/** The roles of the page's structure, and which of them each piece of marked content is in. */
function outlineOf(root: StructureNode | null): { nodes: Nodes; byContent: Map<string, number> } {
  const nodes: Nodes = [];
  const byContent = new Map<string, number>();
  const waiting = (root?.children ?? []).map((node) => ({ node, parent: 0 })).reverse();
  for (let next = waiting.pop(); next && nodes.length < MOST_NODES; next = waiting.pop()) {
    const { node, parent } = next;
    if (node.type === "content" && node.id !== undefined) {
      byContent.set(node.id, parent);
    } else if (node.role !== undefined) {
      nodes.push([wellFormed(node.role), parent]);
      const place = nodes.length;
      for (const child of (node.children ?? []).slice().reverse()) {
        waiting.push({ node: child, parent: place });
      }
    }
  }
  return { nodes, byContent };
}

/** The node and the flags of what is drawn inside some marked content. */
interface Mark {
  node: number;
  flags: number;
}

function itemsOf(
  parts: TextContent[],
  view: number[],
  fonts: Fonts,
  byContent: Map<string, number>,
): Drawn[] {
  const items: Drawn[] = [];
  const marks: Mark[] = [{ node: 0, flags: 0 }];
  // Levels beyond those that are kept.
  let beyond = 0;
  for (const part of parts) {
    for (const [name, style] of Object.entries(part.styles)) {
      addFont(fonts, name, style);
    }
    for (const item of part.items) {
      const mark = marks[marks.length - 1] ?? { node: 0, flags: 0 };
      if (!("type" in item)) {
        const drawn = draw(item, view, fonts, mark);
        if (drawn) {
          items.push(drawn);
        }
      } else if (item.type === "endMarkedContent") {
        if (beyond > 0) {
          beyond -= 1;
        } else if (marks.length > 1) {
          marks.pop();
        }
      } else if (marks.length < MOST_LEVELS) {
        const node = byContent.get(item.id ?? "") ?? mark.node;
        marks.push({ node, flags: item.tag === "Artifact" ? ARTIFACT : mark.flags });
      } else {
        beyond += 1;
      }
    }
  }
  return items;
}

function addFont(fonts: Fonts, name: string, style: { ascent: number; descent: number }): void {
  if (!fonts.has(name)) {
    const index = fonts.size;
    const { ascent, descent } = style;
    fonts.set(name, {
      index,
      name: "",
      bold: false,
      italic: false,
      ascent: round(ascent || 0),
      descent: round(descent || 0),
    });
  }
}

function draw(item: TextItem, view: number[], fonts: Fonts, mark: Mark): Drawn | undefined {
  if (item.str === "") {
    return undefined;
  }
  const [a, b, c, d, e, f] = multiplied(view, item.transform);
  const isVertical = item.dir === "ttb";
  const size = Math.hypot(c, d) || Math.hypot(a, b);
  const angle = Math.round((Math.atan2(b, a) * 180) / Math.PI);
  const flags = (item.dir === "rtl" ? RIGHT_TO_LEFT : 0) | (isVertical ? VERTICAL : 0) | mark.flags;
  const length = isVertical ? item.height : item.width;
  const font = fonts.get(item.fontName)?.index ?? 0;
  const drawn: Drawn = [wellFormed(item.str), round(e), round(f), round(length), round(size), font];
  const rest = [flags, angle === -180 ? 180 : angle, mark.node];
  while (rest.length > 0 && rest[rest.length - 1] === 0) {
    rest.pop();
  }
  return [...drawn, ...rest] as unknown as Drawn;
}

type Matrix = [number, number, number, number, number, number];

function multiplied(first: number[], second: number[]): Matrix {
  const [a, b, c, d, e, f] = first as Matrix;
  const [g, h, i, j, k, l] = second as Matrix;
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

/** Hundredths of a point are more than eyes see; what is no number stays out of the core. */
function round(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 100) / 100 : 0;
}

/** Asks for the names of fonts that the page is the first to use: they come only with what is drawn. */
async function nameFonts(page: PageReader, fonts: Fonts): Promise<void> {
  const unnamed = [...fonts].filter(([, font]) => font.name === "");
  if (unnamed.length === 0) {
    return;
  }
  await page.getOperatorList().catch(() => undefined);
  for (const [key, font] of unnamed) {
    const found = (page.commonObjs.has(key) ? page.commonObjs.get(key) : undefined) as
      | { name?: string; bold?: boolean; black?: boolean; italic?: boolean; clearData?(): void }
      | undefined;
    font.name = plainName(found?.name) || "?";
    font.bold = found?.bold === true || found?.black === true || isBold(font.name);
    font.italic = found?.italic === true || /italic|oblique|slanted|^CMTI|^CMSL/i.test(font.name);
    found?.clearData?.();
  }
}

/** The name without the six letters that mark a font of which only some characters are in the file. */
function plainName(name: unknown): string {
  return typeof name === "string" ? wellFormed(name.replace(/^[A-Z]{6}\+/, "").slice(0, 100)) : "";
}

/** Names of bold fonts, those of TeX among them. */
function isBold(name: string): boolean {
  return (
    /bold|black|heavy|[-_,](semi|demi)\b|-Medi(Ital)?$|^(CMBX|CMSSBX|SFBX|SFSX|LMRoman\d+-Bold|ec-lmbx|ptmb|phvb)/i.test(
      name,
    ) && !/-Book\b/i.test(name)
  );
}
