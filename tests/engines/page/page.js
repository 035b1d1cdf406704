// Does the step that the address names, and leaves in `outcome` what came of it, or the error:
//
//   ?step=work     whatever jobs.js and features.js export under that name
//
// What the page's policy refused, and what nobody caught, counts as an error of the step.

import * as features from "./features.js";
import * as jobs from "./jobs.js";

const problems = [];
addEventListener("securitypolicyviolation", ({ blockedURI, effectiveDirective }) =>
  problems.push(`${effectiveDirective} refused ${blockedURI}`),
);
addEventListener("error", ({ message }) => problems.push(message));
addEventListener("unhandledrejection", ({ reason }) => problems.push(String(reason)));

const describe = (error) => `${error.code ?? error.name}: ${error.message}\n${error.stack ?? ""}`;

const steps = { ...features, ...jobs };
const step = new URLSearchParams(location.search).get("step");
try {
  const result = await steps[step]();
  globalThis.outcome = problems.length === 0 ? { result } : { error: problems.join("\n") };
} catch (error) {
  globalThis.outcome = { error: [describe(error), ...problems].join("\n") };
}
