import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";
import { referenceSidebar } from "./reference";
import { sectionsOf } from "./sections";

/** The path that the site is served at, with a slash at both ends. */
const base = `/${process.env.DOCS_BASE ?? ""}/`.replace(/\/{2,}/g, "/");

/** A menu of guides, by what each is called and the name of its page. */
const guides = (text: string, pages: Record<string, string>) => ({
  text,
  items: Object.entries(pages).map(([text, page]) => ({ text, link: `/guide/${page}` })),
});

const BEGIN = [
  { text: "Tutorial", link: "/tutorial" },
  { text: "How it works", link: "/guide/how-it-works" },
];

const GUIDES = [
  guides("Collections", {
    Documents: "documents",
    Chunks: "chunking",
    Models: "models",
    "Which model": "which-model",
    "Events and tabs": "tabs",
    Errors: "errors",
  }),
  guides("Searching", {
    Searching: "search",
    "Words and marks": "words",
    Filters: "filters",
    Evaluation: "evaluation",
  }),
  guides("Answering", {
    Citations: "citations",
    Prompts: "prompts",
    Answers: "answers",
    "Language models": "language-models",
    Verdicts: "verdicts",
    "The trail": "trail",
  }),
  guides("On the device", {
    "Storage and damage": "storage",
    Offline: "offline",
    Encryption: "encryption",
    "Export and import": "transfer",
  }),
  guides("Surroundings", {
    "Bundlers and engines": "bundlers",
    "Content security policy": "policy",
    "A search box": "search-box",
    React: "react",
    "Vue and Svelte": "vue-svelte",
    "LangChain.js": "langchain",
    "AI SDK": "ai-sdk",
    "The demo as a site": "site",
    "Command line and Rust": "command-line",
  }),
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
      "/": [{ text: "Begin", items: BEGIN }, ...GUIDES, { text: "About", items: ABOUT }],
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
