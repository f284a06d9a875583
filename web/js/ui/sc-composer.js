/** Where the person writes. Nothing typed here is lost: drafts are kept per room, sent messages in the outbox. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, preferences, t } from "../context.js"
import { Composition, enterSends, isBlank, isInsideFence, isSendKey, lengthOf, messageOf } from "../core/typed.js"
import { isClosed, slowModeOf } from "../core/room.js"
import { View, icon, openDialog } from "./view.js"

const DRAFT_AFTER_MS = 300
const COUNTER_FROM = 0.9 // of what a message may hold
const COMMAND = /^\/(?:leave|topic|kick|(?:un)?(?:ban|mute))(?!\S)/iu
const COARSE = matchMedia("(pointer: coarse)")
export const IS_APPLE = /Mac|iPhone|iPad/u.test(navigator.platform)
export const MOD = IS_APPLE ? "⌘" : "Ctrl"
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content")

/** @typedef {import("../core/types.js").Message} Message */
/** @typedef {import("./composing.js").Composing} Composing */

export class Composer extends View {
  composition = new Composition()
  /** @type {string | null} the room whose draft is in the field */
  room = null
  /** @type {Message | null} */
  editing = null
  /** @type {number | undefined} */
  replyTo
  length = 0
  draft = "" // as it was last shown or kept
  /** @type {Composing | null} what else is done with the text than to keep and send it: comes with the first need */
  #composing = null
  /** @type {any} */
  #draftTimer
  #keep = () => this.saveDraft()
  #taken = (/** @type {StorageEvent} */ event) => this.with((composing) => composing.takeOver(event))

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "room", "connection", "session")
    this.follow(preferences, "change")
    this.listen(chat, "reply", (message) => this.with((composing) => composing.reply(message)))
    this.listen(chat, "edit", (message) => this.with((composing) => composing.edit(message)))
    this.listen(chat, "notice", (words) => this.with((composing) => composing.say(words)))
    this.listen(chat, "renamed", ({ was, room }) => {
      if (this.room !== was) return
      this.saveDraft()
      this.room = room
    })
    addEventListener("pagehide", this.#keep)
    addEventListener("storage", this.#taken)
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    this.saveDraft()
    removeEventListener("pagehide", this.#keep)
    removeEventListener("storage", this.#taken)
    this.#composing?.stop()
  }

  render() {
    const { room } = chat
    const more = this.#composing
    const name = room?.label ?? `#${chat.current ?? ""}`
    const isOff = more ? more.closed !== null : isClosed(room)
    const over = this.length - chat.textLimit
    const wait = this.editing ? 0 : this.wait
    const typing = chat.current === null ? [] : chat.typing?.of(chat.current) ?? []
    if (!more && (isOff || wait > 0 || typing.length > 0 || slowModeOf(room) > 0 || this.replyTo !== undefined)) this.with(() => {})
    return html`<div class="foot">
      <div class="typing" aria-hidden="true">${more?.typing(typing)}</div>
      ${more?.strips(wait)}
      <form class="composer" @submit=${this.#submitted}>
        ${more?.target()}
        <div class="composer-row">
          <textarea id="composer-field" rows="1" dir="auto" aria-label=${t("composer.placeholder", { room: name })} ?disabled=${isOff}
            placeholder=${isOff ? more?.closedWords() ?? "" : t("composer.placeholder", { room: name })} enterkeyhint=${enterSends(habit()) ? "send" : nothing}
            aria-invalid=${over > 0} @blur=${this.#keep} @input=${this.#typed} @keydown=${this.#keyed}
            @paste=${(/** @type {ClipboardEvent} */ event) => this.with((composing) => composing.pasted(event))}
            @compositionstart=${() => this.composition.start()} @compositionend=${this.#composed}></textarea>
          ${this.length < chat.textLimit * COUNTER_FROM ? nothing : more?.counter(over)}
          <button type="button" class="icon-button" aria-label=${t("emoji.title")} title=${t("emoji.title")} ?disabled=${isOff}
            @click=${(/** @type {Event} */ { currentTarget }) => this.with((composing) => composing.pickEmoji(currentTarget))}>${icon("smile")}</button>
          <button class="send" aria-label=${(wait > 0 && more?.again(wait)) || t(this.editing ? "composer.save" : "composer.send")} ?disabled=${over > 0 || isOff || wait > 0}>${
            wait > 0 && more ? more.secondsLeft(wait) : icon(this.editing ? "check" : "send")}</button>
        </div>
      </form>
      ${this.#hint(isOff)}
    </div>`
  }

  /** What the keys do, and how it is done without them. @param {boolean} isOff */
  #hint(isOff) {
    const [send, newLine] = enterSends(habit()) ? ["Enter", "Shift Enter"] : [`${MOD} Enter`, "Enter"]
    const mark = (/** @type {string} */ sign, /** @type {string} */ words, /** @type {unknown} */ look) => html`<button type="button" class="mark-button"
      aria-label=${words} title=${words} ?disabled=${isOff} @pointerdown=${(/** @type {Event} */ event) => event.preventDefault()}
      @click=${() => this.composition.isActive || this.with((composing) => composing.mark(sign))}>${look}</button>`
    return html`<div class="hint">
      <span class="marks">${mark("**", t("keys.bold"), html`<b>B</b>`)}${mark("*", t("keys.italic"), html`<i>I</i>`)}${mark("`", t("keys.code"), html`<code>&lt;/&gt;</code>`)}</span>
      <span class="tips" aria-hidden="true"><span><kbd>${send}</kbd> ${t("hint.send")}</span><span><kbd>${newLine}</kbd> ${t("hint.newLine")}</span><span><kbd>↑</kbd> ${t("hint.edit")}</span><span><kbd>/</kbd> ${t("hint.commands")}</span></span>
      <button type="button" @click=${() => openDialog("sc-shortcuts")}><kbd aria-hidden="true">${MOD} /</kbd> ${t("hint.keys")}</button></div>`
  }

  firstUpdated() {
    this.showDraft()
    if (!COARSE.matches) this.field.focus()
  }

  updated() {
    if (this.room !== chat.current) this.#changeRoom()
  }

  get field() {
    return /** @type {HTMLTextAreaElement} */ (this.querySelector("textarea"))
  }

  /** How long the server wants no message of this person, in milliseconds. */
  get wait() {
    const until = chat.current === null ? 0 : chat.sender?.pausedUntil(chat.current) ?? 0
    return Math.max(0, until - Date.now())
  }

  /** @param {(composing: Composing) => unknown} act */
  with(act) {
    if (this.#composing) return void act(this.#composing)
    import("./composing.js").then(({ Composing }) => {
      this.#composing ??= new Composing(this)
      act(this.#composing)
      this.requestUpdate()
    }, () => {})
  }

  /** @param {InputEvent} event */
  #typed({ isComposing }) {
    clearTimeout(this.#draftTimer)
    this.#draftTimer = setTimeout(this.#keep, DRAFT_AFTER_MS)
    this.measure()
    this.with((composing) => composing.typed(isComposing))
  }

  #composed() {
    this.composition.end()
    this.with((composing) => composing.typed(false))
  }

  /** What Enter does must not wait for anything. @param {KeyboardEvent} event */
  #keyed(event) {
    if (this.composition.covers(event) || this.#composing?.completes(event)) return
    const mayEnd = event.ctrlKey || event.metaKey || !isInsideFence(this.field.value, this.field.selectionStart)
    if (isSendKey(event, habit()) && mayEnd) {
      event.preventDefault()
      this.submit()
    } else if (event.key !== "Enter") {
      this.with((composing) => composing.keyed(event))
    }
  }

  /** @param {Event} event */
  #submitted(event) {
    event.preventDefault()
    this.submit()
    this.field.focus()
  }

  submit() {
    const typed = this.field.value
    if (this.length > chat.textLimit || !chat.room) return
    if (this.editing) this.with((composing) => composing.save(typed))
    else if (COMMAND.test(typed)) this.with((composing) => composing.command(typed))
    else this.post(typed)
  }

  /** @param {string} typed */
  post(typed) {
    if (isBlank(typed) || this.wait > 0) return
    try {
      chat.post({ ...messageOf(typed), reply_to: this.replyTo })
    } catch {
      return this.with((composing) => composing.say(t("composer.outboxFull")))
    }
    this.clear()
  }

  clear() {
    this.replyTo = undefined
    this.setText("")
    this.#composing?.leave()
    this.saveDraft()
  }

  measure() {
    const { value } = this.field
    const length = lengthOf(this.editing ? value : messageOf(value).text)
    const isNear = Math.max(length, this.length) >= chat.textLimit * COUNTER_FROM
    this.length = length
    if (isNear) this.with(() => this.requestUpdate())
    if (GROWS_BY_ITSELF) return
    this.field.style.height = "auto"
    this.field.style.height = `${this.field.scrollHeight}px`
  }

  #changeRoom() {
    if (this.room !== null) this.saveDraft()
    this.#composing?.leave()
    this.editing = null
    this.showDraft()
    if (!COARSE.matches) this.field.focus()
    this.requestUpdate()
  }

  showDraft() {
    this.room = chat.current
    const draft = this.room === null ? null : chat.drafts?.get(this.room)
    this.replyTo = draft?.reply_to
    this.draft = draft?.text ?? ""
    this.setText(this.draft)
    if (draft?.caret !== undefined) this.field.setSelectionRange(draft.caret, draft.caret)
  }

  /** A draft that was not changed here is left to the tab that has changed it. */
  saveDraft() {
    clearTimeout(this.#draftTimer)
    if (this.room === null || this.editing || !this.querySelector("textarea")) return
    const { value: text, selectionStart: caret } = this.field
    if (text === this.draft && text !== (chat.drafts?.get(this.room)?.text ?? "")) return
    this.draft = text
    chat.drafts?.set(this.room, { text, caret, reply_to: this.replyTo, at: Date.now() })
    chat.emit("draft")
  }

  /** @param {string} text */
  setText(text) {
    this.field.value = text
    this.measure()
  }
}

function habit() {
  return { isCoarse: COARSE.matches, enter: preferences.values.enter }
}

customElements.define("sc-composer", Composer)
