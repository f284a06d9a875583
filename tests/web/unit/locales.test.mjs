import assert from "node:assert/strict"
import { readFile, readdir } from "node:fs/promises"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { chooseLocale, clockTime, dateOf, fill, weekdayOf } from "../../../web/js/core/i18n.js"
import { ENTRIES, importedBy } from "../../../web/tools/preloads.mjs"

process.env.TZ = "Asia/Shanghai"

const WEB = new URL("../../../web/", import.meta.url)
const read = (path) => readFile(new URL(path, WEB), "utf8")
const locale = async (name) => JSON.parse(await read(`locales/${name}.json`))
const PARAMETER = /\{(\w+)/gu

async function sources() {
  const names = await readdir(fileURLToPath(new URL("js/", WEB)), { recursive: true })
  const files = names.filter((name) => name.endsWith(".js"))
  return Promise.all(files.map(async (name) => ({ name, text: await read(`js/${name}`) })))
}

test("both languages say the same things with the same values", async () => {
  const [english, chinese] = [await locale("en"), await locale("zh-CN")]

  assert.deepEqual(Object.keys(chinese).sort(), Object.keys(english).sort())
  for (const key of Object.keys(english)) {
    const values = (text) => [...new Set([...text.matchAll(PARAMETER)].map((match) => match[1]))].sort()
    assert.deepEqual(values(chinese[key]), values(english[key].replace(/\b(?:one|other) \{/gu, "")), key)
  }
})

test("every key is used and every used key is there", async () => {
  const english = await locale("en")
  const code = (await sources()).map((file) => file.text).join("\n")
  const used = new Set([...code.matchAll(/\b(?:t|parts)\("([\w.]+)"/gu)].map((match) => match[1]))

  for (const key of used) assert.ok(key in english, `${key} is used and has no words`)
  for (const key of Object.keys(english)) assert.ok(code.includes(`"${key}"`), `${key} has words and is not used`)
})

test("Chinese puts no blank before its punctuation and none around its brackets", async () => {
  for (const [key, text] of Object.entries(await locale("zh-CN"))) assert.doesNotMatch(text, /\s[，。：；（）！？]|[，。：；（）！？]\s/u, key)
})

test("the parts of the page hold no words of their own", async () => {
  for (const { name, text } of await sources()) {
    if (!name.startsWith("ui/")) continue
    const words = text.matchAll(/>\s*([A-Za-z][a-z]+(?: [a-z]+)*[.…]?)\s*</gu)
    for (const [, word] of words) assert.ok(["sanchat", "Enter", "Shift Enter"].includes(word), `${name}: "${word}"`)
  }
})

test("nothing that could turn text into markup is used", async () => {
  const banned = /\binnerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|unsafeHTML|\sstyle=|\son[a-z]+=["$]/u
  for (const { name, text } of await sources()) assert.doesNotMatch(text, banned, name)
})

test("no file of the page is longer than four hundred lines", async () => {
  for (const { name, text } of await sources()) assert.ok(text.split("\n").length <= 400, name)
})

test("index.html preloads what a first visit runs, no more and no less", async () => {
  const [, ...modules] = await importedBy(...ENTRIES)
  const page = await read("index.html")
  const preloaded = [...page.matchAll(/modulepreload" href="\/static\/build\/([^"]+)"/gu)].map((match) => match[1])

  assert.deepEqual(preloaded.sort(), modules.sort())
})

test("index.html has no script and no style of its own and stays on its server", async () => {
  const page = await read("index.html")

  assert.doesNotMatch(page, /<style|style=|<script(?![^>]* src="\/static\/build\/)|https?:|\son\w+=/u)
})

test("values and plurals go where the sentence wants them", () => {
  const pattern = "{count, plural, one {# room} other {# rooms}} for {name}"

  assert.equal(fill(pattern, { count: 1, name: "ana" }, "en").join(""), "1 room for ana")
  assert.equal(fill(pattern, { count: 1200, name: "ana" }, "en").join(""), "1,200 rooms for ana")
  assert.equal(fill("{count} 条", { count: 3 }, "zh-CN").join(""), "3 条")
})

test("a value with braces stays as it was typed", () => {
  assert.equal(fill("{name} left", { name: "{count, plural}" }, "en").join(""), "{count, plural} left")
})

test("dates read naturally in both languages", () => {
  const noon = Date.UTC(2026, 10, 20, 4)

  assert.deepEqual([weekdayOf(noon, "en"), dateOf(noon, "en", noon), clockTime(noon, "en")], ["Friday", "20 November", "12:00"])
  assert.deepEqual([weekdayOf(noon, "zh-CN"), dateOf(noon, "zh-CN", noon), clockTime(noon, "zh-CN")], ["星期五", "11月20日", "12:00"])
  assert.equal(dateOf(noon, "en", Date.UTC(2027, 1, 1)), "20 November 2026")
})

test("the language is the person's choice, else the browser's, else English", () => {
  assert.equal(chooseLocale("zh-CN", ["en-GB"]), "zh-CN")
  assert.equal(chooseLocale(null, ["fr", "zh-TW", "en"]), "zh-CN")
  assert.equal(chooseLocale(null, ["de"]), "en")
  assert.equal(chooseLocale("xx", ["en-US", "zh"]), "en")
})
