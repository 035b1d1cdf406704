// The page of a site that has nothing of the package: all of it comes from the other origin that the address names.

import { job } from "../job.js";

const origin = new URLSearchParams(location.search).get("cdn");
const { openCollection } = await import(`${origin}ibid@0.1.0/dist/index.js`);
job(openCollection);
