/** What a message in use offers: buttons above it, and single keys while it has the focus. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, t } from "../context.js"
import { icon } from "./view.js"

const QUICK_REACTIONS = ["👍", "❤️", "😄", "🎉", "👀", "🙏"]

/** @typedef {import("../core/types.js").Message} Message */

/** @param {Message} message @param {import("./message.js").Context} context */
export function toolbarFor(message, { me, actions, room }) {
  const { isReacting } = actions
  const mayChange = message.user.id === me.id || ["owner", "admin", "moderator"].includes(me.role ?? "")
  if (room.info.archived_at) return nothing
  return html`<div class="actions" role="toolbar" aria-label=${t("message.actions")}>
    ${isReacting
      ? QUICK_REACTIONS.map((emoji) => html`<button class="icon-button" aria-label=${t("message.reactWith", { emoji })}
          @click=${() => actions.react(message, emoji, true)}>${emoji}</button>`)
      : nothing}
    ${toolbarButton("smile", t("message.react"), () => actions.reacting(!isReacting), isReacting)}
    ${toolbarButton("reply", t("message.reply"), () => actions.reply(message))}
    ${message.user.id === me.id ? toolbarButton("edit", t("message.edit"), () => actions.edit(message)) : nothing}
    ${mayChange ? toolbarButton("trash", t("message.delete"), () => actions.remove(message)) : nothing}
  </div>`
}

/** @param {string} name @param {string} label @param {() => void} act @param {boolean} [isPressed] */
function toolbarButton(name, label, act, isPressed) {
  return html`<button class="icon-button" aria-label=${label} title=${label} aria-pressed=${isPressed ?? nothing} @click=${act}>${icon(name, "sm")}</button>`
}

/**
 * @param {string} key
 * @param {Message | undefined} message
 * @param {import("./message.js").MessageActions} actions
 * @returns {((article: HTMLElement) => void) | null}
 */
export function actFor(key, message, actions) {
  return moves(key) ?? (message && !message.deleted_at ? shortcut(key, message, actions) : null)
}

/** @param {string} key @param {Message} message @param {import("./message.js").MessageActions} actions */
function shortcut(key, message, actions) {
  const isOwn = message.user.id === chat.me?.id
  if (key === "r" || key === "R") return () => actions.reply(message)
  if (key === "+") return () => actions.reacting(true)
  if (isOwn && (key === "e" || key === "E")) return () => actions.edit(message)
  if (isOwn && key === "Delete") return () => void actions.remove(message)
  return null
}

/** @param {string} key @returns {((article: HTMLElement) => void) | null} */
function moves(key) {
  if (key !== "ArrowUp" && key !== "ArrowDown" && key !== "Home" && key !== "End") return null
  return (article) => {
    const all = /** @type {HTMLElement[]} */ ([...(article.closest(".log")?.querySelectorAll("article") ?? [])])
    const index = all.indexOf(article)
    const wanted = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: all.length - 1 }[key]
    all[Math.max(0, Math.min(all.length - 1, wanted ?? index))].focus()
  }
}
