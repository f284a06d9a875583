/** Starts the page: language, colours, who I am, keys, what the tab says. */
import { chat, preferences, router, translator } from "./context.js"
import { chooseLocale } from "./core/i18n.js"
import { Composition } from "./core/typed.js"
import { newsIn } from "./core/store.js"
import "./ui/sc-app.js"
import { brought } from "./ui/view.js"

const ACTIONS = ["pointerdown", "pointermove", "keydown", "input"]
/** With Ctrl or Cmd, Alt and Shift ahead of it. */
const HOT_KEY = /^(?:C k|CS? \/|C?S? F6|S Escape|AS? Arrow(?:Up|Down))$/iu
const TAKES_TEXT = "input, textarea, select, [contenteditable], dialog, [role=menu], article"

const ICON = new URL("../favicon.svg", import.meta.url).href
const UNREAD_ICON = new URL("../favicon-unread.svg", import.meta.url).href

let badge = 0

const composition = new Composition()

let wanted = ""

async function useLocale() {
  const locale = chooseLocale(preferences.values.locale, navigator.languages)
  if (locale === wanted) return
  wanted = locale
  const response = await fetch(new URL(`../locales/${locale}.json`, import.meta.url))
  const messages = await response.json()
  if (locale !== wanted) return
  document.documentElement.lang = locale
  translator.use(locale, messages)
  if (locale !== "en") import("./ui/refusals.js").then(({ learn }) => learn(locale)).catch(() => {})
}

function useTheme() {
  const { theme } = preferences.values
  if (theme) document.documentElement.dataset.theme = theme
  else delete document.documentElement.dataset.theme
}

preferences.on("change", () => {
  useTheme()
  void useLocale()
})
addEventListener("online", () => chat.socket.setOnline(true))
addEventListener("offline", () => chat.socket.setOnline(false))
addEventListener("languagechange", () => void useLocale())
document.addEventListener("visibilitychange", () => document.hidden || chat.socket.tryNow())

const attend = () => chat.attend(!document.hidden && document.hasFocus())
for (const topic of ["focus", "blur"]) addEventListener(topic, attend)
document.addEventListener("visibilitychange", attend)

addEventListener("compositionstart", () => composition.start())
addEventListener("compositionend", () => composition.end())
addEventListener("keydown", (event) => {
  const { key, altKey, shiftKey, ctrlKey, metaKey, target } = event
  if (chat.phase !== "chat" || event.defaultPrevented || composition.covers(event) || document.querySelector("dialog[open], .menu-layer")) return
  if (HOT_KEY.test(`${ctrlKey || metaKey ? "C" : ""}${altKey ? "A" : ""}${shiftKey ? "S" : ""} ${key}`)) {
    event.preventDefault()
    void brought(() => import("./ui/keyboard.js")).then((keyboard) => keyboard?.act(event))
  } else if ([...key].length === 1 && key !== " " && !ctrlKey && !metaKey && !altKey && !/** @type {Element} */ (target).closest(TAKES_TEXT)) {
    // The key itself then does the rest.
    document.getElementById("composer-field")?.focus()
  }
})

function attract() {
  for (const topic of ["session", "rooms", "room"]) chat.on(topic, label)
  router.on("change", label)
  for (const topic of ["heard", "announced", "news"]) chat.on(topic, (news) => import("./ui/attention.js").then(({ draw }) => draw(topic, news), () => {}))
  label()
}

function label() {
  const { mentions, isWaiting } = waiting()
  const place = chat.phase === "chat" && chat.room ? `${chat.room.label?.replace(/^#/u, "")} · ${chat.serverName}` : chat.serverName
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

  navigator.setAppBadge?.(mentions).catch(() => {})
}

useTheme()
attend()
await Promise.all([useLocale(), router.link ? ask() : chat.start()])
attract()

function ask() {
  chat.phase = "join"
  chat.emit("session")
}

/** What is for somebody who does something comes with the first thing they do. */
const bringRest = () => {
  for (const action of ACTIONS) removeEventListener(action, bringRest, true)
  import("./ui/late.js").then(({ prepare }) => prepare(), () => {})
}
for (const action of ACTIONS) addEventListener(action, bringRest, true)
