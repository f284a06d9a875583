/** What a message in use offers: buttons above it, single keys while it has the focus, and everything they do. */
import { html, nothing } from "../../vendor/lit.js"
import { addressOf, chat, t } from "../context.js"
import { copyText } from "./clipboard.js"
import { icon } from "./view.js"

const QUICK_REACTIONS = ["👍", "❤️", "😄", "🎉", "👀", "🙏"]
const MODERATORS = ["owner", "admin", "moderator"]

/** @typedef {import("../core/types.js").Message} Message */

export class Tools {
  /** Whether the toolbar shows the quick reactions. */
  isReacting = false
  #host
  #actions

  /** @param {import("./view.js").View} host @param {import("./message.js").MessageActions} actions */
  constructor(host, actions) {
    this.#host = host
    this.#actions = actions
  }

  /** @param {Message} message @param {import("./message.js").Context} context */
  toolbarFor(message, { me }) {
    const may = rightsTo(message)
    if (!may.any) return nothing
    return html`<div class="actions" role="toolbar" aria-label=${t("message.actions")}>
      ${this.isReacting && may.react
        ? QUICK_REACTIONS.map((emoji) => html`<button class="icon-button" aria-label=${t("message.reactWith", { emoji })}
            @click=${() => this.react(message, emoji, true)}>${emoji}</button>`)
        : nothing}
      ${may.react ? button("smile", t("message.react"), () => this.reacting(!this.isReacting), this.isReacting) : nothing}
      ${may.reply ? button("reply", t("message.reply"), () => this.reply(message)) : nothing}
      ${may.edit ? button("edit", t("message.edit"), () => this.edit(message)) : nothing}
      ${may.remove ? button("trash", t("message.delete"), () => this.remove(message)) : nothing}
    </div>`
  }

  /** @param {boolean} isReacting */
  reacting(isReacting) {
    this.isReacting = isReacting
    this.#host.redraw()
  }

  /** @param {Message} message @param {string} emoji @param {boolean} on */
  react(message, emoji, on) {
    this.reacting(false)
    void this.#change("react", { seq: message.seq, emoji, on })
  }

  /** @param {Message} message */
  reply(message) {
    chat.emit("reply", message)
  }

  /** @param {Message} message */
  edit(message) {
    chat.emit("edit", message)
  }

  /** Asks first. @param {Message} message */
  async remove(message) {
    await import("./sc-removal.js")
    const dialog = Object.assign(document.createElement("sc-removal"), { message })
    dialog.addEventListener("answer", (event) => {
      dialog.remove()
      if (/** @type {CustomEvent} */ (event).detail) void this.#change("delete", { seq: message.seq })
    })
    this.#host.append(dialog)
  }

  /** @param {Message} message */
  copy(message) {
    return say(copyText(message.text ?? ""), t("notice.textCopied"))
  }

  /** From this message on, nothing counts as read until the person leaves the room. @param {Message} message */
  async markUnread({ seq }) {
    const { room, socket, list, reader } = chat
    if (!room) return
    try {
      const reply = await socket.command("read", { room: room.name, seq: seq - 1, unread: true })
      list.read(room.name, seq - 1, reply)
      reader.follow(room, seq - 1)
      chat.emit("rooms")
    } catch (error) {
      refuse(error)
    }
  }

  /** To a message, or without one to the room. @param {Message} [message] */
  copyLink(message) {
    const address = addressOf(chat.room?.name ?? null) + (message ? `#${message.seq}` : "")
    return say(copyText(new URL(address, location.href).href), t("notice.linkCopied"))
  }

  /** @param {PointerEvent} event of a finger */
  pressed(event) {
    const target = /** @type {Element} */ (event.target)
    if (target.closest("a, button")) return
    this.#actions.activate(target.closest("article")?.dataset.row ?? null)
  }

  /** @param {KeyboardEvent} event */
  keyed(event) {
    const article = /** @type {HTMLElement} */ (event.target)
    if (!article.matches("article") || event.ctrlKey || event.metaKey || event.altKey) return
    const message = chat.room?.message(Number(article.dataset.seq))
    const act = moves(event.key, article) ?? (message && !message.deleted_at ? this.#shortcut(event.key, message) : null)
    if (!act) return
    event.preventDefault()
    act()
  }

  /** @param {string} key @param {Message} message @returns {(() => void) | null} */
  #shortcut(key, message) {
    const may = rightsTo(message)
    switch (key.toLowerCase()) {
      case "r": return may.reply ? () => this.reply(message) : null
      case "e": return may.edit ? () => this.edit(message) : null
      case "c": return () => void this.copy(message)
      case "+": return may.react ? () => this.reacting(true) : null
      case "delete": return may.remove ? () => void this.remove(message) : null
      default: return null
    }
  }

  /** @param {"delete" | "react"} verb @param {Record<string, unknown>} fields */
  async #change(verb, fields) {
    try {
      await chat.change(verb, fields)
    } catch (error) {
      refuse(error)
    }
  }
}

/** @param {any} error */
function refuse(error) {
  chat.emit("notice", error.message || t("notice.notConnected"))
}

/** What this person may do with a message, as the server has told; before it has, by what is known of them. @param {Message} message */
export function rightsTo({ user }) {
  const { me, room } = chat
  const isOwn = user.id === me?.id
  const isOpen = !room?.info.archived_at
  const you = room?.you ?? { may_post: isOpen, may_react: isOpen, may_delete: isOpen, may_moderate: MODERATORS.includes(me?.role ?? "") }
  return {
    reply: you.may_post,
    react: you.may_react,
    edit: isOwn && you.may_post,
    remove: isOwn ? you.may_delete : you.may_moderate,
    any: you.may_post || you.may_react || you.may_moderate,
  }
}

/** @param {string} name @param {string} label @param {() => void} act @param {boolean} [isPressed] */
function button(name, label, act, isPressed) {
  return html`<button class="icon-button" aria-label=${label} title=${label} aria-pressed=${isPressed ?? nothing} @click=${act}>${icon(name, "sm")}</button>`
}

/** @param {Promise<boolean>} copying @param {string} words */
async function say(copying, words) {
  chat.emit("notice", (await copying) ? words : t("notice.notCopied"))
}

/** @param {string} key @param {HTMLElement} article @returns {(() => void) | null} */
function moves(key, article) {
  if (key !== "ArrowUp" && key !== "ArrowDown" && key !== "Home" && key !== "End") return null
  const all = /** @type {HTMLElement[]} */ ([...(article.closest(".log")?.querySelectorAll("article") ?? [])])
  const index = all.indexOf(article)
  const wanted = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: all.length - 1 }[key]
  return () => all[Math.max(0, Math.min(all.length - 1, wanted ?? index))].focus()
}
