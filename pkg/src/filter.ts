/** The language of filters. */

/** What the value of a field is compared with. Dates stand for their strings in ISO 8601. */
export type FilterValue = string | number | boolean | Date | null;

/** What the value of a field has to be; all that is given has to hold. */
export interface FilterOperators {
  /** Equal to this; an array is where one of its elements is. */
  $eq?: FilterValue;
  /** Not equal to this, or missing. */
  $ne?: FilterValue;
  /** Greater than this number, this date, or this string by code points. */
  $gt?: string | number | Date;
  /** Greater or equal. */
  $gte?: string | number | Date;
  /** Less. */
  $lt?: string | number | Date;
  /** Less or equal. */
  $lte?: string | number | Date;
  /** Equal to one of these. */
  $in?: readonly FilterValue[];
  /** Equal to none of these, or missing. */
  $nin?: readonly FilterValue[];
  /** Present, be it null (`true`), or missing (`false`). */
  $exists?: boolean;
  /** An array with this element or all of these, or a string with this part or all of these. */
  $contains?: FilterValue | readonly FilterValue[];
  /** Not matching this, or missing. */
  $not?: FilterCondition;
}

/** What a field has to match: a value that it is equal to, or operators. */
export type FilterCondition = FilterValue | FilterOperators;

/** Conditions by the names of metadata fields, all of which have to match. Dots in names are part of the names. */
export interface FieldFilter {
  [field: string]: FilterCondition | readonly Filter[] | undefined;
  /** All of these match. */
  $and?: readonly Filter[];
  /** At least one of these matches. */
  $or?: readonly Filter[];
  $not?: never;
}

/** The opposite of a filter. */
export interface NotFilter {
  $not: Filter;
}

/** Which documents a search may find. `{}` lets through all of them. */
export type Filter = FieldFilter | NotFilter;
