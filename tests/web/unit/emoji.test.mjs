import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { test } from "node:test"
import { gzipSync } from "node:zlib"
import { search, tableOf } from "../../../web/js/text/emoji.js"

const WEB = new URL("../../../web/", import.meta.url)
const BUDGET = 66 * 1024 // bytes, the table and what draws it
const table = tableOf(JSON.parse(await readFile(new URL("vendor/emoji.json", WEB), "utf8")))
const first = (query) => search(table, query, 1)[0]?.emoji

test("an emoji is found by its names in English and in Chinese", () => {
  const wanted = [
    ["smile", "😄"], ["heart", "❤️"], ["+1", "👍"], ["thumbs_up", "👍"], ["tada", "🎉"], ["Thumbs UP", "👍"], ["heart_eyes", "😍"], ["rock", "🪨"],
    ["大笑", "😄"], ["爱", "❤️"], ["拇指", "👍"], ["赞", "👍"], ["中国", "🇨🇳"], ["flag china", "🇨🇳"],
  ]

  for (const [query, emoji] of wanted) assert.equal(first(query), emoji, query)
})

test("what is not there is not found, and nothing is found for nothing", () => {
  for (const query of ["", "  ", ":", "xyzzy", "没有这个"]) assert.deepEqual(search(table, query, 8), [], query)
})

test("no more is found than was asked for", () => {
  assert.equal(search(table, "s", 8).length, 8)
})

test("every emoji has its names, stands in one group and once in the table", () => {
  assert.equal(table.groups.flat().length, table.all.length)
  assert.equal(new Set(table.all.map((each) => each.emoji)).size, table.all.length)
  for (const { emoji, names } of table.all) assert.ok(names.en && names.zh, emoji)
})

test("an emoji is the same text as where it is typed", () => {
  const known = new Set(table.all.map((each) => each.emoji))

  for (const emoji of ["👍", "❤️", "😄", "🎉", "👀", "🙏", "🇨🇳", "🏳️‍🌈"]) assert.ok(known.has(emoji), emoji)
})

test("the picker and its table stay within their budget", async () => {
  const files = ["vendor/emoji.json", "js/text/emoji.js", "js/ui/emoji-picker.js"]
  const sizes = await Promise.all(files.map(async (name) => gzipSync(await readFile(new URL(name, WEB)), { level: 9 }).length))

  assert.ok(sizes.reduce((sum, size) => sum + size, 0) <= BUDGET, String(sizes))
})
