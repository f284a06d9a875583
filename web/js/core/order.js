/** Keeping order: what may be done about whom, what holds for somebody, and what is typed behind a slash. */

/**
 * @typedef {import("./chat.js").Chat} Chat
 * @typedef {import("./types.js").User} User
 * @typedef {{id: number, kind: "kick" | "mute" | "ban", user: User, reason: string, by: string, until?: number, addresses?: boolean, room?: string}} Ruling
 *   one that holds; without `room`, on the whole server
 * @typedef {"kick" | "mute" | "ban" | "unmute" | "unban"} Verb
 * @typedef {{verb: Verb, who: string | number, seconds?: number, reason: string} | {verb: "topic", topic: string}} Order
 */

export const RANKS = ["member", "moderator", "admin", "owner"]
const NOBODY = ["system", "imported"] // kinds of users
const PATIENCE_MS = 1_000
const LIST = 200
const LONGEST_S = 100 * 365 * 86_400
const UNITS = new Map([["s", 1], ["m", 60], ["h", 3_600], ["d", 86_400]]) // seconds

const ORDER = /^\/(kick|mute|unmute|ban|unban|topic)(?:\s+|$)/iu
const NAME = /^(?:"([^"]+)"|“([^”]+)”|(\S+))\s*/u
const TIME = /^((?:\d+[smhd])+)(?:\s+|$)/iu
const NUMBER = /^#(\d{1,15})$/u
const END_OF_NAME = /^(?:\s|$)/u

/** @param {string | null | undefined} role */
export function rankOf(role) {
  return RANKS.indexOf(role ?? "member")
}

/** @param {Chat} chat how high this person stands in the room looked at */
function ownRank({ me, room }) {
  return Math.max(rankOf(me?.role), rankOf(room?.you?.role))
}

/** Whether this person keeps order on the whole server. @param {Chat} chat */
export function keepsServer({ me }) {
  return rankOf(me?.role) >= rankOf("moderator")
}

/** Whether this person may rule on another in the room looked at, as far as the page knows; the server has the last word. @param {Chat} chat @param {User} user */
export function mayRuleOn(chat, user) {
  const { me, room } = chat
  if (!room?.you?.may_moderate || room.info.kind === "direct" || user.id === me?.id || NOBODY.includes(user.kind ?? "")) return false
  return rankOf(room.members.get(user.id)?.role ?? user.role) < ownRank(chat)
}

/** The roles that this person may give in the room. @param {Chat} chat @returns {string[]} */
export function rolesToGive(chat) {
  const rank = ownRank(chat)
  return RANKS.filter((role) => rankOf(role) < rank || rank === rankOf("owner"))
}

/**
 * What holds for somebody here and on the server, as far as this person may know.
 *
 * @param {Chat} chat
 * @param {User} user
 * @returns {Promise<Ruling[]>} none where that cannot be had within a second
 */
export async function rulingsOn(chat, user) {
  if (!mayRuleOn(chat, user)) return []
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, []))
  return Promise.race([listed(chat, user), late]).catch(() => [])
}

/**
 * All that holds in the room looked at, and for those who keep order there on the server.
 *
 * @param {Chat} chat
 * @param {User} [user] of this one alone
 * @returns {Promise<Ruling[]>} at most 200 of each; fails as the socket does
 */
export async function listed(chat, user) {
  const room = chat.room?.name
  const of = user ? { user: user.id } : {}
  const places = keepsServer(chat) ? [{ room }, {}] : [{ room }]
  const pages = await Promise.all(places.map((place) => chat.socket.command("bans", { ...place, ...of, limit: LIST })))
  return pages.flatMap(({ bans }, index) => bans.map((/** @type {Ruling} */ ruling) => ({ ...ruling, ...places[index] })))
}

/** Takes back what holds for somebody. @param {Chat} chat @param {Ruling} ruling */
export function lift({ socket }, { kind, user, room }) {
  return socket.command(kind === "mute" ? "unmute" : "unban", { user: user.id, ...(room ? { room } : {}) })
}

/**
 * What somebody has typed behind a slash.
 *
 * @param {string} typed
 * @param {string[]} names of those who are here: one may hold blanks
 * @returns {Order | {verb: string, lacks: "name"} | null} null where it is no order
 */
export function orderOf(typed, names) {
  const found = ORDER.exec(typed)
  if (!found) return null
  const verb = /** @type {Verb | "topic"} */ (found[1].toLowerCase())
  const rest = typed.slice(found[0].length).trim()
  if (verb === "topic") return { verb, topic: rest }
  const [who, more] = personIn(rest.replace(/^@/u, ""), names)
  if (who === "") return { verb, lacks: "name" }
  const time = verb === "mute" || verb === "ban" ? TIME.exec(more) : null
  const seconds = time ? secondsOf(time[1]) : 0
  return { verb, who, reason: more.slice(time?.[0].length ?? 0).trim(), ...(seconds > 0 ? { seconds } : {}) }
}

/** @param {string} text @param {string[]} names @returns {[string | number, string]} who, and what stands behind */
function personIn(text, names) {
  const folded = text.toLowerCase()
  const known = [...names].sort((a, b) => b.length - a.length).find((name) => folded.startsWith(name.toLowerCase()) && END_OF_NAME.test(text.slice(name.length)))
  if (known) return [known, text.slice(known.length).trim()]
  const match = NAME.exec(text)
  if (!match) return ["", ""]
  const name = match[1] ?? match[2] ?? match[3]
  const number = NUMBER.exec(name)
  return [number ? Number(number[1]) : name, text.slice(match[0].length)]
}

/** @param {string} time such as `1h30m` */
function secondsOf(time) {
  const parts = [...time.toLowerCase().matchAll(/(\d+)([smhd])/gu)]
  return Math.min(LONGEST_S, parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS.get(unit) ?? 0), 0))
}

/** In the words of a language: the largest unit that measures it whole. @param {number} seconds @param {string} locale */
export function spanWords(seconds, locale) {
  const units = /** @type {[string, number][]} */ ([["week", 604_800], ["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]])
  const [unit, size] = units.find(([, each]) => seconds % each === 0) ?? units[4]
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(seconds / size)
}
