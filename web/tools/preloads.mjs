/** Prints the modulepreload lines of index.html: every module that js/main.js imports statically. */
import { readFile } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const WEB = dirname(dirname(fileURLToPath(import.meta.url)))
const IMPORT = /^\s*(?:import|export)\s(?:[^"']*?\sfrom\s)?["'](\.[^"']+)["']/gmu

/** @param {string} entry @returns {Promise<string[]>} paths below web/, the entry first */
export async function importedBy(entry) {
  const found = new Set([entry])
  for (const path of found) {
    const source = await readFile(join(WEB, path), "utf8")
    for (const [, target] of source.matchAll(IMPORT)) found.add(relative(WEB, join(WEB, dirname(path), target)))
  }
  return [...found]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, ...modules] = await importedBy("js/main.js")
  console.log(modules.sort().map((path) => `<link rel="modulepreload" href="/static/build/${path}">`).join("\n"))
}
