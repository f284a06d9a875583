import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { test } from "node:test"
import { gzipSync } from "node:zlib"
import { firstLines, highlighted, isColoured, KNOWN } from "../../../web/js/text/highlight.js"
import { lowlight } from "../../../web/vendor/highlight.js"

const BUDGET = 28 * 1024 // bytes
const textOf = (pieces) => pieces.map((piece) => piece.text).join("")
const kindOf = (pieces, text) => pieces.find((piece) => piece.text === text)?.kind

test("code becomes pieces that together are the code", async () => {
  const code = '@app.get("/")\nasync def feed(a):\n    return f"{a} <b>"  # 你好\n'

  const pieces = await highlighted(code, "Python")

  assert.equal(textOf(pieces), code)
  const kinds = ["async", "feed", '"/"', "# 你好"].map((text) => kindOf(pieces, text))
  assert.deepEqual(kinds, ["keyword", "function", "string", "comment"])
  assert.equal(kindOf(pieces, "{a}"), "")
})

test("every language of the list is known to the highlighter, and all of the highlighter's are in it", () => {
  for (const name of KNOWN) assert.ok(lowlight.registered(name), name)
  assert.equal(lowlight.listLanguages().length, 15)
  for (const name of lowlight.listLanguages()) assert.ok(KNOWN.has(name), name)
})

test("code of an unknown language, of more than 20 KB, or with an endless word keeps one colour", () => {
  const line = "x = '字'\n"

  assert.ok(isColoured(line, "PY"))
  assert.ok(!isColoured(line, "klingon"))
  assert.ok(!isColoured(line, ""))
  assert.ok(!isColoured(line.repeat(2_100), "py"))
  assert.ok(!isColoured("a".repeat(4_000), "c"))
})

test("code that nests too deeply to be read fails and leaves the rest of the page alone", async () => {
  await assert.rejects(highlighted("`${ ".repeat(5_000), "js"), RangeError)
})

test("the first lines are cut where they end, wherever the pieces do", async () => {
  const code = Array.from({ length: 30 }, (_, number) => `"""a\nb ${number}"""`).join("\n")
  const pieces = await highlighted(code, "python")

  for (const count of [1, 2, 19, 20]) {
    assert.equal(textOf(firstLines(pieces, count)), code.split("\n").slice(0, count).join("\n"))
  }
  assert.equal(textOf(firstLines([{ text: "a", kind: "" }], 20)), "a")
})

test("the highlighter stays within its budget", async () => {
  const files = ["vendor/highlight.js", "js/text/highlight.js"].map((name) => new URL(`../../../web/${name}`, import.meta.url))
  const sizes = await Promise.all(files.map(async (file) => gzipSync(await readFile(file), { level: 9 }).length))

  assert.ok(sizes.reduce((sum, size) => sum + size, 0) <= BUDGET, String(sizes))
})
