/** The parts of the element as nodes. They are made one by one, without HTML, as trusted types require. */
import type { Hit } from "../metadata.js";
import { filled, type SearchLabels } from "./labels.js";
import { snippet } from "./snippet.js";

const SVG = "http://www.w3.org/2000/svg";

/** An element of a class, which is its part for `::part`, too. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = name;
  made.setAttribute("part", name);
  for (const [attribute, value] of Object.entries(attributes)) {
    made.setAttribute(attribute, value);
  }
  made.append(...children);
  return made;
}

/** A magnifying glass. */
export function icon(): SVGSVGElement {
  const glass = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm5-1.5L21 21");
  glass.append(path);
  for (const [name, value] of [
    ["class", "icon"],
    ["part", "icon"],
    ["viewBox", "0 0 24 24"],
    ["aria-hidden", "true"],
  ] as const) {
    glass.setAttribute(name, value);
  }
  return glass;
}

/** What a document is called that has no title: the first heading says more. */
function isFileName(title: string): boolean {
  return /^\S+\.\w{1,5}$/.test(title);
}

/** A hit as an option of the list. */
export function option(hit: Hit, id: string, labels: SearchLabels): HTMLLIElement {
  const { document: name, title, chunk } = hit;
  const [first] = chunk.section;
  const heading = (isFileName(title) && first) || title || name;
  const place = [
    ...chunk.section.filter((section, at) => at > 0 || section !== heading),
    ...(chunk.page === undefined ? [] : [filled(labels.page, { n: chunk.page })]),
  ].join(" › ");
  const text = snippet(hit).map(({ text, isMatch, isBest }) => {
    const shown = isMatch ? element("mark", "mark", {}, text) : text;
    return isBest ? element("span", "best", {}, shown) : shown;
  });
  return element(
    "li",
    "hit",
    { id, role: "option", "aria-selected": "false" },
    element("span", "title", {}, heading),
    ...(place === "" ? [] : [element("span", "section", {}, place)]),
    element("span", "text", {}, ...text),
  );
}
