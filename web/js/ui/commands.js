/** What may stand behind a slash at the beginning of a message, besides text: what the person may do. */
import { chat, t } from "../context.js"
import { orderOf } from "../core/order.js"
import { roomKey } from "../core/store.js"

/**
 * @typedef {{name: string, help: () => string, isForModerators?: boolean}} Command
 * @typedef {{(): Promise<boolean>}} Run answers whether it was done
 */

/** @type {Command[]} */
const COMMANDS = [
  { name: "me", help: () => t("command.me") },
  { name: "leave", help: () => t("command.leave") },
  { name: "topic", help: () => t("command.topic"), isForModerators: true },
  { name: "mute", help: () => t("command.mute"), isForModerators: true },
  { name: "unmute", help: () => t("command.unmute"), isForModerators: true },
  { name: "kick", help: () => t("command.kick"), isForModerators: true },
  { name: "ban", help: () => t("command.ban"), isForModerators: true },
  { name: "unban", help: () => t("command.unban"), isForModerators: true },
]

/** Those that this person may use here. */
export function commands() {
  return COMMANDS.filter(({ isForModerators }) => !isForModerators || chat.room?.you?.may_moderate)
}

/** What to do instead of sending it. @param {string} typed @returns {Run | undefined} */
export function commandOf(typed) {
  if (/^\/leave\s*$/iu.test(typed)) return leave
  const members = [...(chat.room?.members.values() ?? [])]
  const order = orderOf(typed, members.map(({ name }) => name))
  if (order === null) return undefined
  if ("lacks" in order) return () => Promise.reject(new Error(t("command.lacksName", { command: `/${order.verb}` })))
  if (order.verb === "topic") return () => setTopic(order.topic)
  return () => keepOrder(order, members)
}

/** @param {string} topic */
async function setTopic(topic) {
  await chat.socket.command("set_room", { room: chat.room?.name, topic })
  return true
}

/** @param {Exclude<import("../core/order.js").Order, {verb: "topic"}>} order @param {import("../core/types.js").User[]} members */
async function keepOrder({ verb, who, ...wish }, members) {
  const { rule, takeBack } = await import("./moderation.js")
  const known = members.find(({ id, name }) => id === who || (typeof who === "string" && roomKey(name) === roomKey(who)))
  const user = known ?? { id: who, name: String(who) }
  if (verb === "unmute" || verb === "unban") return takeBack(verb === "unmute" ? "mute" : "ban", user, { room: chat.room?.name })
  // Without a time it is for good, as it is said in a terminal.
  return rule(verb, user, { ...wish, seconds: wish.seconds ?? 0 })
}

async function leave() {
  const { askToLeave } = await import("./menus.js")
  return chat.room ? askToLeave(chat.room.name) : false
}
