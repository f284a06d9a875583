/** Starts the page: language, colours, then who I am. */
import { chat, preferences, translator } from "./context.js"
import { chooseLocale } from "./core/i18n.js"
import "./ui/sc-app.js"

const LOCALE_FILES = new Map([
  ["en", new URL("../locales/en.json", import.meta.url)],
  ["zh-CN", new URL("../locales/zh-CN.json", import.meta.url)],
])

const PATIENCE_MS = 1_500

let wanted = ""

async function useLocale() {
  const locale = chooseLocale(preferences.values.locale, navigator.languages)
  if (locale === wanted) return
  wanted = locale
  const response = await fetch(/** @type {URL} */ (LOCALE_FILES.get(locale)))
  const messages = await response.json()
  if (locale !== wanted) return
  document.documentElement.lang = locale
  translator.use(locale, messages)
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

/** The rest comes with the first connection, or when that lets itself be waited for; where it cannot be had, with the next one. */
const bringRest = () => import("./late.js").then(stopWaiting, () => {})
const stopWaiting = chat.on("connection", () => void (chat.socket.state !== "connecting" && bringRest()))
setTimeout(bringRest, PATIENCE_MS)

useTheme()
attend()
await Promise.all([useLocale(), chat.start()])
