/** Draws attention to news: the sentence for screen readers, notifications, the sound. Loaded with the first news. */
import { chat, clock, preferences, t, translator } from "../context.js"
import { Announcer } from "../core/announce.js"
import { known } from "./refusals.js"

const SAID_MS = 5_000

const announcer = new Announcer(clock, speak)

/** @param {string} topic of the chat: `heard`, `announced` or `news` @param {any} news what came with it */
export function draw(topic, news) {
  if (topic === "announced") return announcer.add(known(news) ?? news)
  if (topic === "news") return void alertTo(news)
  const { room, message, isCalled } = news
  if (room.key === chat.current) announcer.add(`${message.user.name}: ${message.text ?? ""}`)
  void alertTo({ room: room.name, from: message.user.name, text: message.text, seq: message.seq, isCalled })
}

/** @param {Parameters<typeof import("./notify.js").alertTo>[0]} news */
async function alertTo(news) {
  const { notifications, sound } = preferences.values
  if (notifications || sound) (await import("./notify.js").catch(() => null))?.alertTo(news)
}

/** One sentence after the other. @param {string[]} lines */
function together(lines) {
  const [stop, space] = translator.locale === "en" ? [".", " "] : ["。", ""]
  return lines.map((line, index) => (index === lines.length - 1 || /[.!?。！？]$/u.test(line) ? line : line + stop)).join(space)
}

/** @param {string[]} lines @param {number} more */
function speak(lines, more) {
  const region = document.getElementById("announcements")
  if (!region) return
  const words = more > 0 ? t("announce.count", { count: more }) : together(lines)
  region.textContent = words
  setTimeout(() => region.textContent === words && (region.textContent = ""), SAID_MS)
}
