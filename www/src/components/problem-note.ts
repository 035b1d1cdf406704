import { html, nothing, type TemplateResult } from "lit";
import type { Problem } from "../text/problem.js";

/** An error where it arose: what happened in plain words, the exact reason, the code, and a way on if there is one. */
export function problemNote(problem: Problem, action: unknown = nothing): TemplateResult {
  return html`<div class="note error" role="alert" data-testid="error">
    <p>
      <strong>${problem.summary}</strong>
      ${problem.code ? html`<code data-testid="error-code">${problem.code}</code>` : nothing}
    </p>
    <p class="small">${problem.detail}</p>
    ${action}
  </div>`;
}
