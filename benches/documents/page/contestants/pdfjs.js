// The loop over the text of pages that pdf.js's own examples show, with the version of pdf.js that the package brings.

const folder = `${location.origin}/pkg/pdfjs/`;

export async function open({ keepsWorker = false }) {
  const { getDocument, PDFWorker } = await import("/pkg/pdfjs/pdf.min.mjs");
  let kept;

  /** In a worker pdf.js cannot start its own. Each file gets a new one, as by default, unless it is kept. */
  function start() {
    const port = new Worker("/pkg/pdfjs/pdf.worker.min.mjs", { type: "module" });
    const worker = new PDFWorker({ port, verbosity: 0 });
    return { worker, port };
  }

  return {
    async read(bytes) {
      const { worker, port } = kept ?? start();
      if (keepsWorker) kept = { worker, port };
      const settings = {
        cMapUrl: `${folder}cmaps/`,
        standardFontDataUrl: `${folder}standard_fonts/`,
        verbosity: 0,
      };
      const task = getDocument({ data: bytes, worker, useWorkerFetch: true, ...settings });
      const pdf = await task.promise;
      let text = "";
      for (let number = 1; number <= pdf.numPages; number++) {
        const page = await pdf.getPage(number);
        const { items } = await page.getTextContent();
        for (const { str, hasEOL } of items) text += hasEOL ? `${str}\n` : (str ?? "");
        page.cleanup();
      }
      await task.destroy();
      if (!keepsWorker) {
        worker.destroy();
        port.terminate();
      }
      return text.length;
    },
  };
}
