/** Prints the modulepreload lines of index.html: every module that the page and the log of a room import statically. */
import { readFile } from "node:fs/promises"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const WEB = dirname(dirname(fileURLToPath(import.meta.url)))
const IMPORT = /^\s*(?:import|export)\s(?:[^"']*?\sfrom\s)?["'](\.[^"']+)["']/gmu

/** What a first visit to a room runs. The log is imported by its room, and preloaded so that it comes beside the rest. */
export const ENTRIES = ["js/main.js", "js/ui/sc-timeline.js"]

/** @param {...string} entries @returns {Promise<string[]>} paths below web/, the entries first */
export async function importedBy(...entries) {
  const found = new Set(entries)
  for (const path of found) {
    const source = await readFile(join(WEB, path), "utf8")
    for (const [, target] of source.matchAll(IMPORT)) found.add(relative(WEB, join(WEB, dirname(path), target)))
  }
  return [...found]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, ...modules] = await importedBy(...ENTRIES)
  console.log(modules.sort().map((path) => `<link rel="modulepreload" href="/static/build/${path}">`).join("\n"))
}
