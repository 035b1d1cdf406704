/** A search as a tool that a language model of the AI SDK may call. */
import { jsonSchema, type Tool, tool } from "ai";
import type { Collection, SearchOptions } from "../collection.js";
import { IbidError } from "../error.js";
import type { Metadata, MetadataOf } from "../metadata.js";

export interface SearchToolOptions<M extends MetadataOf<M> = Metadata>
  extends Omit<SearchOptions<M>, "signal" | "onProgress" | "offset"> {
  /** What the model is told that the tool does: say what the documents are about. */
  description?: string;
}

/** A passage, and where it stands: `text === text.slice(start, end)` of the document's text. */
export interface FoundSource {
  /** The document's id. */
  document: string;
  /** Its title; may be empty. */
  title: string;
  /** The headings that the passage stands under, outermost first. */
  section: string[];
  /** The number of its page or slide; absent where the document has none. */
  page?: number;
  /** Its first UTF-16 code unit in the document's extracted text. */
  start: number;
  /** The UTF-16 code unit after its last. */
  end: number;
  text: string;
  /** From 0 to 1, how likely it has to do with what was asked. */
  relevance: number;
}

/** What a model gets back. */
export interface FoundSources {
  /** Whether any source is likely to answer. */
  answerable: boolean;
  /** The passages, best first. */
  sources: FoundSource[];
}

const DESCRIPTION =
  "Searches the user's own documents, by meaning and by words, and returns the passages that answer best, with the document, " +
  "section and page of each. Cite what you use by the document's title.";

const QUERY =
  "What to look for: a question in whole words, or the words that have to occur; a phrase in quotation marks";

/**
 * A tool for `generateText`, `streamText` or an agent that searches an open collection on this device. What it finds goes to the
 * language model that calls it, wherever that is: people should be told before where it is on another machine.
 */
export function searchTool<M extends MetadataOf<M> = Metadata>(
  collection: Pick<Collection<M>, "search">,
  options: SearchToolOptions<M> = {},
): Tool<{ query: string }, FoundSources> {
  const { description = DESCRIPTION, ...search } = options;
  return tool({
    description,
    inputSchema: jsonSchema<{ query: string }>(
      {
        type: "object",
        properties: { query: { type: "string", description: QUERY } },
        required: ["query"],
        additionalProperties: false,
      },
      { validate: validateInput },
    ),
    execute: async ({ query }, { abortSignal }): Promise<FoundSources> => {
      const { hits, answerable } = await collection.search(query, {
        ...search,
        ...(abortSignal && { signal: abortSignal }),
      });
      const sources = hits.map(({ document, title, chunk: { section, page }, passage, relevance }) => {
        const { start, end, text } = passage;
        return { document, title, section, ...(page !== undefined && { page }), start, end, text, relevance };
      });
      return { answerable, sources };
    },
  });
}

/** Models write what they are to call tools with, and not always what they were told. */
function validateInput(value: unknown) {
  const query = (value as { query?: unknown } | null)?.query;
  return typeof query === "string" && query.trim() !== ""
    ? ({ success: true, value: { query } } as const)
    : ({
        success: false,
        error: new IbidError("invalid-argument", "query: expected a text with a word in it"),
      } as const);
}
