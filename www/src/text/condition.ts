/** Conditions on the metadata of documents: as the form has one, and as a search takes it. */
import type { DocumentSummary, Filter } from "ibid";

export type Operator = "$eq" | "$ne" | "$gte" | "$lte" | "$contains";

export const OPERATORS: readonly (readonly [operator: Operator, label: string])[] = [
  ["$eq", "is"],
  ["$ne", "is not"],
  ["$gte", "is at least"],
  ["$lte", "is at most"],
  ["$contains", "contains"],
];

export interface Condition {
  field: string;
  operator: Operator;
  /** As it is typed. */
  value: string;
}

type Scalar = string | number | boolean;

/** The fields that documents have, those that most have first, each with its values; those of arrays are their elements. */
export function fieldsOf(documents: readonly DocumentSummary[]): Map<string, Scalar[]> {
  const found = new Map<string, Set<Scalar>>();
  const frequency = new Map<string, number>();
  for (const { metadata } of documents) {
    for (const [field, value] of Object.entries(metadata)) {
      const values = found.get(field) ?? new Set();
      for (const each of Array.isArray(value) ? value : [value]) {
        if (each !== null) {
          values.add(each);
        }
      }
      found.set(field, values);
      frequency.set(field, (frequency.get(field) ?? 0) + 1);
    }
  }
  // The library takes names that begin so for operators.
  const usable = [...found].filter(([field, values]) => !field.startsWith("$") && values.size > 0);
  return new Map(
    usable
      .sort(([a], [b]) => (frequency.get(b) ?? 0) - (frequency.get(a) ?? 0) || a.localeCompare(b))
      .map(([field, values]) => [field, [...values]]),
  );
}

/** The filter of a condition; `undefined` for one without a value. What is typed counts as a number where the field has numbers. */
export function filterOf(condition: Condition | undefined, values: readonly Scalar[]): Filter | undefined {
  const typed = condition?.value.trim() ?? "";
  if (condition === undefined || typed === "") {
    return undefined;
  }
  return { [condition.field]: { [condition.operator]: scalarOf(typed, values) } };
}

function scalarOf(typed: string, values: readonly Scalar[]): Scalar {
  if (values.some((value) => typeof value === "boolean") && /^(true|false)$/.test(typed)) {
    return typed === "true";
  }
  const isNumber = values.some((value) => typeof value === "number") && Number.isFinite(Number(typed));
  return isNumber ? Number(typed) : typed;
}
