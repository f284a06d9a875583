import assert from "node:assert/strict"
import { test } from "node:test"
import { matching, triggerAt } from "../../../web/js/core/completion.js"
import { Composition, isInsideFence, isSendKey, mentionPieces } from "../../../web/js/core/typed.js"
import { linkPieces, safeAddress, treeOf, wordsOf } from "../../../web/js/text/markdown.js"

const links = (text) => linkPieces(text).filter((piece) => piece.href).map((piece) => piece.text)

test("addresses end where the sentence goes on", () => {
  const table = [
    ["see https://a.example/x.", "https://a.example/x"],
    ["(https://a.example/x)", "https://a.example/x"],
    ["https://a.example/x_(y) and", "https://a.example/x_(y)"],
    ["看https://a.example/路径。然后", "https://a.example/路径"],
    ["见 https://a.example/x，谢谢", "https://a.example/x"],
    ["“https://a.example/x”", "https://a.example/x"],
    ["<https://a.example/?q=1&r=2>", "https://a.example/?q=1&r=2"],
    ["**https://a.example/**", "https://a.example/"],
    ["mailto:ana@chat.example!", "mailto:ana@chat.example"],
  ]

  for (const [text, address] of table) assert.deepEqual(links(text), [address], text)
})

test("nothing but web and mail addresses becomes a link", () => {
  for (const text of ["javascript:alert(1)", "data:text/html,x", "ftp://a.example", "http://", "https://[", "mailto:", "JaVaScRiPt://x", "vbscript:x", "xhttps://a.example"]) {
    assert.deepEqual(links(text), [], text)
  }
  assert.equal(safeAddress("javascript:alert(1)"), null)
})

test("the pieces together are the text, byte for byte", () => {
  for (const text of ["", "  a\n\nb  ", "x https://a.example/y z\n", "https://a.example", "<b>&amp;</b>", "[".repeat(16_000), "https://".repeat(2_000), ")".repeat(16_000)]) {
    assert.equal(linkPieces(text).map((piece) => piece.text).join(""), text)
  }
})

test("a host name that mixes alphabets is shown as the network sees it", () => {
  const [piece] = linkPieces("https://аpple.example/")

  assert.match(piece.text, /^https:\/\/xn--/u)
})

test("every key belongs to the input method while it is at work", () => {
  const composition = new Composition()
  composition.start()

  assert.equal(composition.covers({ isComposing: false, keyCode: 13 }), true)
  composition.end()

  assert.equal(composition.covers({ isComposing: false, keyCode: 13 }), false)
})

test("the Enter that ends a composition never sends, in both orders of events", () => {
  const keydownFirst = new Composition()
  keydownFirst.start()
  assert.equal(keydownFirst.covers({ isComposing: true, keyCode: 229 }), true)
  keydownFirst.end()

  const endFirst = new Composition()
  endFirst.start()
  endFirst.end()
  assert.equal(endFirst.covers({ isComposing: false, keyCode: 229 }), true)
})

test("Enter sends with a mouse and breaks the line with a finger", () => {
  const enter = { key: "Enter" }

  assert.equal(isSendKey(enter, { isCoarse: false }), true)
  assert.equal(isSendKey(enter, { isCoarse: true }), false)
  assert.equal(isSendKey({ ...enter, ctrlKey: true }, { isCoarse: true }), true)
  assert.equal(isSendKey({ ...enter, shiftKey: true }, { isCoarse: false }), false)
  assert.equal(isSendKey({ key: "a" }, { isCoarse: false }), false)
})

test("Enter in an open code fence breaks the line", () => {
  assert.equal(isInsideFence("```js\nlet a", 11), true)
  assert.equal(isInsideFence("```js\nlet a\n```\n", 16), false)
  assert.equal(isInsideFence("a ``` b", 7), false)
})

/** The tree as brackets, so that a table can be read. */
function drawn(nodes) {
  return nodes.map(({ type, text, href, children }) => {
    if (type === "text") return text
    const inner = text ?? drawn(children)
    return type === "paragraph" || type === "plain" ? inner : `${type}(${href ? `${href} ` : ""}${inner})`
  }).join("")
}

test("Markdown is read the same in Chinese and in English", () => {
  const table = [
    ["**注意：**请看", "strong(注意：)请看"],
    ["请**注意！**然后", "请strong(注意！)然后"],
    ["*a* **b** ~~c~~ `d`", "em(a) strong(b) strike(c) code(d)"],
    ["a_b_c", "a_b_c"],
    ["看https://a.example/路径。然后", "看link(https://a.example/%E8%B7%AF%E5%BE%84 https://a.example/路径)。然后"],
    ["见 https://a.example/x，谢谢", "见 link(https://a.example/x https://a.example/x)，谢谢"],
    ["https://a.example/_x_/*y*/z", "link(https://a.example/_x_/*y*/z https://a.example/_x_/*y*/z)"],
    ["**https://a.example/**", "strong(link(https://a.example/ https://a.example/))"],
    ["[这里](https://a.example/)", "link(https://a.example/ 这里)"],
    ["- a\n- b", "list(item(a)item(b))"],
    ["> a\n\nb", "quote(a)b"],
    ["```js\na\n b\n```", "fence(a\n b)"],
    ["a\nb", "a\nb"],
  ]

  for (const [text, tree] of table) assert.equal(drawn(treeOf(text)), tree, text)
})

test("what is not allowed stays as it was typed", () => {
  const table = [
    "<b>", "<img src=x>", "# title", "---", "&amp;", "| a | b |", "[x](javascript:alert(1))", "[x](data:text/html,y)", "[x](/r/lobby)",
    "-", "```", ">", "1.", "    a".trim(), "a\n===",
  ]

  for (const text of table) assert.equal(drawn(treeOf(text)), text)
  assert.equal(drawn(treeOf("![x](https://a.example/y.png)")), "!link(https://a.example/y.png x)")
})

test("no text takes long to read, and none of it is lost", () => {
  const table = ["*".repeat(16_000), "[".repeat(16_000), "> ".repeat(8_000) + "x", "`".repeat(16_000), "x".repeat(65_536), "http:".repeat(3_000), "- ".repeat(8_000) + "x", "[a](".repeat(4_000)]
  const bare = (text) => text.replaceAll(" ", "")

  for (const text of table) {
    const start = performance.now()
    const words = wordsOf(treeOf(text))
    assert.ok(performance.now() - start < 1_000, text.slice(0, 10))
    assert.equal(bare(words), bare(text))
  }
})

test("people are called by name, with blanks in it and without one behind it", () => {
  const names = ["ana", "Ana Costa", "张伟"]
  const called = (text) => mentionPieces(text, names).filter((piece) => piece.name).map((piece) => piece.name)

  assert.deepEqual(called("@Ana Costa and @ana, @ANA!"), ["Ana Costa", "ana", "ana"])
  assert.deepEqual(called("请@张伟看一下"), ["张伟"])
  assert.deepEqual(called("ana@ana.example @anabel @nobody @"), [])
  assert.equal(mentionPieces("x @ana y", names).map((piece) => piece.text).join(""), "x @ana y")
})

test("a name is completed where a sign calls for one, after Chinese text too", () => {
  const table = [
    ["@", "@", 0, ""], ["hi @an", "@", 3, "an"], ["请@张", "@", 1, "张"], ["@Ana C", "@", 0, "Ana C"], ["看#发", "#", 1, "发"],
    ["/m", "/", 0, "m"], ["(@b", "@", 1, "b"],
  ]

  for (const [text, sign, from, query] of table) assert.deepEqual(triggerAt(text, text.length), { sign, from, query }, text)
  for (const text of ["", "ana@chat", "C#", "a /me", "/me x", "@ana\n", "https://a.example/#x"]) assert.equal(triggerAt(text, text.length), null, text)
  assert.equal(triggerAt("@ana and more", 3).query, "an")
})

test("names that begin so come first, and never more than eight", () => {
  const names = (list) => list.map((label) => ({ value: label, label }))

  const found = matching(names(["Banana", "Costa Ana", "Ana", "ben"]), "an").map((each) => each.label)

  assert.deepEqual(found, ["Ana", "Costa Ana", "Banana"])
  assert.deepEqual(matching(names(["陈静", "张伟"]), "张").map((each) => each.label), ["张伟"])
  assert.deepEqual(matching(names(["ana", "Ana Costa"]), "ana "), [])
  assert.deepEqual(matching(names(["Ana Costa"]), "ana ").length, 1)
  assert.equal(matching(names(Array.from({ length: 20 }, (_, index) => `ana${index}`)), "").length, 8)
})
