import assert from "node:assert/strict"
import { test } from "node:test"
import { matching, triggerAt } from "../../../web/js/core/completion.js"
import { closedBecause, deedOf, fenced, marked, withCodeBlock } from "../../../web/js/core/editing.js"
import { isBlank, isSendKey, lengthOf, mentionPieces, messageOf } from "../../../web/js/core/typed.js"
import { slowModeOf } from "../../../web/js/core/room.js"
import { linkPieces } from "../../../web/js/text/markdown.js"

const NOW = 1_790_000_000_000

/** The text after a mark was put in or taken away, with the selection in square brackets. */
function after(text, mark) {
  const [start, end] = [text.indexOf("["), text.indexOf("]") - 1]
  const plain = text.replace(/[[\]]/gu, "")
  const change = marked({ text: plain, start, end }, mark)
  const next = plain.slice(0, change.from) + change.words + plain.slice(change.to)
  return `${next.slice(0, change.start)}[${next.slice(change.start, change.end)}]${next.slice(change.end)}`
}

test("what Enter does is what the person wants, else what the pointer suggests", () => {
  const enter = { key: "Enter" }

  assert.deepEqual([true, false].map((isCoarse) => isSendKey(enter, { isCoarse, enter: null })), [false, true])
  assert.deepEqual([true, false].map((isCoarse) => isSendKey(enter, { isCoarse, enter: "send" })), [true, true])
  assert.deepEqual([true, false].map((isCoarse) => isSendKey(enter, { isCoarse, enter: "break" })), [false, false])
  assert.ok(isSendKey({ ...enter, metaKey: true }, { isCoarse: true, enter: "break" }))
  assert.ok(!isSendKey({ ...enter, shiftKey: true }, { isCoarse: false, enter: "send" }))
})

test("marks go around the words and come off again", () => {
  const table = [
    ["say [it] loud", "**", "say **[it]** loud"],
    ["say **[it]** loud", "**", "say [it] loud"],
    ["say [ it ]loud", "*", "say  *[it]* loud"],
    ["say *[it]* loud", "**", "say ***[it]*** loud"],
    ["say ***[it]*** loud", "*", "say **[it]** loud"],
    ["say **[it]** loud", "*", "say ***[it]*** loud"],
    ["[x]", "`", "`[x]`"],
    ["`[x]`", "`", "[x]"],
    ["a[] b", "**", "a**[]** b"],
    ["**注意：[请]看**", "*", "**注意：*[请]*看**"],
  ]

  for (const [before, mark, wanted] of table) assert.equal(after(before, mark), wanted, `${before} ${mark}`)
})

test("several lines marked as code become a block of it", () => {
  assert.equal(after("[a\nb]", "`"), "```\na\nb\n```[]")
})

test("a fence is longer than any inside it", () => {
  assert.equal(fenced("a\n"), "```\na\n```")
  assert.equal(fenced("````\na\n````"), "`````\n````\na\n````\n`````")
})

test("a pasted part becomes a block on lines of its own, where it still is there", () => {
  assert.equal(withCodeBlock("see: a\nb!", "a\nb"), "see: \n```\na\nb\n```\n!")
  assert.equal(withCodeBlock("a\nb", "a\nb"), "```\na\nb\n```")
  assert.equal(withCodeBlock("a\nc", "a\nb"), null)
})

test("keys with other meanings are left alone", () => {
  const field = { isEmpty: false, isApple: false }

  assert.deepEqual(deedOf({ key: "B", ctrlKey: true }, field), { does: "mark", mark: "**" })
  assert.equal(deedOf({ key: "b", ctrlKey: true }, { ...field, isApple: true }), null)
  assert.deepEqual(deedOf({ key: "e", metaKey: true }, { ...field, isApple: true }), { does: "mark", mark: "`" })
  for (const key of [{ key: "b" }, { key: "b", ctrlKey: true, shiftKey: true }, { key: "c", ctrlKey: true }, { key: "ArrowUp" }, { key: "PageUp", shiftKey: true }]) {
    assert.equal(deedOf(key, field), null, JSON.stringify(key))
  }
  assert.deepEqual(deedOf({ key: "ArrowUp" }, { ...field, isEmpty: true }), { does: "editLast" })
})

test("length is counted as the server counts it", () => {
  assert.deepEqual(["", "abc", "你好", "👍", "👨‍👩‍👧‍👦", "é"].map(lengthOf), [0, 3, 2, 1, 7, 1])
})

test("blank is what the server calls blank", () => {
  for (const text of ["", " \n\t", "\u3000\u00A0", "\u0085", "\u001C"]) assert.ok(isBlank(text), JSON.stringify(text))
  for (const text of ["x", "\u200B", "\uFEFF", "。"]) assert.ok(!isBlank(text), JSON.stringify(text))
})

test("an action is what is done, without its command", () => {
  assert.deepEqual(messageOf("/me waves"), { text: "waves", kind: "action" })
  for (const text of ["/me", "/me  ", "/mean it", "see /me"]) assert.deepEqual(messageOf(text), { text })
})

test("a closed room says why and until when", () => {
  const you = (code, until) => ({ may_post: false, slow_mode_s: 0, refusal: { code, message: "words", until } })

  assert.equal(closedBecause(null, NOW), null)
  assert.equal(closedBecause({ info: { name: "a" }, you: null }, NOW), null)
  assert.deepEqual(closedBecause({ info: { name: "a", archived_at: 5 } }, NOW), { why: "archived", at: 5 })
  assert.deepEqual(closedBecause({ info: { name: "a" }, you: you("muted", NOW + 1) }, NOW), { why: "muted", at: NOW + 1 })
  assert.equal(closedBecause({ info: { name: "a" }, you: you("muted", NOW) }, NOW), null)
  assert.deepEqual(closedBecause({ info: { name: "a" }, you: you("muted") }, NOW), { why: "muted", at: undefined })
  assert.deepEqual(closedBecause({ info: { name: "a", posting: "moderators" }, you: you("forbidden") }, NOW), { why: "moderators" })
  assert.deepEqual(closedBecause({ info: { name: "a" }, you: you("forbidden") }, NOW), { why: "other", message: "words" })
})

test("slow mode is what holds for this person, else for the room", () => {
  const info = { name: "a", slow_mode_s: 10 }

  assert.equal(slowModeOf({ info }), 10)
  assert.equal(slowModeOf({ info, you: { may_post: true, slow_mode_s: 0 } }), 0)
  assert.equal(slowModeOf(undefined), 0)
})

test("emoji are completed by letters, and by a Chinese word behind a blank", () => {
  const query = (text) => (triggerAt(text, text.length)?.sign === ":" ? triggerAt(text, text.length).query : null)

  for (const [text, wanted] of [[":ta", "ta"], ["好的:ta", "ta"], ["x :+1", "+1"], [":大笑", "大笑"], ["好 ：大笑", "大笑"], ["：ta", "ta"]]) assert.equal(query(text), wanted, text)
  for (const text of [":t", "12:30", "http:ta", "注意:大笑", "注意：大笑", "a:)", ":-)", "::ta"]) assert.equal(query(text), null, text)
})

test("people are found by what else they are known by, and nothing is offered for what is written out whole", () => {
  const people = [{ value: "@张伟", label: "张伟", also: ["zhangwei", "zw"] }, { value: "@ana", label: "ana" }]

  assert.deepEqual(matching(people, "zhang").map((each) => each.label), ["张伟"])
  assert.deepEqual(matching(people, "ZW").map((each) => each.label), ["张伟"])
  assert.deepEqual(matching(people, "ana"), [])
  assert.deepEqual(matching([...people, { value: "@anabel", label: "anabel" }], "ana").map((each) => each.label), ["ana", "anabel"])
})

test("rooms are named behind a sign of their own", () => {
  const named = (text) => mentionPieces(text, ["ops", "ops-alerts", "设计"], "#").filter((piece) => piece.name).map((piece) => piece.text)

  assert.deepEqual(named("#ops-alerts #OPS. 看#设计吧"), ["#ops-alerts", "#OPS", "#设计"])
  assert.deepEqual(named("#ops-other #opsx a#ops @ops"), [])
})

test("letters of no neighbouring script are shown as the network sees them, those of East Asia as they are", () => {
  const shown = (text) => linkPieces(text)[0].text

  for (const address of ["https://例え.jp/", "https://新闻cn.example/", "https://kôb.example/"]) assert.equal(shown(address), address)
  for (const address of ["https://аpple.example/", "https://gοogle.example/", "https://ab\u0e01.example/"]) assert.match(shown(address), /xn--/u, address)
})
