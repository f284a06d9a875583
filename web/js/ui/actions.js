/** What a person does with a message of the timeline: by pointer, by toolbar, by single keys while it has the focus. */
import { chat, t } from "../context.js"

const HIGHLIGHT_MS = 2_000

export class MessageActions {
  /** @type {string | null} key of the message under the pointer or with the focus */
  active = null
  isReacting = false
  /** @type {import("../core/types.js").Message | null} asked about before it is deleted */
  removing = null
  /** @type {Set<string>} keys of the folded lines that were opened */
  expanded = new Set()
  #host

  /** @param {import("./view.js").View} host */
  constructor(host) {
    this.#host = host
  }

  /** @param {string | null} key */
  activate(key) {
    if (key === this.active) return
    this.active = key
    this.isReacting = false
    this.#host.redraw()
  }

  /** @param {string} key */
  expand(key) {
    this.expanded.add(key)
    this.#host.redraw()
  }

  /** @param {boolean} isReacting */
  reacting(isReacting) {
    this.isReacting = isReacting
    this.#host.redraw()
  }

  /** @param {import("../core/types.js").Message} message @param {string} emoji @param {boolean} on */
  react(message, emoji, on) {
    this.isReacting = false
    void this.#change("react", { seq: message.seq, emoji, on })
  }

  /** @param {import("../core/types.js").Message} message */
  reply(message) {
    chat.emit("reply", message)
  }

  /** @param {import("../core/types.js").Message} message */
  edit(message) {
    chat.emit("edit", message)
  }

  /** @param {import("../core/types.js").Message} message */
  async remove(message) {
    await import("./sc-removal.js")
    this.removing = message
    this.#host.redraw()
  }

  /** @param {boolean} isSure */
  answerRemoval(isSure) {
    const message = this.removing
    this.removing = null
    this.#host.redraw()
    if (isSure && message) void this.#change("delete", { seq: message.seq })
  }

  /** @param {string} id */
  retry(id) {
    chat.retry(id)
  }

  /** @param {string} id */
  discard(id) {
    chat.discard(id)
  }

  /** @param {number} seq */
  show(seq) {
    const element = this.#host.querySelector(`[data-seq="${seq}"]`)
    if (!element) return
    element.scrollIntoView({ block: "center" })
    element.classList.add("shown")
    setTimeout(() => element.classList.remove("shown"), HIGHLIGHT_MS)
  }

  /** A tap opens the toolbar where there is no pointer to hover with. @param {Event} event */
  tapped(event) {
    const target = /** @type {Element} */ (event.target)
    if (target.closest("a, button")) return
    this.activate(target.closest("article")?.dataset.row ?? null)
  }

  /** @param {KeyboardEvent} event */
  keyed(event) {
    const article = /** @type {HTMLElement} */ (event.target)
    if (!article.matches("article") || event.ctrlKey || event.metaKey || event.altKey) return
    const message = chat.room?.message(Number(article.dataset.seq))
    const act = moves(event.key) ?? this.#shortcut(event.key, message)
    if (!act) return
    event.preventDefault()
    act(article)
  }

  /** @param {string} key @param {import("../core/types.js").Message} [message] @returns {((article: HTMLElement) => void) | null} */
  #shortcut(key, message) {
    if (!message || message.deleted_at) return null
    const isOwn = message.user.id === chat.me?.id
    if (key === "r" || key === "R") return () => this.reply(message)
    if (key === "+") return () => this.reacting(true)
    if (isOwn && (key === "e" || key === "E")) return () => this.edit(message)
    if (isOwn && key === "Delete") return () => this.remove(message)
    return null
  }

  /** @param {"delete" | "react"} verb @param {Record<string, unknown>} fields */
  async #change(verb, fields) {
    try {
      await chat.change(verb, fields)
    } catch (error) {
      chat.emit("notice", /** @type {Error} */ (error).message || t("notice.notConnected"))
    }
  }
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
