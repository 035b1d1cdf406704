import { openCollection } from "ibid";
import { job } from "../job.js";

job(openCollection);
