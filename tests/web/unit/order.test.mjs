import assert from "node:assert/strict"
import { test } from "node:test"
import { mayRuleOn, orderOf, rolesToGive, spanWords } from "../../../web/js/core/order.js"

const NAMES = ["bob", "Mei Lin", "Mei", "张伟"]

test("an order names somebody, for how long and why", () => {
  assert.deepEqual(orderOf("/kick bob take a break", NAMES), { verb: "kick", who: "bob", reason: "take a break" })
  assert.deepEqual(orderOf("/mute bob 1h30m Cool down.", NAMES), { verb: "mute", who: "bob", seconds: 5_400, reason: "Cool down." })
  assert.deepEqual(orderOf("/ban @bob 7d", NAMES), { verb: "ban", who: "bob", seconds: 604_800, reason: "" })
  assert.deepEqual(orderOf("/BAN bob", NAMES), { verb: "ban", who: "bob", reason: "" })
  assert.deepEqual(orderOf("/unmute 张伟", NAMES), { verb: "unmute", who: "张伟", reason: "" })
})

test("a name may hold blanks, where somebody here has it or it stands in quotes", () => {
  assert.deepEqual(orderOf("/mute mei lin 10m spam", NAMES), { verb: "mute", who: "Mei Lin", seconds: 600, reason: "spam" })
  assert.deepEqual(orderOf("/mute Mei linger", NAMES), { verb: "mute", who: "Mei", reason: "linger" })
  assert.deepEqual(orderOf('/kick "Dan Okafor" why', NAMES), { verb: "kick", who: "Dan Okafor", reason: "why" })
  assert.deepEqual(orderOf("/kick #12 why", NAMES), { verb: "kick", who: 12, reason: "why" })
})

test("what is not an order is none, and one without a name says so", () => {
  for (const typed of ["/me waves", "/kicking bob", "kick bob", "/etc/hosts", " /kick bob"]) assert.equal(orderOf(typed, NAMES), null)
  assert.deepEqual(orderOf("/kick", NAMES), { verb: "kick", lacks: "name" })
  assert.deepEqual(orderOf("/topic  Cutting 0.4 on Friday ", NAMES), { verb: "topic", topic: "Cutting 0.4 on Friday" })
  assert.deepEqual(orderOf("/topic", NAMES), { verb: "topic", topic: "" })
})

const place = (me, you, members = []) => ({ me: { id: 1, role: me }, room: { you: { may_moderate: true, role: you }, info: {}, members: new Map(members) } })

test("one rules on those who stand lower, here or on the server", () => {
  assert.equal(mayRuleOn(place("member", "moderator"), { id: 2 }), true)
  assert.equal(mayRuleOn(place("member", "moderator"), { id: 1 }), false)
  assert.equal(mayRuleOn(place("member", "moderator", [[2, { id: 2, role: "moderator" }]]), { id: 2 }), false)
  assert.equal(mayRuleOn(place("admin", "member", [[2, { id: 2, role: "moderator" }]]), { id: 2 }), true)
  assert.equal(mayRuleOn(place("owner", "owner"), { id: 0, kind: "system" }), false)
  assert.equal(mayRuleOn({ me: { id: 1 }, room: null }, { id: 2 }), false)
})

test("one gives roles below one's own, and owners all", () => {
  assert.deepEqual(rolesToGive(place("member", "admin")), ["member", "moderator"])
  assert.deepEqual(rolesToGive(place("owner", "member")), ["member", "moderator", "admin", "owner"])
})

test("a span is told in its largest unit", () => {
  assert.deepEqual([600, 3_600, 86_400, 604_800, 5_400].map((seconds) => spanWords(seconds, "en")), ["10 minutes", "1 hour", "1 day", "1 week", "90 minutes"])
  assert.equal(spanWords(86_400, "zh-CN"), "1天")
})
