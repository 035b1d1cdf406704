/** How the element looks. Colours follow the `color-scheme` of the page, which may set each of them. */
const CSS = `
:host {
  --_ink: var(--ibid-ink, #211f1c);
  --_quiet: var(--ibid-quiet, #615b52);
  --_sheet: var(--ibid-sheet, #ffffff);
  --_wash: var(--ibid-wash, #f3eee4);
  --_rule: var(--ibid-rule, #dcd6ca);
  --_edge: var(--ibid-edge, #8c8478);
  --_accent: var(--ibid-accent, #7a2230);
  --_mark: var(--ibid-mark, #fbe7a1);
  --_on-mark: var(--ibid-on-mark, #211f1c);
  --_radius: var(--ibid-radius, 0.5rem);
  position: relative;
  display: block;
  max-width: 45rem;
  color: var(--_ink);
  font-family: var(--ibid-font, inherit);
  font-size: var(--ibid-font-size, inherit);
  line-height: 1.45;
  text-align: start;
}
@supports (color: light-dark(#000, #fff)) {
  :host {
    --_ink: var(--ibid-ink, light-dark(#211f1c, #e9e4da));
    --_quiet: var(--ibid-quiet, light-dark(#615b52, #aea699));
    --_sheet: var(--ibid-sheet, light-dark(#ffffff, #211f1d));
    --_wash: var(--ibid-wash, light-dark(#f3eee4, #2f2c28));
    --_rule: var(--ibid-rule, light-dark(#dcd6ca, #3b3833));
    --_edge: var(--ibid-edge, light-dark(#8c8478, #7d766b));
    --_accent: var(--ibid-accent, light-dark(#7a2230, #e5a4a2));
    --_mark: var(--ibid-mark, light-dark(#fbe7a1, #5f4c0e));
    --_on-mark: var(--ibid-on-mark, light-dark(#211f1c, #fff4cf));
  }
}
:host([hidden]), [hidden] {
  display: none !important;
}
*, *::before, *::after {
  box-sizing: border-box;
}
.field {
  display: flex;
  align-items: center;
  gap: 0.625em;
  min-height: 2.75rem;
  padding-inline: 0.875em;
  border: 1px solid var(--_edge);
  border-radius: var(--_radius);
  background: var(--_sheet);
  cursor: text;
}
.field:focus-within {
  border-color: var(--_accent);
  box-shadow: 0 0 0 1px var(--_accent);
}
.icon {
  flex: none;
  width: 1.125em;
  height: 1.125em;
  fill: none;
  stroke: var(--_quiet);
  stroke-width: 2;
  stroke-linecap: round;
}
.field:focus-within .icon {
  stroke: var(--_accent);
}
input {
  flex: 1;
  min-width: 0;
  margin: 0;
  padding: 0.5em 0;
  border: 0;
  outline: 0;
  background: none;
  color: inherit;
  font: inherit;
  font-size: max(1em, 16px); /* phones zoom in on smaller ones */
  appearance: none;
}
input::placeholder {
  color: var(--_quiet);
  opacity: 1;
}
input::-webkit-search-cancel-button {
  cursor: pointer;
}
kbd {
  flex: none;
  min-width: 1.75em;
  padding: 0.125em 0.375em;
  border: 1px solid var(--_rule);
  border-radius: 0.3125em;
  background: var(--_wash);
  color: var(--_quiet);
  font: 600 0.75em/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
  text-align: center;
}
.field:focus-within kbd, input:not(:placeholder-shown) ~ kbd {
  display: none;
}
.popup {
  position: absolute;
  z-index: var(--ibid-z-index, 10);
  inset-block-start: calc(100% + 0.375rem);
  inset-inline-start: 0;
  display: flex;
  flex-direction: column;
  width: 100%;
  min-width: min(30rem, 90vw);
  max-height: min(32rem, 70vh);
  max-height: min(32rem, 70dvh);
  overflow: hidden;
  border: 1px solid var(--_rule);
  border-radius: var(--_radius);
  background: var(--_sheet);
  box-shadow: 0 0.75rem 2.5rem rgb(0 0 0 / 18%), 0 0.125rem 0.5rem rgb(0 0 0 / 10%);
}
.list {
  flex: 1;
  min-height: 0;
  margin: 0;
  padding: 0;
  border-block-start: 1px solid var(--_rule);
  overflow-y: auto;
  overscroll-behavior: contain;
  list-style: none;
}
.hit {
  padding: 0.75em 1em;
  border-inline-start: 3px solid transparent;
  cursor: pointer;
  overflow-wrap: anywhere;
  scroll-margin-block: 0.25em;
}
.hit + .hit {
  border-block-start: 1px solid var(--_rule);
}
.hit:hover {
  background: var(--_wash);
}
.hit[aria-selected="true"] {
  border-inline-start-color: var(--_accent);
  background: var(--_wash);
}
.title {
  display: block;
  font-weight: 600;
}
.hit[aria-selected="true"] .title {
  color: var(--_accent);
}
.section {
  display: block;
  color: var(--_quiet);
  font-size: 0.8125em;
}
.text {
  display: block;
  margin-block-start: 0.25em;
  color: var(--_quiet);
  font-size: 0.9375em;
}
.best {
  color: var(--_ink);
}
mark {
  border-radius: 0.125em;
  background: var(--_mark);
  color: var(--_on-mark);
}
.status {
  margin: 0;
  padding: 0.5em calc(1.2308em + 3px); /* in line with the hits */
  color: var(--_quiet);
  font-size: 0.8125em;
  overflow-wrap: anywhere;
}
.status:has(+ [hidden]) {
  padding: 1em;
  font-size: 0.9375em;
}
@media (hover: none) {
  kbd {
    display: none;
  }
}
@media (max-width: 40rem) {
  .popup {
    position: fixed; /* as wide as the screen, right below the field */
    inset-block-start: auto;
    inset-inline: 0.5rem;
    width: auto;
    min-width: 0;
    max-height: 60vh;
    max-height: 60dvh;
    margin-block-start: 0.375rem;
  }
}
@media (forced-colors: active) {
  .hit[aria-selected="true"] {
    outline: 2px solid Highlight;
    outline-offset: -2px;
  }
  .best {
    font-weight: 600;
  }
}
`;

const sheets = new WeakMap<Document, CSSStyleSheet>();

/**
 * One sheet for all elements of a document, which takes those of its own window only; none where it is shown in no window. It is
 * constructed, which a policy without inline styles allows.
 */
export function styles(document: Document): CSSStyleSheet[] {
  const window = document.defaultView;
  if (window === null) {
    return [];
  }
  let sheet = sheets.get(document);
  if (sheet === undefined) {
    sheet = new window.CSSStyleSheet();
    sheet.replaceSync(CSS);
    sheets.set(document, sheet);
  }
  return [sheet];
}
