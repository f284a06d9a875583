/** What a message in use offers: buttons above it, single keys while it has the focus, and everything they do. */
import { html, nothing } from "../../vendor/lit.js"
import { addressOf, chat, t } from "../context.js"
import { rulingsOn } from "../core/order.js"
import { copyText } from "./clipboard.js"
import { openDialog } from "./dialogs.js"
import { openMenu } from "./menu.js"
import { moderationOf, removeMessage } from "./moderation.js"
import { fold, known } from "./refusals.js"
import { brought, icon } from "./view.js"

const QUICK_REACTIONS = ["👍", "❤️", "😄", "🎉", "👀", "🙏"]
const MODERATORS = ["owner", "admin", "moderator"]
const LONG_PRESS_MS = 500
const FINGER_PX = 10 // that a finger may move and still rest

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

  /** @param {Message} message */
  toolbarFor(message) {
    const may = rightsTo(message)
    return html`<div class="actions" role="toolbar" aria-label=${t("message.actions")}>
      ${this.isReacting && may.react
        ? QUICK_REACTIONS.map((emoji) => html`<button class="icon-button" aria-label=${t("message.reactWith", { emoji })}
            @click=${(/** @type {Event} */ event) => this.#chosen(event, message, emoji)}>${emoji}</button>`)
        : nothing}
      ${may.react ? button("smile", t("message.react"), () => this.reacting(!this.isReacting), this.isReacting) : nothing}
      ${may.reply ? button("reply", t("message.reply"), () => this.reply(message)) : nothing}
      ${button("link", t("message.copyLink"), () => this.copyLink(message))}
      <button class="icon-button more-actions" aria-label=${t("message.more")} title=${t("message.more")} aria-haspopup="menu"
        @click=${(/** @type {Event} */ event) => void this.#menu(/** @type {HTMLElement} */ (event.currentTarget), message)}>${icon("more", "sm")}</button>
    </div>`
  }

  /** @param {import("../core/types.js").Entry} entry */
  failure(entry) {
    return html`<div class="failure" role="alert"><span>${icon("alert", "sm")}${failureSentence(entry)}</span>
      <span><button class="link" @click=${() => chat.retry(entry.id)}>${t("message.retry")}</button>
        <button class="link" @click=${() => chat.discard(entry.id)}>${t("message.delete")}</button></span></div>`
  }

  /** @param {boolean} isReacting */
  reacting(isReacting) {
    this.isReacting = isReacting
    this.#host.redraw()
  }

  /** The buttons go away with that, and the focus stays with the message. @param {Event} event @param {Message} message @param {string} emoji */
  #chosen({ currentTarget }, message, emoji) {
    /** @type {HTMLElement} */ (currentTarget).closest("article")?.focus()
    this.react(message, emoji, true)
  }

  /** The first of the reactions gets the focus. @param {HTMLElement} article */
  async #offerReactions(article) {
    this.isReacting = true
    this.#host.requestUpdate()
    await this.#host.updateComplete
    const first = /** @type {HTMLElement | null} */ (article.querySelector(".actions button"))
    first?.focus()
  }

  /** @param {Message} message @param {string} emoji @param {boolean} on */
  react(message, emoji, on) {
    this.reacting(false)
    const isLast = !on && message.reactions?.some((each) => each.emoji === emoji && each.count === 1)
    // Its button goes away with it.
    if (isLast) /** @type {HTMLElement | null | undefined} */ (document.activeElement?.closest("article"))?.focus()
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
    if (message.user.id !== chat.me?.id) return removeMessage(message)
    const words = `${message.user.name}: ${message.text ?? ""}`
    if (await openDialog("sc-ask", { heading: t("delete.title"), words, action: t("message.delete") })) await this.#change("delete", { seq: message.seq })
  }

  /** All that can be done with a message, at the button that opens it. @param {HTMLElement} button @param {Message} message */
  async #menu(button, message) {
    const rulings = await rulingsOn(chat, message.user)
    const may = rightsTo(message)
    const quick = QUICK_REACTIONS.map((emoji) => ({ label: t("message.reactWith", { emoji }), sign: emoji, act: () => this.react(message, emoji, true) }))
    const items = [
      may.reply && { label: t("message.reply"), icon: "reply", keys: "R", act: () => this.reply(message) },
      may.edit && { label: t("message.edit"), icon: "edit", keys: "E", act: () => this.edit(message) },
      { label: t("message.copyText"), icon: "copy", keys: "C", act: () => void this.copy(message) },
      { label: t("message.copyLink"), icon: "link", act: () => void this.copyLink(message) },
      { label: t("message.markUnread"), icon: "chat", act: () => void this.markUnread(message) },
      ...moderationOf(message.user, rulings).map((item, index) => ({ ...item, startsGroup: index === 0 })),
      may.remove && { label: t("message.deleteAsk"), icon: "trash", keys: "Del", isDanger: true, startsGroup: !may.moderate, act: () => void this.remove(message) },
    ].filter((item) => item !== false)
    const more = { label: t("message.reactMore"), icon: "plus", act: () => void this.pick(button, message) }
    openMenu(button, { title: t("message.actions"), items, quick: may.react ? [...quick, more] : [] })
  }

  /** Any emoji as a reaction. @param {HTMLElement} button @param {Message} message */
  async pick(button, message) {
    const picker = await brought(() => import("./emoji-picker.js"))
    const emoji = await picker?.pickEmoji(button)
    if (emoji) this.react(message, emoji, true)
  }

  /** The menu of a message that no button was used for. @param {HTMLElement} article */
  async #menuOf(article) {
    const message = chat.room?.message(Number(article.dataset.seq))
    if (!message || message.deleted_at) return
    this.#actions.activate(article.dataset.row ?? null)
    this.#host.requestUpdate()
    await this.#host.updateComplete
    const button = /** @type {HTMLElement | null} */ (article.querySelector(".more-actions"))
    if (button) await this.#menu(button, message)
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
      chat.emit("notice", error)
    }
  }

  /** To a message, or without one to the room. @param {Message} [message] */
  copyLink(message) {
    const address = addressOf(chat.room?.name ?? null) + (message ? `#${message.seq}` : "")
    return say(copyText(new URL(address, location.href).href), t("notice.linkCopied"))
  }

  /** A finger that rests on a message opens its menu; a tap shows where that is. @param {PointerEvent} event @param {AbortController} end with the finger */
  pressed(event, end) {
    const target = /** @type {Element} */ (event.target)
    const article = /** @type {HTMLElement | null} */ (target.closest("article"))
    if (target.closest("button, .menu-layer")) return
    this.#actions.activate(article?.dataset.row ?? null)
    if (!article || target.closest("a") || end.signal.aborted) return
    const { signal } = end
    const timer = setTimeout(() => {
      end.abort()
      swallowClick()
      void this.#menuOf(article)
    }, LONG_PRESS_MS)
    signal.addEventListener("abort", () => clearTimeout(timer))
    const moved = (/** @type {PointerEvent} */ { clientX, clientY }) => Math.hypot(clientX - event.clientX, clientY - event.clientY) > FINGER_PX && end.abort()
    addEventListener("pointermove", moved, { signal })
    addEventListener("scroll", () => end.abort(), { signal, capture: true })
    addEventListener("contextmenu", (later) => later.preventDefault(), { signal })
  }

  /** @param {KeyboardEvent} event */
  keyed(event) {
    const article = /** @type {HTMLElement} */ (event.target)
    if (event.key === "Escape" && this.isReacting) {
      const message = /** @type {HTMLElement | null} */ (article.closest("article"))
      event.preventDefault()
      message?.focus()
      return this.reacting(false)
    }
    if (!article.matches("article") || event.ctrlKey || event.metaKey || event.altKey) return
    const message = chat.room?.message(Number(article.dataset.seq))
    if (event.key === "Enter" || event.key === "ContextMenu") {
      event.preventDefault()
      return void this.#menuOf(article)
    }
    const act = moves(event.key, article) ?? (message && !message.deleted_at ? this.#shortcut(event.key, message, article) : null)
    if (!act) return
    event.preventDefault()
    act()
  }

  /** @param {string} key @param {Message} message @param {HTMLElement} article @returns {(() => void) | null} */
  #shortcut(key, message, article) {
    const may = rightsTo(message)
    switch (key.toLowerCase()) {
      case "r": return may.reply ? () => this.reply(message) : null
      case "e": return may.edit ? () => this.edit(message) : null
      case "c": return () => void this.copy(message)
      case "+": return may.react ? () => void this.#offerReactions(article) : null
      case "delete": return may.remove ? () => void this.remove(message) : null
      default: return null
    }
  }

  /** @param {"delete" | "react"} verb @param {Record<string, unknown>} fields */
  async #change(verb, fields) {
    try {
      await chat.change(verb, fields)
    } catch (error) {
      chat.emit("notice", error)
    }
  }
}

/** Where the finger leaves, something else may lie by then: that is not what was tapped. */
function swallowClick() {
  const swallow = (/** @type {Event} */ event) => {
    event.preventDefault()
    event.stopPropagation()
  }
  addEventListener("click", swallow, { capture: true, once: true })
  addEventListener("pointerdown", () => removeEventListener("click", swallow, true), { capture: true, once: true })
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
    moderate: you.may_moderate && !isOwn,
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

/** @param {import("../core/types.js").Entry} entry */
function failureSentence({ failed, detail }) {
  if (failed === "unanswered") return t("failed.unanswered")
  if (failed === "expired") return t("failed.expired")
  if (failed === "earlier") return t("failed.earlier")
  const reason = known(detail ?? "")
  return reason ? t("failed.refusedBecause", { reason }) : html`${t("failed.refused")} ${fold(detail ?? "")}`
}
