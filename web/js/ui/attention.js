/** Calls for attention: the tab's title and icon, the badge of an installed page, the sentence for screen readers. */
import { chat, preferences, router, t, translator } from "../context.js"
import { Announcer } from "../core/announce.js"
import { newsIn } from "../core/store.js"

const ICON = new URL("../../favicon.svg", import.meta.url).href
const UNREAD_ICON = new URL("../../favicon-unread.svg", import.meta.url).href
const SAID_MS = 5_000
const clock = { now: Date.now, setTimeout: (/** @type {() => void} */ callback, /** @type {number} */ ms) => setTimeout(callback, ms), clearTimeout }

let badge = 0

/** From here on the tab follows the model. */
export function attract() {
  const announcer = new Announcer(clock, speak)
  for (const topic of ["session", "rooms", "room"]) chat.on(topic, label)
  router.on("change", label)
  chat.on("heard", ({ room, message }) => room.key === chat.current && announcer.add(`${message.user.name}: ${message.text ?? ""}`))
  chat.on("announced", (text) => announcer.add(text))
  chat.on("heard", ({ room, message, isCalled }) => alertTo({ room: room.name, from: message.user.name, text: message.text, isCalled }))
  chat.on("news", (news) => alertTo(news))
  label()
}

/** @param {Parameters<typeof import("./notify.js").alertTo>[0]} news */
async function alertTo(news) {
  const { notifications, sound } = preferences.values
  if (notifications || sound) (await import("./notify.js").catch(() => null))?.alertTo(news)
}

/** The tab says what waits: how many call this person, else whether there is anything. */
function label() {
  const { mentions, isWaiting } = waiting()
  const place = chat.phase === "chat" && chat.room ? `${chat.room.name} · ${chat.serverName}` : chat.serverName
  const waits = isWaiting ? `• ${place}` : place
  document.title = mentions > 0 ? `(${mentions}) ${place}` : waits
  mark(mentions, mentions > 0 || isWaiting)
}

function waiting() {
  const { own } = chat.list
  const news = own.filter((room) => !(chat.isAttended && room.name === chat.room?.name)).map(newsIn)
  return {
    mentions: news.reduce((sum, { count, isForMe }) => sum + (isForMe ? count : 0), 0),
    isWaiting: news.some(({ isUnread }) => isUnread),
  }
}

/** @param {number} mentions @param {boolean} isWaiting */
function mark(mentions, isWaiting) {
  const icon = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=icon]"))
  const href = isWaiting ? UNREAD_ICON : ICON
  if (icon && icon.href !== href) icon.href = href
  if (mentions === badge) return
  badge = mentions
  // Only installed pages on https have a badge; where there is none, the title says it.
  navigator.setAppBadge?.(mentions).catch(() => {})
}

/** @param {string[]} lines @param {number} more */
function speak(lines, more) {
  const region = document.getElementById("announcements")
  if (!region) return
  const words = more > 0 ? t("announce.count", { count: more }) : lines.join(translator.locale === "en" ? ". " : "。")
  region.textContent = words
  setTimeout(() => region.textContent === words && (region.textContent = ""), SAID_MS)
}
