// Bundles src/ into the one file that pages load, and prints its size and its hash for `integrity`.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = process.argv[2] ?? here("../fascicle/web/static/widget.js");

// The stylesheet becomes a minified string; a constructable stylesheet takes it where a page's policy forbids style tags.
const stylesheet = {
  name: "stylesheet",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await esbuild.transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

// The indentation of templates is no part of the page, nor are line breaks between tags.
const indentation = {
  name: "indentation",
  setup(build) {
    build.onLoad({ filter: /src\/.*\.ts$/ }, async ({ path }) => {
      return { contents: (await readFile(path, "utf8")).replace(/^\s+/gm, "").replace(/>\n</g, "><"), loader: "ts" };
    });
  },
};

const { outputFiles } = await esbuild.build({
  absWorkingDir: here("."),
  entryPoints: ["src/main.ts"],
  bundle: true,
  minify: true,
  mangleProps: /^_\$/, // Lit's own
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } }, // what a constructor sets needs no declaration
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: "/* Fascicle's chat widget. Holds Lit, © Google LLC, SPDX-License-Identifier: BSD-3-Clause */" },
  plugins: [stylesheet, indentation],
  write: false,
});
const bundle = outputFiles[0].contents;
await writeFile(target, bundle);

const hash = createHash("sha384").update(bundle).digest("base64");
console.log(`${bundle.length} bytes, ${gzipSync(bundle, { level: 9 }).length} with gzip\nintegrity="sha384-${hash}"`);
