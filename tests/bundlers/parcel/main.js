import { openCollection } from "ibid";
import { job } from "../job.js";

// Parcel takes pdf.js apart as if it were a part of the page: PDF files are read by a copy of it.
job(openCollection, { pdfUrl: "pdfjs/" });
