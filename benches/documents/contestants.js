// Who is compared in reading documents, by kind of document: adapters of page/contestants with their settings. Ours is the
// first of each.

const contestant = (adapter, settings = {}) => ({ adapter, settings });

export const OURS = "ibid";

export const CONTESTANTS = {
  word: {
    [OURS]: contestant("ibid", {
      mediaType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    }),
    "mammoth, text": contestant("mammoth", { method: "extractRawText" }),
    "mammoth, HTML": contestant("mammoth", { method: "convertToHtml" }),
  },
  web: {
    [OURS]: contestant("ibid", { mediaType: "text/html" }),
    "@mozilla/readability with linkedom": contestant("readability"),
  },
  pdf: {
    [OURS]: contestant("ibid-pdf"),
    "pdf.js, text loop": contestant("pdfjs"),
    "pdf.js, text loop, worker kept": contestant("pdfjs", { keepsWorker: true }),
  },
};

/** What is compared against. */
export const RIVALS = ["mammoth", "@mozilla/readability", "linkedom"];
