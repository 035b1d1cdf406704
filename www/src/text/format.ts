/** Numbers and kinds in words. */

export function count(n: number, singular: string, plural = `${singular}s`): string {
  return `${number(n)} ${n === 1 ? singular : plural}`;
}

/** A whole number. `Intl.NumberFormat` says the same, but to set it up holds a slow phone up for a tenth of a second. */
export function number(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
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
  return `${unit === 0 || value >= 99.95 ? number(Math.round(value)) : value.toFixed(1)} ${units[unit]}`;
}

/** About how long, for people who wait. */
export function duration(seconds: number): string {
  return seconds < 60 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}

/** The headings above a passage, outermost first. */
export function sectionPath(section: readonly string[]): string {
  return section.join(" › ");
}

/** Numbers of pages in words, such as `pages 3 and 5 to 7`; many are not all named. */
export function pages(numbers: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const page of [...numbers].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && page <= run[1] + 1) {
      run[1] = page;
    } else {
      runs.push([page, page]);
    }
  }
  const named = runs.flatMap(([first, last]) =>
    last > first + 1 ? [`${number(first)} to ${number(last)}`] : [...new Set([first, last])].map(number),
  );
  const shown = named.length > MOST_NAMED ? [...named.slice(0, MOST_NAMED), "others"] : named;
  return `${numbers.length === 1 ? "page" : "pages"} ${list(shown)}`;
}

/** How many pages or ranges of pages are named. */
const MOST_NAMED = 6;

/** Things in a row, such as `a, b and c`. */
export function list(things: readonly string[]): string {
  return new Intl.ListFormat("en-GB").format(things);
}

/** A name within a sentence, which it cannot turn around: names may be written from right to left, or have signs that turn what follows. */
export function isolated(name: string): string {
  return `\u2068${name.replace(TURNING, "")}\u2069`;
}

/** The same in quotation marks. */
export function quoted(name: string): string {
  return `“${isolated(name)}”`;
}

/** Signs that embed, override and isolate a direction (Unicode Standard Annex 9). */
const TURNING = /[\u202A-\u202E\u2066-\u2069]/g;

/** A document's title, or its id where it has none. */
export function titleOf({ title, id }: { title: string; id: string }): string {
  return title.trim() === "" ? id : title;
}
