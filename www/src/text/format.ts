/** Numbers and kinds in words. */

const whole = new Intl.NumberFormat("en");

export function count(n: number, singular: string, plural = `${singular}s`): string {
  return `${whole.format(n)} ${n === 1 ? singular : plural}`;
}

export function number(n: number): string {
  return whole.format(n);
}

export function decimals(n: number, digits: number): string {
  return n.toFixed(digits).replace("-", "−");
}

/** How likely a passage has to do with the question, in a word. */
export function likelihood(relevance: number): "likely" | "perhaps" | "hardly" {
  return relevance >= 0.5 ? "likely" : relevance >= 0.25 ? "perhaps" : "hardly";
}

/** A size in decimal units, as browsers and systems show it. */
export function bytes(n: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let value = n;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? whole.format(Math.round(value)) : value.toFixed(1)} ${units[unit]}`;
}

/** About how long, for people who wait. */
export function duration(seconds: number): string {
  return seconds < 60 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}

export function kind(mediaType: string): string {
  return { "text/plain": "Plain text", "text/markdown": "Markdown" }[mediaType] ?? mediaType;
}

/** The headings above a passage, outermost first. */
export function sectionPath(section: readonly string[]): string {
  return section.join(" › ");
}

/** A document's title, or its id where it has none. */
export function titleOf({ title, id }: { title: string; id: string }): string {
  return title.trim() === "" ? id : title;
}
