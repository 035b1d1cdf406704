import { openCollection } from "ibid";
import { job } from "../job.js";

// What `ibid assets` has copied: neither workers nor binaries are found by this bundler.
job(openCollection, { assetsUrl: "dist/ibid/" });
