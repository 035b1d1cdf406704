// What a page computes, as text: protocols tell values each in their own way, and text in the same.

/** An expression whose value is the JSON of another's, or `null` where JSON cannot tell it. */
export const asText = (expression) => `JSON.stringify((${expression})) ?? null`;

/** The value of such a text. */
export const fromText = (text) => (text === null ? undefined : JSON.parse(text));
