import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";
import { referenceSidebar } from "./reference";
import { sectionsOf } from "./sections";

/** The path that the site is served at, with a slash at both ends. */
const base = `/${process.env.DOCS_BASE ?? ""}/`.replace(/\/{2,}/g, "/");

const GUIDES = [
  { text: "How it works", link: "/guide/how-it-works" },
  { text: "Documents", link: "/guide/documents" },
  { text: "Chunks", link: "/guide/chunking" },
  { text: "Filters", link: "/guide/filters" },
  { text: "Citations", link: "/guide/citations" },
  { text: "Encryption", link: "/guide/encryption" },
  { text: "Offline", link: "/guide/offline" },
  { text: "Models", link: "/guide/models" },
];

const SURROUNDINGS = [
  { text: "Bundlers", link: "/guide/bundlers" },
  { text: "Content security policy", link: "/guide/policy" },
  { text: "A search box", link: "/guide/search-box" },
  { text: "React", link: "/guide/react" },
  { text: "LangChain.js", link: "/guide/langchain" },
  { text: "AI SDK", link: "/guide/ai-sdk" },
];

const ABOUT = [
  { text: "How it compares", link: "/compare" },
  { text: "Limits", link: "/limits" },
];

export default defineConfig({
  base,
  lang: "en",
  title: "ibid",
  description: "Retrieval in the browser: documents in, cited answers out, and nothing leaves the device",
  cleanUrls: false, // any static server will do
  outDir: process.env.DOCS_OUT ?? ".vitepress/dist",
  srcExclude: ["examples/**", "diagrams/**"],
  head: [["link", { rel: "icon", href: "data:," }]],
  vite: {
    build: { target: "es2022" }, // the package has top-level values of that year
    worker: { format: "es" },
    optimizeDeps: { exclude: ["ibid"] },
    define: { __MODELS__: JSON.stringify(process.env.DOCS_MODELS ?? null) },
  },
  vue: { template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith("ibid-") } } },
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    // Braces are text here; the reference has some that Vue would take for an expression.
    config(md) {
      for (const kind of ["text", "code_inline"] as const) {
        const render = md.renderer.rules[kind];
        md.renderer.rules[kind] = (...all) => render?.(...all).replaceAll("{{", "&#123;&#123;") ?? "";
      }
    },
  },
  themeConfig: {
    nav: [
      { text: "Tutorial", link: "/tutorial" },
      { text: "Guides", link: "/guide/how-it-works", activeMatch: "/guide/" },
      { text: "Reference", link: "/reference/", activeMatch: "/reference/" },
      { text: "How it compares", link: "/compare" },
    ],
    sidebar: {
      "/reference/": referenceSidebar(join(import.meta.dirname, "..", "reference")),
      "/": [
        { text: "Begin", items: [{ text: "Tutorial", link: "/tutorial" }] },
        { text: "Guides", items: GUIDES },
        { text: "Surroundings", items: SURROUNDINGS },
        { text: "About", items: ABOUT },
      ],
    },
    outline: [2, 3],
    docFooter: { prev: "Before", next: "Next" },
  },
  /** Writes what the page's search reads: each section of each page as a document. */
  buildEnd({ outDir, pages }) {
    const sections = pages.flatMap((page) => {
      const path = page.replace(/\.md$/, ".html");
      return sectionsOf(path, readFileSync(join(outDir, path), "utf8"));
    });
    mkdirSync(outDir, { recursive: true });
    writeFileSync(join(outDir, "search.json"), JSON.stringify(sections));
  },
});
