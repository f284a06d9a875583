/** What those who keep order can do about a person in the room looked at. */
import { chat, t } from "../context.js"
import { openDialog } from "./dialogs.js"

const SYSTEM = ["system", "imported"]

/**
 * @param {import("../core/types.js").User} user
 * @returns {import("./menu.js").Item[]} nothing for those who may not, and about oneself
 */
export function moderationOf(user) {
  if (!chat.room?.you?.may_moderate || user.id === chat.me?.id || SYSTEM.includes(user.kind ?? "")) return []
  const { name } = user
  return [
    { label: t("moderate.mute", { name }), icon: "clock", act: () => void ask("mute", user) },
    { label: t("moderate.kick", { name }), icon: "door", act: () => void ask("kick", user) },
    { label: t("moderate.ban", { name }), icon: "ban", isDanger: true, act: () => void ask("ban", user) },
  ]
}

/** @param {"mute" | "kick" | "ban"} verb @param {import("../core/types.js").User} user */
async function ask(verb, user) {
  const room = chat.room?.name
  const ruling = await openDialog("sc-moderate", { verb, name: user.name })
  if (!ruling || !room) return
  try {
    await chat.socket.command(verb, { room, user: user.id, ...ruling })
  } catch (error) {
    chat.emit("notice", /** @type {Error} */ (error).message || t("notice.notConnected"))
  }
}
