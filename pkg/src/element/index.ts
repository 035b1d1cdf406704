/** The element `<ibid-search>`: importing this defines it. */
import { IbidSearch } from "./search-element.js";

export type { SearchLabels } from "./labels.js";
export { IbidSearch, type SelectDetail } from "./search-element.js";
export type { SiteDocument } from "./site.js";

if (globalThis.customElements?.get("ibid-search") === undefined) {
  globalThis.customElements?.define("ibid-search", IbidSearch);
}

declare global {
  interface HTMLElementTagNameMap {
    "ibid-search": IbidSearch;
  }
}
