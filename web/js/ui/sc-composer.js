/** Where the person writes. Nothing typed here is lost: drafts are kept per room, sent messages in the outbox. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"
import { Composition, isInsideFence, isSendKey } from "../core/keys.js"
import { dateOf } from "../core/i18n.js"
import { View, icon } from "./view.js"

const DRAFT_AFTER_MS = 300
const NOTICE_MS = 6_000
const TICK_MS = 1_000
const COUNTER_FROM = 0.9
const ACTION = "/me "
const COMPLETED = /[@#/]/u
const NAMES_SHOWN = 2
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content")
const COARSE = matchMedia("(pointer: coarse)")

class Composer extends View {
  #composition = new Composition()
  /** @type {string | null} the room whose draft is in the field */
  #room = null
  /** @type {import("../core/types.js").Message | null} */
  #editing = null
  /** @type {number | undefined} */
  #replyTo
  #notice = ""
  #length = 0
  #isSaving = false
  /** @type {import("./completion.js").Completion | null} */
  #completion = null
  /** @type {any} */
  #draftTimer
  /** @type {any} */
  #tickTimer
  #keep = () => this.#saveDraft()
  #taken = (/** @type {StorageEvent} */ event) => this.#takeOver(event)

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "room", "connection", "session")
    this.listen(chat, "reply", (message) => this.#reply(message))
    this.listen(chat, "edit", (message) => this.#edit(message))
    this.listen(chat, "notice", (words) => this.#say(words))
    addEventListener("pagehide", this.#keep)
    addEventListener("storage", this.#taken)
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    this.#saveDraft()
    removeEventListener("pagehide", this.#keep)
    removeEventListener("storage", this.#taken)
    clearTimeout(this.#tickTimer)
  }

  render() {
    const { room } = chat
    const name = room?.name ?? chat.current ?? ""
    const closed = closedBecause(room)
    const over = this.#length - chat.textLimit
    return html`<div class="foot">
      <div class="typing" aria-hidden="true">${typingLine()}</div>
      ${this.#notice ? html`<div class="strip" role="alert">${icon("alert", "sm")}<span>${this.#notice}</span></div>` : nothing}
      ${this.#pause()}
      ${this.#completion?.template() ?? nothing}
      <form class="composer" @submit=${this.#submitted}>
        ${this.#target()}
        <div class="composer-row">
          <textarea id="composer-field" rows="1" dir="auto" aria-label=${t("composer.label", { room: name })} ?disabled=${closed !== ""}
            placeholder=${closed || t("composer.placeholder", { room: name })} enterkeyhint=${COARSE.matches ? nothing : "send"}
            aria-invalid=${over > 0} @input=${this.#typed} @keydown=${this.#keyed} @blur=${this.#keep}
            @compositionstart=${() => this.#composition.start()} @compositionend=${this.#composed}></textarea>
          ${this.#counter(over)}
          <button type="button" class="icon-button" aria-label=${t("emoji.title")} title=${t("emoji.title")} ?disabled=${closed !== ""} @click=${this.#pickEmoji}>${icon("smile")}</button>
          <button class="send" aria-label=${this.#editing ? t("composer.save") : t("composer.send")} ?disabled=${over > 0 || closed !== ""}>${icon(this.#editing ? "check" : "send")}</button>
        </div>
      </form>
      <div class="hint" aria-hidden="true"><span><kbd>Enter</kbd> ${t("hint.send")}</span><span><kbd>Shift Enter</kbd> ${t("hint.newLine")}</span><span><kbd>↑</kbd> ${t("hint.edit")}</span><span><kbd>/</kbd> ${t("hint.commands")}</span></div>
    </div>`
  }

  firstUpdated() {
    this.#showDraft()
    if (!COARSE.matches) this.#field.focus()
  }

  updated() {
    if (this.#room !== chat.current) this.#changeRoom()
  }

  get #field() {
    return /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"))
  }

  #target() {
    const message = this.#editing ?? (this.#replyTo === undefined ? null : chat.room?.message(this.#replyTo))
    if (!message) return nothing
    const words = this.#editing ? [t("composer.editing")] : translator.parts("composer.replying", { name: html`<b dir="auto">${message.user.name}</b>` })
    return html`<div class="target">${icon(this.#editing ? "edit" : "reply", "xs")}<span>${words}</span>
      <button type="button" class="icon-button small" aria-label=${t("composer.cancel")} @click=${() => this.#cancel()}>${icon("x", "sm")}</button></div>`
  }

  /** @param {number} over */
  #counter(over) {
    if (this.#length < chat.textLimit * COUNTER_FROM) return nothing
    const words = over > 0 ? t("composer.tooLong", { count: over }) : String(chat.textLimit - this.#length)
    return html`<span class="counter num ${over > 0 ? "over" : ""}" role="status">${words}</span>`
  }

  /** The server asked for patience; what was sent meanwhile waits and goes out by itself. */
  #pause() {
    clearTimeout(this.#tickTimer)
    const until = chat.current === null ? 0 : chat.sender?.pausedUntil(chat.current) ?? 0
    if (until === 0) return nothing
    this.#tickTimer = setTimeout(() => this.requestUpdate(), TICK_MS)
    const seconds = Math.max(1, Math.ceil((until - Date.now()) / 1_000))
    return html`<div class="strip waiting" role="status">${icon("clock", "sm")}<span>${t("composer.slowDown", { seconds })}</span></div>`
  }

  /** @param {InputEvent} event */
  #typed(event) {
    this.#measure()
    if (!event.isComposing) void this.#complete()
    clearTimeout(this.#draftTimer)
    this.#draftTimer = setTimeout(this.#keep, DRAFT_AFTER_MS)
    if (this.#field.value !== "" && !this.#editing) chat.tellTyping()
  }

  #composed() {
    this.#composition.end()
    void this.#complete()
  }

  /** The list comes with the first sign that may open it. */
  async #complete() {
    if (!this.#completion && COMPLETED.test(this.#field.value)) {
      const { Completion } = await import("./completion.js")
      this.#completion ??= new Completion(this.#field, () => this.requestUpdate())
    }
    this.#completion?.update()
  }

  /** @param {MouseEvent} event */
  async #pickEmoji({ currentTarget }) {
    const { pickEmoji } = await import("./emoji-picker.js")
    const emoji = await pickEmoji(/** @type {HTMLElement} */ (currentTarget))
    if (emoji) this.#insert(emoji)
  }

  /** Where the caret stands, in the place of what is selected. @param {string} text */
  #insert(text) {
    const { selectionStart, selectionEnd } = this.#field
    this.#field.setRangeText(text, selectionStart, selectionEnd, "end")
    this.#field.focus()
    this.#field.dispatchEvent(new Event("input", { bubbles: true }))
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    if (this.#composition.covers(event) || this.#completion?.keyed(event)) return
    const { value, selectionStart } = this.#field
    if (isSendKey(event, { isCoarse: COARSE.matches })) {
      if (!event.ctrlKey && !event.metaKey && isInsideFence(value, selectionStart)) return
      event.preventDefault()
      this.#submit()
    } else if (event.key === "ArrowUp" && value === "" && !event.shiftKey) {
      const message = lastOwnMessage()
      if (!message) return
      event.preventDefault()
      this.#edit(message)
    } else if (event.key === "Escape" && (this.#editing || this.#replyTo !== undefined)) {
      event.preventDefault()
      this.#cancel()
    }
  }

  /** @param {Event} event */
  #submitted(event) {
    event.preventDefault()
    this.#submit()
    this.#field.focus()
  }

  #submit() {
    const text = this.#field.value
    if (this.#length > chat.textLimit || !chat.room) return
    if (this.#editing) return void this.#saveEdit(this.#editing, text)
    if (text.trim() === "") return
    const isAction = text.startsWith(ACTION) && text.slice(ACTION.length).trim() !== ""
    try {
      chat.post({ text: isAction ? text.slice(ACTION.length) : text, kind: isAction ? "action" : undefined, reply_to: this.#replyTo })
    } catch {
      return this.#say(t("composer.outboxFull"))
    }
    this.#replyTo = undefined
    this.#setText("")
    this.#completion?.close()
    this.#saveDraft()
  }

  /** @param {import("../core/types.js").Message} message @param {string} text */
  async #saveEdit(message, text) {
    if (this.#isSaving) return
    if (text.trim() === "") {
      this.#cancel()
      return chat.emit("remove", message)
    }
    this.#isSaving = true
    try {
      if (text !== message.text) await chat.change("edit", { seq: message.seq, text })
      if (this.#editing === message) this.#cancel()
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message || t("notice.notConnected"))
    } finally {
      this.#isSaving = false
    }
  }

  /** @param {import("../core/types.js").Message} message */
  #edit(message) {
    this.#saveDraft()
    this.#editing = message
    this.#setText(message.text ?? "")
    this.#field.focus()
  }

  /** @param {import("../core/types.js").Message} message */
  #reply(message) {
    if (this.#editing) this.#cancel()
    this.#replyTo = message.seq
    this.#saveDraft()
    this.#field.focus()
    this.requestUpdate()
  }

  #cancel() {
    if (this.#editing) {
      this.#editing = null
      this.#showDraft()
    } else {
      this.#replyTo = undefined
      this.#saveDraft()
    }
    this.requestUpdate()
  }

  #changeRoom() {
    if (this.#room !== null) this.#saveDraft()
    this.#completion?.close()
    this.#editing = null
    this.#showDraft()
    if (!COARSE.matches) this.#field.focus()
    this.requestUpdate()
  }

  #showDraft() {
    this.#room = chat.current
    const draft = this.#room === null ? null : chat.drafts?.get(this.#room)
    this.#replyTo = draft?.reply_to
    this.#setText(draft?.text ?? "")
    if (draft?.caret !== undefined) this.#field.setSelectionRange(draft.caret, draft.caret)
  }

  #saveDraft() {
    clearTimeout(this.#draftTimer)
    if (this.#room === null || this.#editing || !this.querySelector("textarea")) return
    const { value, selectionStart } = this.#field
    chat.drafts?.set(this.#room, { text: value, caret: selectionStart, reply_to: this.#replyTo, at: Date.now() })
    chat.emit("draft")
  }

  /** The draft of another tab, where this field has not been touched. @param {StorageEvent} event */
  #takeOver({ key }) {
    if (chat.drafts?.roomOf(key) !== this.#room || this.#editing || document.activeElement === this.#field) return
    this.#showDraft()
    this.requestUpdate()
  }

  /** @param {string} text */
  #setText(text) {
    this.#field.value = text
    this.#measure()
  }

  #measure() {
    const length = [...this.#field.value].length
    if (length !== this.#length && Math.max(length, this.#length) >= chat.textLimit * COUNTER_FROM) this.requestUpdate()
    this.#length = length
    if (GROWS_BY_ITSELF) return
    this.#field.style.height = "auto"
    this.#field.style.height = `${this.#field.scrollHeight}px`
  }

  /** @param {string} words */
  #say(words) {
    this.#notice = words
    this.requestUpdate()
    setTimeout(() => {
      if (this.#notice !== words) return
      this.#notice = ""
      this.requestUpdate()
    }, NOTICE_MS)
  }
}

function lastOwnMessage() {
  return chat.room?.messages.findLast(({ user, deleted_at: deletedAt, kind }) => user.id === chat.me?.id && !deletedAt && kind !== "notice")
}

/** @param {import("../core/store.js").Room | null} room */
function closedBecause(room) {
  if (!room?.info.archived_at) return ""
  return t("composer.archived", { date: dateOf(room.info.archived_at, translator.locale, Date.now()) })
}

function typingLine() {
  const names = chat.current === null ? [] : chat.typing.of(chat.current)
  if (names.length === 0) return nothing
  const [first, second] = names.map((name) => html`<b dir="auto">${name}</b>`)
  const dots = html`<span class="dots"><i></i><i></i><i></i></span>`
  if (names.length > NAMES_SHOWN) return html`${dots}<span>${t("typing.many", { count: names.length })}</span>`
  const words = second ? translator.parts("typing.two", { first, second }) : translator.parts("typing.one", { name: first })
  return html`${dots}<span>${words}</span>`
}

customElements.define("sc-composer", Composer)
