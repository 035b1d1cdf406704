/** Quotations of documents as an answer shows them. */
import type { Citation, ExtractiveAnswer } from "ibid";
import { sectionPath } from "./format.js";

export interface Statement {
  citation: Citation;
  /** What is quoted, on one line. */
  text: string;
}

/** Statements of the same document that follow each other. */
export interface DocumentStatements {
  document: string;
  title: string;
  statements: Statement[];
}

/** The statements of an answer by document, in its order. */
export function statementsByDocument({ text, citations }: ExtractiveAnswer): DocumentStatements[] {
  const lines = text.split("\n\n");
  const groups: DocumentStatements[] = [];
  citations.forEach((citation, at) => {
    const { document, title, number } = citation;
    const line = lines[at] ?? citation.quote;
    const mark = ` [${number}]`;
    const statement = { citation, text: line.endsWith(mark) ? line.slice(0, -mark.length) : line };
    const last = groups.at(-1);
    if (last?.document === document) {
      last.statements.push(statement);
    } else {
      groups.push({ document, title: title || document, statements: [statement] });
    }
  });
  return groups;
}

/** An answer with the places that its marks stand for, to be put elsewhere. */
export function answerWithSources({ text, citations }: ExtractiveAnswer): string {
  const sources = citations.map(({ number, title, document, page, section }) => {
    const where = [page === undefined ? "" : `page ${page}`, sectionPath(section)].filter(Boolean).join(", ");
    return `[${number}] ${title || document}${where === "" ? "" : ` – ${where}`}`;
  });
  return `${text}\n\n${sources.join("\n")}\n`;
}

export interface Rows {
  /** What stands before the rows and is none of them. */
  before: string;
  /** The names of the columns, where they are known. */
  head: string[];
  rows: string[][];
}

/** A quotation as rows of a table under the header that it needs; `undefined` where it is anything else. */
export function tableRows({ lead, quote }: Pick<Citation, "lead" | "quote">): Rows | undefined {
  const rows = linesOf(quote).map(cells);
  if (rows.length === 0 || rows.some((row) => row === undefined)) {
    return undefined;
  }
  const before = linesOf(lead);
  const heads = before.map(cells).filter((row) => row !== undefined);
  return {
    before: before.filter((line) => cells(line) === undefined).join("\n"),
    head: heads.find((row) => !isRule(row)) ?? [],
    rows: rows.filter((row) => row !== undefined && !isRule(row)) as string[][],
  };
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

/** The cells of a line of a table; `undefined` where it is none. */
function cells(line: string): string[] | undefined {
  const [, inner] = /^\|(.*)\|$/.exec(line.trim()) ?? [];
  return inner?.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function isRule(row: readonly string[]): boolean {
  return row.every((cell) => /^:?-+:?$/.test(cell));
}
