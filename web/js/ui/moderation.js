/** What those who keep order can do about a person: in the menus of people and messages, and by what is typed behind a slash. */
import { chat, t } from "../context.js"
import { keepsServer, lift, mayRuleOn } from "../core/order.js"
import { openDialog } from "./dialogs.js"

/**
 * @typedef {import("../core/types.js").User} User
 * @typedef {import("../core/order.js").Ruling} Ruling
 * @typedef {"mute" | "kick" | "ban" | "erase" | "delete"} Deed
 */

/**
 * @param {User} user
 * @param {Ruling[]} rulings that hold for them: what is done can be undone in the same place
 * @returns {import("./menu.js").Item[]} nothing for those who may not, and about oneself
 */
export function moderationOf(user, rulings) {
  if (!mayRuleOn(chat, user)) return []
  const { name } = user
  const [mute, ban] = [rulings.find(({ kind }) => kind === "mute"), rulings.find(({ kind }) => kind !== "mute")]
  return [
    mute ? { label: t("moderate.unmute", { name }), icon: "clock", act: () => undo(mute) }
      : { label: t("moderate.mute", { name }), icon: "clock", act: () => rule("mute", user) },
    ...(ban ? [{ label: t("moderate.unban", { name }), icon: "ban", act: () => undo(ban) }] : [
      { label: t("moderate.kick", { name }), icon: "door", act: () => rule("kick", user) },
      { label: t("moderate.ban", { name }), icon: "ban", isDanger: true, act: () => rule("ban", user) },
    ]),
    { label: t("moderate.erase", { name }), icon: "trash", isDanger: true, act: () => rule("erase", user) },
  ]
}

/**
 * Asks once, and does it; where it is refused, the question stays with what was typed.
 *
 * @param {Exclude<Deed, "delete">} verb
 * @param {{id: number | string, name: string}} user by id or by name
 * @param {{seconds?: number, reason?: string}} [wish] what is known of it beforehand
 * @returns {Promise<boolean>} whether it was done
 */
export async function rule(verb, user, wish = {}) {
  const room = chat.room?.name
  const act = async (/** @type {import("./sc-moderate.js").Wish} */ { everywhere, ...fields }) => {
    const place = everywhere ? {} : { room }
    await chat.socket.command(verb, { ...place, user: user.id, ...fields })
    const { name } = user
    const words = { mute: t("moderate.muted", { name }), kick: t("moderate.kicked", { name }), ban: t("moderate.banned", { name }), erase: t("moderate.erased", { name }) }[verb]
    const isLasting = verb === "mute" || verb === "ban"
    chat.emit("notice", { words, ...(isLasting ? { action: t("moderate.undo"), act: () => takeBack(verb, user, place) } : {}) })
  }
  return (await openDialog("sc-moderate", { verb, name: user.name, onServer: keepsServer(chat), act, ...wish })) === true
}

/** @param {Ruling} ruling */
export function undo(ruling) {
  return tried(async () => {
    await lift(chat, ruling)
    chat.emit("notice", { words: liftedWords(ruling.kind, ruling.user.name) })
  })
}

/** @param {"mute" | "ban"} verb @param {{id: number | string, name: string}} user @param {{room?: string}} place */
export function takeBack(verb, user, place) {
  return tried(async () => {
    await chat.socket.command(verb === "mute" ? "unmute" : "unban", { ...place, user: user.id })
    chat.emit("notice", { words: liftedWords(verb, user.name) })
  })
}

/** @param {import("../core/types.js").Message} message of somebody else */
export async function removeMessage({ seq, user, text = "" }) {
  const room = chat.room?.name
  const act = (/** @type {import("./sc-moderate.js").Wish} */ wish) => chat.socket.command("delete", { room, seq, ...wish })
  await openDialog("sc-moderate", { verb: "delete", name: user.name, excerpt: text, act })
}

/** @param {string} kind @param {string} name */
export function liftedWords(kind, name) {
  return kind === "mute" ? t("moderate.unmuted", { name }) : t("moderate.unbanned", { name })
}

/** @param {() => unknown} act @returns {Promise<boolean>} */
async function tried(act) {
  try {
    await act()
    return true
  } catch (error) {
    chat.emit("notice", error)
    return false
  }
}
