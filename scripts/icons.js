#!/usr/bin/env node
// Draws the icons of the demo anew from www/public/icons/icon.svg: PNG files for systems that take no SVG.
//
//   scripts/with-browser scripts/icons.js

import { readFileSync, writeFileSync } from "node:fs";
import { launchBrowser } from "./browser.js";

const FOLDER = new URL("../www/public/icons/", import.meta.url);

/** `inset`: a maskable icon may be cut to a circle of 80 % of its width (W3C, Web Application Manifest, 2.5.3). */
const ICONS = [
  { name: "icon-192.png", size: 192, inset: 0 },
  { name: "icon-512.png", size: 512, inset: 0 },
  { name: "maskable-512.png", size: 512, inset: 0.1, ground: "#7a2230" },
  { name: "apple-touch-icon.png", size: 180, inset: 0.04, ground: "#7a2230" },
];

const svg = readFileSync(new URL("icon.svg", FOLDER), "utf8");
const browser = await launchBrowser();
const page = await browser.newPage();
for (const { name, size, inset, ground = "transparent" } of ICONS) {
  await page.setViewportSize({ width: size, height: size });
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
  const width = size * (1 - 2 * inset);
  await page.setContent(
    `<body style="margin:0;background:${ground}"><img src="${source}" style="display:block;margin:${size * inset}px;width:${width}px">`,
  );
  const png = await page.screenshot({ omitBackground: true });
  writeFileSync(new URL(name, FOLDER), png);
}
await browser.close();
