import assert from "node:assert/strict"
import { test } from "node:test"
import { Composition, isInsideFence, isSendKey } from "../../../web/js/core/keys.js"
import { linkPieces, safeAddress } from "../../../web/js/text/links.js"

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
