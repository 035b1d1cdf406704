/** Files of questions to measure with, as examples about the sample documents. */
interface Example {
  question: string;
  /** Absent where no sample answers. */
  document?: string;
  quote?: string;
}

const EXAMPLES: readonly Example[] = [
  {
    question: "Am I allowed a dog in the Candlemaker Row flat?",
    document: "lease",
    quote: "Any other animal requires the Landlord’s written consent",
  },
  {
    question: "How much can I take off the rent if I pay a plumber myself?",
    document: "lease",
    quote: "The Tenant may take the cost from the next rent payment up to a limit of £400 for any one repair",
  },
  {
    question: "My work laptop was stolen: how fast must I tell someone, and which extension?",
    document: "staff-handbook",
    quote:
      "Report a lost or stolen device to the service desk within two hours of noticing, on extension 4040",
  },
  {
    question: "Heat pump shows E09, what is wrong?",
    document: "heat-pump-manual",
    quote: "| E09 | Low pressure, below 0.6 bar | Loss of refrigerant, iced evaporator |",
  },
  {
    question: "How strong must the wind be to count as a storm under the home policy?",
    document: "insurance-policy",
    quote: "A storm means wind with gusts of at least 55 miles an hour",
  },
  {
    question: "How did railway members vote on overhauling the engine Marchioness?",
    document: "board-minutes",
  },
  { question: "How do I bake sourdough bread?" },
  { question: "Who won the chess tournament of 1987?" },
];

export const EXAMPLE_FILES = {
  csv: { name: "questions.csv", type: "text/csv", text: csv },
  jsonl: { name: "questions.jsonl", type: "application/jsonl", text: jsonLines },
} as const;

function csv(): string {
  const rows = EXAMPLES.map(({ question, document = "", quote = "" }) =>
    [question, document, quote, document === "" ? "no" : ""].map(cell).join(","),
  );
  return `question,document,quote,answerable\n${rows.join("\n")}\n`;
}

function jsonLines(): string {
  const lines = EXAMPLES.map(({ question, document, quote }) =>
    JSON.stringify(
      document === undefined
        ? { question, answerable: false }
        : { question, documents: [document], ...(quote !== undefined && { spans: [{ document, quote }] }) },
    ),
  );
  return `${lines.join("\n")}\n`;
}

/** A cell of a table as RFC 4180 has it. */
function cell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
