import { openCollection } from "ibid";
import { job } from "../job.js";

// What `ibid assets` has copied, here or to another origin: this bundler finds neither workers nor binaries.
const assetsUrl = new URLSearchParams(location.search).get("assets") ?? "dist/ibid/";
job(openCollection, { assetsUrl });
