/** The language of filters. */

import type { Metadata, MetadataOf } from "./metadata.js";
import type { MetadataValue } from "./wasm/ibid_simd128.js";

/** What the value of a field is compared with. Dates stand for their strings in ISO 8601. */
export type FilterValue = string | number | boolean | Date | null;

/** What the value of a field of type `V` has to be; all that is given has to hold. */
export interface FilterOperators<V = MetadataValue> {
  /** Equal to this; an array is where one of its elements is. */
  $eq?: Operand<V>;
  /** Not equal to this, or missing. */
  $ne?: Operand<V>;
  /** Greater than this number, this date, or this string by code points. */
  $gt?: Ordered<V>;
  /** Greater or equal. */
  $gte?: Ordered<V>;
  /** Less. */
  $lt?: Ordered<V>;
  /** Less or equal. */
  $lte?: Ordered<V>;
  /** Equal to one of these. */
  $in?: readonly Operand<V>[];
  /** Equal to none of these, or missing. */
  $nin?: readonly Operand<V>[];
  /** Present, be it null (`true`), or missing (`false`). */
  $exists?: boolean;
  /** An array with this element or all of these, or a string with this part or all of these. */
  $contains?: Part<V> | readonly Part<V>[];
  /** Not matching this, or missing. */
  $not?: FilterCondition<V>;
}

/** What a value, or an element of an array, may be equal to. */
type Operand<V> = OrDate<V extends readonly (infer E)[] ? E : V> | null;

type OrDate<V> = V extends string ? (string extends V ? V | Date : V) : V;

/** What a value may be greater or less than: booleans, nulls and arrays have no order. */
type Ordered<V> = V extends number ? number : V extends string ? string | Date : never;

/** What a value may contain. */
type Part<V> = V extends readonly (infer E)[] ? OrDate<E> | null : V extends string ? string : never;

/** What a field has to match: a value that it is equal to, or operators. */
export type FilterCondition<V = MetadataValue> = Operand<V> | FilterOperators<V>;

/**
 * Conditions by the names of metadata fields, all of which have to match. Dots in names are part of the names. Where the type
 * of the metadata names its fields, there are no others.
 */
export type FieldFilter<M extends MetadataOf<M> = Metadata> = {
  // Names of any kind would be those of the operators, too.
  [F in keyof M]?: FilterCondition<NonNullable<M[F]>> | (string extends F ? readonly Filter<M>[] : never);
} & {
  /** All of these match. */
  $and?: readonly Filter<M>[];
  /** At least one of these matches. */
  $or?: readonly Filter<M>[];
  $not?: never;
};

/** The opposite of a filter. */
export interface NotFilter<M extends MetadataOf<M> = Metadata> {
  $not: Filter<M>;
}

/** Which documents a search may find. `{}` lets through all of them. */
export type Filter<M extends MetadataOf<M> = Metadata> = FieldFilter<M> | NotFilter<M>;
