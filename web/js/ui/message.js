/** Draws one row of the timeline, and does what a person wants done with a message. */
import { guard, html, nothing, repeat } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"
import { clockTime, dateOf, fullTime, nearness, weekdayOf } from "../core/i18n.js"
import { isCalled } from "../core/mentions.js"
import { actionTemplate, bodyTemplate, treeFor, wordsFor } from "./body.js"
import { avatar, icon, languageOf } from "./view.js"

const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\u{FE0F}|\u{200D}\p{Extended_Pictographic})*\s*){1,3}$/u
const HIGHLIGHT_MS = 2_000

/**
 * @typedef {import("../core/types.js").Message} Message
 * @typedef {{
 *   me: import("../core/types.js").User, room: import("../core/store.js").Room, isLive: boolean, active: string | null,
 *   focusKey: string | null, names: string[], actions: MessageActions,
 * }} Context what a row needs to know besides itself; `names`: who may be called, the same array until it changes
 */

/** @param {import("../core/timeline.js").Row} row @param {Context} context */
export function rowTemplate(row, context) {
  switch (row.type) {
    case "day": return dayRule(row)
    case "new": return html`<div class="rule new" role="separator" data-divider><span>${t("timeline.new")}</span></div>`
    case "notes": return notesLine(row, context)
    default: return row.message.kind === "notice" ? notice(row) : messageRow(row, context)
  }
}

/** @param {import("../core/timeline.js").DayRow} row */
function dayRule({ at, day }) {
  const { locale } = translator
  const values = { weekday: weekdayOf(at, locale), date: dateOf(at, locale, Date.now()) }
  const keys = { today: "day.today", yesterday: "day.yesterday", earlier: "day.earlier" }
  return html`<div class="rule" role="separator"><span>${t(keys[nearness(day, Date.now())], values)}</span></div>`
}

/** @param {import("../core/timeline.js").NotesRow} row @param {Context} context */
function notesLine({ key, notes }, { actions }) {
  const isFolded = notes.length > 1 && !actions.expanded.has(key)
  const shown = isFolded ? notes.slice(-1) : notes
  return shown.map((note, index) => html`<div class="status-line">
    <span class="gutter"><span class="dot ${note.kind === "connected" ? "" : "gone"}"></span></span>
    <span><code class=${note.kind}>${note.kind === "connected" ? t("status.connected") : t("status.disconnected")}</code>
      ${noteSentence(note)} <time class="num">${clockTime(note.at, translator.locale)}</time>
      ${isFolded && index === 0
        ? html`<button class="more" @click=${() => actions.expand(key)}>${t("status.more", { count: notes.length - 1 })}</button>`
        : nothing}</span>
  </div>`)
}

/** @param {import("../core/timeline.js").Note} note */
function noteSentence({ kind, who }) {
  if (who === null) return kind === "connected" ? t("status.youConnected") : t("status.youDisconnected")
  return kind === "connected" ? t("status.joined", { name: who }) : t("status.left", { name: who })
}

/** @param {import("../core/timeline.js").MessageRow} row */
function notice({ key, message }) {
  return html`<div class="status-line" data-row=${key}><span class="gutter"></span><span dir="auto">${message.text}</span></div>`
}

/** @param {import("../core/timeline.js").MessageRow} row @param {Context} context */
function messageRow(row, context) {
  const { key, message, isContinued, entry } = row
  const { me, active, actions, focusKey } = context
  const isAction = message.kind === "action" && !message.deleted_at
  const classes = ["message", isContinued && "continued", isAction && "action", stateOf(entry), message.user.id !== me.id && isCalled(me, message) && "for-me", active === key && "active"]
  const time = clockTime(message.sent_at, translator.locale)
  return html`<article class=${classes.filter(Boolean).join(" ")} data-row=${key} data-seq=${entry ? nothing : message.seq}
      tabindex=${focusKey === key ? 0 : -1} aria-label=${t("message.label", { name: message.user.name, time })}
      @pointerenter=${(/** @type {PointerEvent} */ event) => event.pointerType === "mouse" && actions.activate(key)} @focusin=${() => actions.activate(key)}>
    ${isContinued ? html`<span class="gutter num">${time}</span>` : avatar(message.user)}
    <div class="content">
      ${message.reply_to === undefined ? nothing : quote(message.reply_to, context)}
      ${isContinued || isAction ? nothing : head(message, time)}
      ${guard([entry ?? message, isContinued, translator.locale, me.name, context.names], () => body(row, context))}
      ${entry ? sendingState(entry, context) : reactions(message, context)}
    </div>
    ${active === key && !entry && !message.deleted_at ? actions.toolbar?.toolbarFor(message, context) : nothing}
  </article>`
}

/** @param {Message} message @param {string} time */
function head({ user, sent_at: sentAt }, time) {
  return html`<div class="message-head"><b dir="auto">${user.name}</b>${kindTag(user)}<time
    class="num" datetime=${new Date(sentAt).toISOString()} title=${fullTime(sentAt, translator.locale)}>${time}</time></div>`
}

/** @param {import("../core/types.js").User} user */
export function kindTag({ kind, role }) {
  if (kind === "bot") return html`<span class="tag quiet">${t("role.bot")}</span>`
  if (role === "owner") return html`<span class="tag">${t("role.owner")}</span>`
  if (role === "admin") return html`<span class="tag">${t("role.admin")}</span>`
  if (role === "moderator") return html`<span class="tag">${t("role.moderator")}</span>`
  return nothing
}

/** @param {import("../core/timeline.js").MessageRow} row @param {Context} context */
function body({ message, entry, isContinued }, { me, names }) {
  if (message.deleted_at) return html`<div class="body tombstone">${icon("trash", "xs")}${t("message.deleted")}</div>`
  const text = textOf(message)
  const edited = message.edited_at
    ? html`<span class="edited" title=${fullTime(message.edited_at, translator.locale)}>${t("message.edited")}</span>` : nothing
  const tree = treeFor(entry ?? message, text)
  if (message.kind === "action") {
    const time = isContinued ? nothing : html`\u00a0<time class="num">${clockTime(message.sent_at, translator.locale)}</time>`
    return html`<div class="body" dir="auto"><b>${message.user.name}</b> ${actionTemplate(tree, { names, me: me.name, tail: html`${edited}${time}` })}</div>`
  }
  return html`<div class="body ${ONLY_EMOJI.test(text) ? "emoji" : ""}" dir="auto" lang=${languageOf(text) ?? nothing}>${bodyTemplate(tree, { names, me: me.name, tail: edited })}</div>`
}

/** @param {Message & {poll?: {question?: string}}} message */
function textOf({ text, poll }) {
  return text ?? poll?.question ?? ""
}

/** @param {number} seq @param {Context} context */
function quote(seq, { room, actions }) {
  const original = room.message(seq)
  if (!original) return html`<div class="quote">${icon("reply", "xs")}<span>${t("message.originalAbove")}</span></div>`
  const text = original.deleted_at ? t("message.deleted") : wordsFor(original, textOf(original))
  return html`<button class="quote" @click=${() => actions.show(seq)}>${icon("reply", "xs")}${avatar(original.user, { size: "xs" })}<b
    dir="auto">${original.user.name}</b><span dir="auto" lang=${languageOf(text) ?? nothing}>${text}</span></button>`
}

/** @param {import("../core/outbox.js").Entry} entry @param {Context} context */
function sendingState(entry, { isLive, actions }) {
  if (entry.failed) {
    return html`<div class="failure" role="alert"><span>${icon("alert", "sm")}${failureSentence(entry)}</span>
      <button class="link" @click=${() => actions.retry(entry.id)}>${t("message.retry")}</button>
      <button class="link" @click=${() => actions.discard(entry.id)}>${t("message.delete")}</button></div>`
  }
  if (!isLive) return html`<span class="sending">${icon("clock", "xs")}${t("message.waiting")}</span>`
  return html`<span class="sending late">${icon("clock", "xs")}${t("message.sending")}</span>`
}

/** @param {import("../core/outbox.js").Entry} entry */
function failureSentence({ failed, detail }) {
  if (failed === "unanswered") return t("failed.unanswered")
  if (failed === "expired") return t("failed.expired")
  if (failed === "earlier") return t("failed.earlier")
  return detail ? t("failed.refusedBecause", { reason: detail }) : t("failed.refused")
}

/** @param {Message} message @param {Context} context */
function reactions(message, { me, actions }) {
  if (!message.reactions?.length || message.deleted_at) return nothing
  return html`<div class="reactions">${repeat(message.reactions, (reaction) => reaction.emoji, ({ emoji, count, users }) => {
    const isOwn = users.includes(me.name)
    return html`<button aria-pressed=${isOwn} title=${users.join(", ")} aria-label=${t("message.reaction", { emoji, count, names: users.join(", ") })}
      @click=${() => actions.react(message, emoji, !isOwn)}>${emoji}<span class="num">${count}</span></button>`
  })}</div>`
}

/** @param {import("../core/outbox.js").Entry | undefined} entry */
function stateOf(entry) {
  if (!entry) return ""
  return entry.failed ? "failed" : "pending"
}

/** What a person does with a message of the timeline: by pointer, by toolbar, by single keys while it has the focus. */
export class MessageActions {
  /** @type {string | null} key of the message under the pointer or with the focus */
  active = null
  /** What is there for a message in use; comes with the first one. @type {typeof import("./toolbar.js") | null} */
  toolbar = null
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
    if (!this.toolbar) void this.#loadToolbar()
  }

  async #loadToolbar() {
    this.toolbar = await import("./toolbar.js")
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
    const act = this.toolbar?.actFor(event.key, message, this)
    if (!act) return
    event.preventDefault()
    act(article)
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
