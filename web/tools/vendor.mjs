/**
 * Makes web/vendor from the packages pinned in package-lock.json.
 *
 *   npm ci --ignore-scripts && node tools/vendor.mjs           writes the files
 *   npm ci --ignore-scripts && node tools/vendor.mjs --check   fails where a committed byte differs
 */
import { createHash } from "node:crypto"
import { readFile, readdir, mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { emojiTable } from "./emoji.mjs"

const WEB = dirname(dirname(fileURLToPath(import.meta.url)))
const VENDOR = join(WEB, "vendor")
const LIT_PACKAGES = ["lit", "lit-html", "lit-element", "@lit/reactive-element"]
const MARKDOWN_PACKAGES = [
  "markdown-it", "markdown-it-cjk-friendly", "entities", "get-east-asian-width", "linkify-it", "mdurl", "punycode.js", "uc.micro",
]
const HIGHLIGHT_PACKAGES = ["lowlight", "highlight.js", "devlop"]
const EMOJI_PACKAGES = ["emoji-picker-element-data"]
const LICENCE_FILES = ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENSE-MIT.txt", "license"]

const lock = JSON.parse(await readFile(join(WEB, "package-lock.json"), "utf8"))

/** @returns {Promise<Map<string, string>>} file name to contents, everything that belongs into vendor/ */
async function vendored() {
  const files = new Map()
  for (const name of ["lit", "markdown", "highlight"]) {
    files.set(`${name}.js`, await bundle(`${name}.entry.mjs`))
    files.set(`${name}.d.ts`, await readFile(join(WEB, "tools", `${name}.entry.mjs`), "utf8"))
  }
  files.set("icons.svg", await sprite())
  files.set("emoji.json", await emojiTable(join(WEB, "node_modules")))
  const sources = {
    "lit.js": LIT_PACKAGES,
    "markdown.js": MARKDOWN_PACKAGES,
    "highlight.js": HIGHLIGHT_PACKAGES,
    "emoji.json": EMOJI_PACKAGES,
    "icons.svg": ["lucide-static"],
  }
  files.set("LICENSES.txt", await licences(Object.values(sources).flat()))
  files.set("vendor.json", await manifest(files, sources))
  return files
}

/** @param {string} entry a file of tools/ */
async function bundle(entry) {
  const result = await build({
    entryPoints: [join(WEB, "tools", entry)],
    absWorkingDir: WEB,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    write: false,
  })
  const text = result.outputFiles[0].text
  const policies = text.match(/createPolicy\(/g) ?? []
  if (policies.length > 1) throw new Error(`${entry}: ${policies.length} trusted type policies, so more than one copy of Lit`)
  return text
}

async function sprite() {
  const icons = JSON.parse(await readFile(join(WEB, "tools", "icons.json"), "utf8"))
  const symbols = []
  for (const [id, name] of Object.entries(icons)) {
    const source = await readFile(join(WEB, "node_modules/lucide-static/icons", `${name}.svg`), "utf8")
    const shapes = source.slice(source.indexOf(">", source.indexOf("<svg")) + 1, source.lastIndexOf("</svg>"))
    symbols.push(`<symbol id="${id}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, "")}</symbol>`)
  }
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`
}

/** Each text once, below all that it holds for. @param {string[]} packages */
async function licences(packages) {
  /** @type {Map<string, string[]>} */
  const holders = new Map()
  for (const name of packages) {
    const { version, license } = pinned(name)
    const text = (await licenceText(name)).trim()
    holders.set(text, [...(holders.get(text) ?? []), `${name} ${version} (${license})`])
  }
  return [...holders].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`).join(`\n${"-".repeat(72)}\n\n`)
}

/** @param {string} name */
async function licenceText(name) {
  const folder = join(WEB, "node_modules", name)
  const present = new Set(await readdir(folder))
  const file = LICENCE_FILES.find((candidate) => present.has(candidate))
  if (!file) throw new Error(`${name} ships no licence text`)
  return readFile(join(folder, file), "utf8")
}

/**
 * @param {Map<string, string>} files
 * @param {Record<string, string[]>} sources file of vendor/ to the packages it is made from
 */
async function manifest(files, sources) {
  const entries = Object.entries(sources).map(([file, packages]) => ({
    file,
    sha384: createHash("sha384").update(files.get(file) ?? "").digest("base64"),
    packages: packages.map((name) => ({ name, ...pinned(name) })),
  }))
  return JSON.stringify({ bundler: `esbuild ${pinned("esbuild").version}`, files: entries }, null, 2) + "\n"
}

/** @param {string} name */
function pinned(name) {
  const entry = lock.packages[`node_modules/${name}`]
  if (!entry) throw new Error(`${name} is not in package-lock.json`)
  return { version: entry.version, license: entry.license, integrity: entry.integrity }
}

const files = await vendored()
if (process.argv.includes("--check")) {
  const stale = []
  for (const [name, contents] of files) {
    const committed = await readFile(join(VENDOR, name), "utf8").catch(() => null)
    if (committed !== contents) stale.push(name)
  }
  const strangers = (await readdir(VENDOR)).filter((name) => !files.has(name))
  if (stale.length || strangers.length) {
    console.error(`vendor/ differs from what package-lock.json makes: ${[...stale, ...strangers].join(", ")}`)
    process.exit(1)
  }
  console.log(`vendor/ is what package-lock.json makes (${files.size} files)`)
} else {
  await mkdir(VENDOR, { recursive: true })
  for (const [name, contents] of files) await writeFile(join(VENDOR, name), contents)
  console.log(`wrote ${[...files.keys()].join(", ")}`)
}
