/** The sample documents that are published with the site, and questions to try on them. */
import type { Citation, MetadataValue, NewDocument } from "ibid";

interface Sample {
  id: string;
  file: string;
  title: string;
  metadata: Record<string, MetadataValue>;
}

export const SAMPLE_COUNT = 10;

/** Each with the id of the document that answers it. */
const EXAMPLES: readonly (readonly [document: string, question: string])[] = [
  ["lease", "Am I allowed a dog in the Candlemaker Row flat?"],
  ["staff-handbook", "My work laptop was stolen: how fast must I tell someone, and which extension?"],
  ["heat-pump-manual", "Heat pump shows E09, what is wrong?"],
  ["board-minutes", "How did railway members vote on overhauling the engine Marchioness?"],
  ["insurance-policy", "How strong must the wind be to count as a storm under the home policy?"],
];

/** The example questions that the given documents can answer. */
export function exampleQuestions(documents: readonly { id: string }[]): string[] {
  const ids = new Set(documents.map(({ id }) => id));
  return EXAMPLES.filter(([document]) => ids.has(document)).map(([, question]) => question);
}

/** A sentence of the answer to try, and words of the sample that its mark is to lead to, or must not. */
type ExampleSentence = readonly [text: string, cites: string, isWrong?: "wrong source"];

/** A question about a sample with an answer as a language model might give it: of four sentences three don't hold. */
export const CHECK_EXAMPLE: {
  document: string;
  question: string;
  answer: readonly ExampleSentence[];
} = {
  document: "lease",
  question: "How much is the deposit for the flat, and when must the landlord list the deductions?",
  answer: [
    ["The Tenant pays a deposit of £1,320 before the term begins", "deposit of **£1,320**"],
    [
      "The Landlord must send a list of proposed deductions within thirty working days after the keys are handed back",
      "list of proposed deductions",
    ],
    [
      "If no list arrives in that time, the whole deposit is to be released",
      "the whole deposit is to be released",
      "wrong source",
    ],
    ["The Landlord also provides a free weekly cleaning service", "list of proposed deductions"],
  ],
};

/** The answer to try, with the numbers that its sources have in a prompt for its question. */
export function exampleAnswer(citations: readonly Citation[]): string {
  const lines = CHECK_EXAMPLE.answer.map(([text, cites, isWrong]) => {
    const has = ({ document, quote }: Citation) =>
      document === CHECK_EXAMPLE.document && quote.includes(cites);
    const cited = citations.filter((citation) => has(citation) !== (isWrong !== undefined)).at(-1);
    return cited === undefined ? `${text}.` : `${text} [${cited.number}].`;
  });
  return lines.join(" ");
}

/** Whether samples that the examples are about are missing, so that adding them is worth offering. */
export function missingSamples(documents: readonly { id: string }[]): boolean {
  return exampleQuestions(documents).length < EXAMPLES.length;
}

export async function fetchSamples(signal: AbortSignal): Promise<NewDocument[]> {
  const folder = new URL(`${import.meta.env.BASE_URL}samples/`, document.baseURI);
  const index = await fetchFile(new URL("index.json", folder), signal);
  const samples = (await index.json()) as Sample[];
  return Promise.all(
    samples.map(async ({ id, file, title, metadata }) => {
      const bytes = await (await fetchFile(new URL(file, folder), signal)).arrayBuffer();
      return { id, title, metadata, content: new File([bytes], file) };
    }),
  );
}

async function fetchFile(url: URL, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal });
  if (!response.ok) {
    throw new Error(`${url.pathname} could not be fetched: HTTP status ${response.status}`);
  }
  return response;
}
