// mammoth: a Word document as plain text, or as HTML.

export async function open({ method }) {
  await import("/rivals/mammoth/mammoth.browser.min.js");
  const { mammoth } = globalThis;
  return {
    async read({ buffer }) {
      const { value } = await mammoth[method]({ arrayBuffer: buffer });
      return value.length;
    },
  };
}
