/** What may stand behind a slash at the beginning of a message, besides text: those that the server has. */
import { chat, t } from "../context.js"

/** @typedef {{name: string, help: () => string, run?: () => unknown}} Command without `run` it goes out as a message */

/** @type {Command[]} */
export const COMMANDS = [
  { name: "me", help: () => t("command.me") },
  { name: "leave", help: () => t("command.leave"), run: leave },
]

/** What to do instead of sending it. @param {string} typed */
export function commandOf(typed) {
  return COMMANDS.find(({ name }) => typed.trim() === `/${name}`)?.run
}

async function leave() {
  const { askToLeave } = await import("./menus.js")
  if (chat.room) await askToLeave(chat.room.name)
}
