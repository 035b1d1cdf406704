/** What must not be read in errors. */
/** The shortest value of a header or of a query that is hidden; shorter ones are words that a message needs. */
const SHORTEST = 8;

export class Secrets {
  /** The longest first, since one may be in another. */
  readonly #texts: string[];

  /** @param href an address, whose query may hold a key */
  constructor(apiKey: string | undefined, headers: Record<string, string> = {}, href: string) {
    // `Bearer KEY` is hidden, and so is the key where it is told alone.
    const values = Object.values(headers).flatMap((value) => [String(value), ...String(value).split(/\s+/)]);
    const query = [...new URL(href).searchParams.values()];
    const long = [...values, ...query].filter((value) => value.length >= SHORTEST);
    const all = new Set([...(apiKey === undefined ? [] : [apiKey]), ...long].flatMap(spellings));
    this.#texts = [...all].sort((a, b) => b.length - a.length);
  }

  hide(text: string): string {
    return this.#texts.reduce((shown, secret) => shown.replaceAll(secret, "[hidden]"), text);
  }
}

/** A secret as it stands in text, in JSON and in an address. */
function spellings(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
}
