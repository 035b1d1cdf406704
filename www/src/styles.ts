/** What all components share: type, controls, marks and notes. */
import { css } from "lit";

export const shared = css`
  :host {
    display: block;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  h4,
  p,
  ul,
  ol,
  dl,
  dd,
  figure,
  blockquote,
  fieldset {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  h2 {
    font: 600 1.25rem/1.3 var(--serif);
  }
  h3 {
    font: 600 1.0625rem/1.35 var(--serif);
  }
  a {
    color: var(--accent);
    text-underline-offset: 0.18em;
    text-decoration-thickness: 1px;
  }
  a:hover {
    text-decoration-thickness: 2px;
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
    border-radius: 2px;
  }
  button,
  input,
  select,
  textarea {
    font: inherit;
    color: inherit;
  }
  button,
  .button {
    display: inline-block;
    min-height: 2.5rem;
    padding: 0.4375rem 0.9375rem;
    border: 1px solid var(--edge);
    border-radius: 4px;
    background: var(--sheet);
    color: var(--ink);
    line-height: 1.5;
    cursor: pointer;
  }
  button:hover,
  .button:hover {
    background: var(--wash);
  }
  button.primary {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--on-accent);
    font-weight: 600;
  }
  button.primary:hover {
    filter: brightness(1.12);
  }
  button.danger {
    border-color: var(--danger);
    color: var(--danger);
  }
  button.plain {
    min-height: 2rem;
    margin-inline: -0.4375rem; /* the words, not their box, are in line with what is above */
    padding: 0.125rem 0.375rem;
    border-color: transparent;
    background: none;
    color: var(--accent);
    text-align: start;
    text-decoration: underline;
    text-decoration-thickness: 1px;
    text-underline-offset: 0.18em;
  }
  button:disabled {
    border-color: var(--rule);
    background: var(--wash);
    color: var(--quiet);
    font-weight: 400;
    cursor: default;
    filter: none;
  }
  input[type="search"],
  input[type="number"],
  input[type="text"],
  input[type="password"],
  select,
  textarea {
    min-height: 2.75rem;
    padding: 0.5rem 0.75rem;
    border: 1px solid var(--edge);
    border-radius: 4px;
    background: var(--sheet);
  }
  textarea {
    display: block;
    width: 100%;
    font: 1.0625rem/1.5 var(--serif);
    resize: vertical;
  }
  ::placeholder {
    color: var(--quiet);
    opacity: 1;
  }
  table {
    border-collapse: collapse;
  }
  .wide {
    position: relative; /* what is hidden in it scrolls with it */
    overflow-x: auto;
  }
  input[type="checkbox"],
  input[type="radio"] {
    accent-color: var(--accent);
  }
  progress {
    display: block;
    width: 100%;
    height: 0.375rem;
    border: 0;
    border-radius: 3px;
    background: var(--rule);
    overflow: hidden;
    appearance: none;
  }
  progress::-webkit-progress-bar {
    background: var(--rule);
  }
  progress::-webkit-progress-value {
    background: var(--accent);
  }
  progress::-moz-progress-bar {
    background: var(--accent);
  }
  mark {
    background: var(--mark);
    color: var(--on-mark);
    border-radius: 2px;
  }
  code {
    font: 0.875em var(--mono);
    white-space: nowrap;
  }
  details > summary {
    width: fit-content;
    padding: 0.25rem 0;
    color: var(--quiet);
    cursor: pointer;
  }
  /* Words of documents and of readers run as their script does, whatever the page's: else a full stop stands on the wrong side. */
  :is(h3, blockquote, textarea, .asked, .between, .excerpt, .frame, .message, .said, .section, .source, .text, .title, .words) {
    unicode-bidi: plaintext;
  }
  .quiet {
    color: var(--quiet);
  }
  .small {
    font-size: 0.875rem;
  }
  .section {
    color: var(--quiet);
    font: italic 0.9375rem/1.4 var(--serif);
    overflow-wrap: anywhere;
  }
  .rows {
    white-space: pre-line !important;
  }
  .section .page {
    font-style: normal;
  }
  .frame {
    max-width: 44rem;
    margin-block-start: 0.5rem;
    color: var(--quiet);
    font: 0.9375rem/1.5 var(--serif);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .note {
    padding: 0.625rem 0.875rem;
    border-inline-start: 3px solid var(--edge);
    background: var(--wash);
    overflow-wrap: anywhere;
  }
  .error {
    border-color: var(--danger);
    background: var(--danger-wash);
  }
  .error strong {
    color: var(--danger);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.5rem 0.75rem;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  dialog {
    padding: 0;
    border: 1px solid var(--rule);
    background: var(--sheet);
    color: var(--ink);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 45%);
  }
`;

/** A dialog that asks one thing. */
export const asking = css`
  dialog {
    width: min(28rem, calc(100vw - 2rem));
    padding: 1.5rem;
    border-radius: 6px;
  }
  p {
    overflow-wrap: anywhere;
  }
  .row {
    justify-content: flex-end;
  }
`;

/** The colours of what has a verdict. */
export const tones = css`
  [data-verdict="supported"] {
    --tone: var(--supported);
    --tone-wash: var(--supported-wash);
  }
  [data-verdict="partly"] {
    --tone: var(--partly);
    --tone-wash: var(--partly-wash);
  }
  [data-verdict="misattributed"] {
    --tone: var(--misattributed);
    --tone-wash: var(--misattributed-wash);
  }
  [data-verdict="contradicted"] {
    --tone: var(--contradicted);
    --tone-wash: var(--contradicted-wash);
  }
  [data-verdict="not_found"] {
    --tone: var(--not-found);
    --tone-wash: var(--not-found-wash);
  }
  [data-verdict="uncited"] {
    --tone: var(--uncited);
    --tone-wash: var(--uncited-wash);
  }
  [data-verdict="quote_altered"] {
    --tone: var(--quote-altered);
    --tone-wash: var(--quote-altered-wash);
  }
`;

/** A view of the page: its parts below each other, under a heading with a sentence of what it is for. */
export const view = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
  }
  .lead {
    max-width: 44rem;
    margin-block-start: 0.25rem;
    font: 1.0625rem/1.55 var(--serif);
    text-wrap: pretty;
  }
`;
