/** What the composer does with what is typed, beyond keeping and sending it: edits, answers, completes; and the lines that say what goes on. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, preferences, t, translator } from "../context.js"
import { closedBecause, deedOf, marked, withCodeBlock } from "../core/editing.js"
import { clockTime, dateOf, localDay } from "../core/i18n.js"
import { isBlank } from "../core/typed.js"
import { slowModeOf } from "../core/room.js"
import { fold, known, reasonOf } from "./refusals.js"
import { IS_APPLE } from "./sc-composer.js"
import { brought, icon } from "./view.js"

const NOTICE_MS = 6_000
const TICK_MS = 1_000
const LONGEST_TIMER_MS = 2 ** 31 - 1
const NAMES_SHOWN = 2
const PAGE = 0.9 // of what is seen of the log
const LINES_OF_CODE = 10 // and more, pasted at once, are worth a question
const COMPLETED = /[@#/:：]/u

/** @typedef {import("../core/types.js").Message} Message */

export class Composing {
  #host
  /** @type {import("../core/types.js").Notice & {isDone?: boolean} | null} */
  #notice = null
  #pasted = "" // what is offered to be sent as code
  #isSaving = false
  /** @type {import("./completion.js").Completion | null} */
  #completion = null
  /** @type {any} */
  #tickTimer
  /** @type {any} */
  #noticeTimer

  /** @param {import("./sc-composer.js").Composer} host */
  constructor(host) {
    this.#host = host
  }

  stop() {
    clearTimeout(this.#tickTimer)
    clearTimeout(this.#noticeTimer)
  }

  /** The room was changed: what was said and offered was about the other one. */
  leave() {
    this.#notice = null
    this.#pasted = ""
    this.#completion?.close()
  }

  get closed() {
    return closedBecause(chat.room, Date.now())
  }

  /** In the place of what is written in an empty field. */
  closedWords() {
    const { closed } = this
    switch (closed?.why) {
      case "archived": return t("composer.archived", { date: dateOf(closed.at ?? 0, translator.locale, Date.now()) })
      case "muted": return closed.at === undefined ? t("composer.muted") : t("composer.mutedUntil", { time: momentOf(closed.at) })
      case "moderators": return t("composer.onlyModerators")
      case "members": return t("composer.onlyMembers")
      case "other": return known(closed.message ?? "") ?? t("composer.muted")
      default: return ""
    }
  }

  /** The lines above the field. @param {number} wait until the server takes a message, in milliseconds */
  strips(wait) {
    this.#tick(wait)
    return html`${this.#said()}
      ${this.#closure()}${this.closed ? nothing : pause(wait)}${this.#offer()}${this.#completion?.template() ?? nothing}`
  }

  #said() {
    if (!this.#notice) return nothing
    const { words, action, act, isDone } = this.#notice
    const undo = () => {
      this.#notice = null
      this.#host.requestUpdate()
      act?.()
    }
    return html`<div class="strip ${isDone ? "done offer" : ""}" role=${isDone ? "status" : "alert"}>${icon(isDone ? "check" : "alert", "sm")}<span dir="auto">${words}</span>${action ? html`<button type="button" class="link" @click=${undo}>${action}</button>` : nothing}</div>`
  }

  /** A second later something else is true; a ban on writing ends by itself. @param {number} wait */
  #tick(wait) {
    clearTimeout(this.#tickTimer)
    const until = this.closed?.why === "muted" ? this.closed.at : undefined
    const due = wait > 0 ? wait % TICK_MS || TICK_MS : until === undefined ? 0 : until - Date.now() + 1
    if (due > 0) this.#tickTimer = setTimeout(() => this.#host.requestUpdate(), Math.min(due, LONGEST_TIMER_MS))
  }

  /** Where a draft hides what stands in an empty field, or where this person may open the room again. */
  #closure() {
    const mayRestore = this.closed?.why === "archived" && chat.room?.you?.may_set === true
    const { why, message = "" } = this.closed ?? {}
    const unknown = why === "other" && known(message) === undefined ? fold(message) : nothing
    if (!this.closed || (this.#host.field.value === "" && !mayRestore && unknown === nothing)) return nothing
    return html`<div class="strip waiting closed" role="status">${icon("lock", "sm")}<span>${this.closedWords()} ${unknown}</span>
      ${mayRestore ? html`<button class="link" @click=${() => void this.#restore()}>${t("composer.restore")}</button>` : nothing}</div>`
  }

  async #restore() {
    try {
      await chat.socket.command("set_room", { room: chat.room?.name, archived: false })
    } catch (error) {
      this.say(error)
    }
  }

  #offer() {
    if (this.#pasted === "" || !this.#host.field.value.includes(this.#pasted)) return nothing
    return html`<div class="strip offer" role="status">${icon("copy", "sm")}<span>${t("composer.pasted", { count: this.#pasted.split("\n").length })}</span>
      <button class="link" @click=${() => this.#sendAsCode()}>${t("composer.sendAsCode")}</button>
      <button class="icon-button small" aria-label=${t("banner.dismiss")} @click=${() => this.#withdraw()}>${icon("x", "sm")}</button></div>`
  }

  /** What is answered or edited. */
  target() {
    const { editing, replyTo } = this.#host
    if (!editing && replyTo === undefined) return nothing
    const message = replyTo === undefined ? null : chat.room?.message(replyTo)
    const words = editing ? [t("composer.editing")]
      : message ? translator.parts("composer.replying", { name: html`<b dir="auto">${message.user.name}</b>` }) : [t("composer.replyingEarlier")]
    return html`<div class="target">${icon(editing ? "edit" : "reply", "xs")}<span>${words}</span>
      <button type="button" class="icon-button small" aria-label=${t("composer.cancel")} @click=${() => this.cancel()}>${icon("x", "sm")}</button></div>`
  }

  /** In what the server counts. @param {number} over */
  counter(over) {
    const words = over > 0 ? t("composer.tooLong", { count: over }) : String(-over)
    return html`<span class="counter num ${over > 0 ? "over" : ""}" role="status">${words}</span>`
  }

  /** What the button is called that shows them. @param {number} wait */
  again(wait) {
    return again(wait).trim()
  }

  /** @param {number} wait */
  secondsLeft(wait) {
    return html`<span class="num" aria-hidden="true">${secondsOf(wait)}</span>`
  }

  /** @param {string[]} people */
  typing(people) {
    if (people.length === 0) return nothing
    const [first, second] = people.map((name) => html`<b dir="auto">${name}</b>`)
    const dots = html`<span class="dots"><i></i><i></i><i></i></span>`
    if (people.length > NAMES_SHOWN) return html`${dots}<span>${t("typing.many", { count: people.length })}</span>`
    const words = second ? translator.parts("typing.two", { first, second }) : translator.parts("typing.one", { name: first })
    return html`${dots}<span>${words}</span>`
  }

  /** @param {boolean} isComposing */
  typed(isComposing) {
    if (this.#pasted !== "") this.#host.requestUpdate()
    if (!isComposing) void this.#complete()
    if (this.#host.field.value !== "" && !this.#host.editing && preferences.values.typing) void chat.tellTyping()
  }

  /** The list comes with the first sign that may open it. */
  async #complete() {
    const { field } = this.#host
    if (!this.#completion && COMPLETED.test(field.value)) {
      const completion = await import("./completion.js").catch(() => null)
      if (completion) this.#completion ??= new completion.Completion(field, () => this.#host.requestUpdate())
    }
    this.#completion?.update()
  }

  /** Whether the open list has taken the key. @param {KeyboardEvent} event that is not the input method's */
  completes(event) {
    return this.#completion?.keyed(event) === true
  }

  /** @param {KeyboardEvent} event that is not Enter and not the input method's */
  keyed(event) {
    const deed = deedOf(event, { isEmpty: this.#host.field.value === "", isApple: IS_APPLE })
    if (deed && this.#do(deed)) event.preventDefault()
  }

  /** The draft of another tab, where nothing was typed here since. @param {StorageEvent} event */
  takeOver({ key }) {
    const host = this.#host
    const isTouched = host.editing !== null || host.composition.isActive || host.field.value !== host.draft
    if (chat.drafts?.roomOf(key) !== host.room || isTouched) return
    host.showDraft()
    host.requestUpdate()
    chat.emit("draft")
  }

  /** @param {NonNullable<ReturnType<typeof deedOf>>} deed @returns {boolean} whether there was something to do */
  #do({ does, mark = "", by = 0 }) {
    switch (does) {
      case "mark": return this.mark(mark)
      case "scroll": return scrollLog(by)
      case "editLast": return this.#editLast()
      default: return this.cancel()
    }
  }

  /** Around what is selected, or taken away from it. @param {string} mark */
  mark(mark) {
    const { value: text, selectionStart: start, selectionEnd: end } = this.#host.field
    const change = marked({ text, start, end }, mark)
    replace(this.#host.field, change.from, change.to, change.words)
    this.#host.field.setSelectionRange(change.start, change.end)
    return true
  }

  #editLast() {
    const message = chat.room?.messages.findLast(({ user, text, deleted_at: deletedAt, kind }) =>
      user.id === chat.me?.id && text !== undefined && !deletedAt && kind !== "notice")
    if (message) this.edit(message)
    return message !== undefined
  }

  /** @param {Message} message */
  edit(message) {
    const host = this.#host
    if (!host.editing) host.saveDraft()
    host.editing = message
    host.setText(message.text ?? "")
    host.field.focus()
    host.requestUpdate()
  }

  /** @param {Message} message */
  reply(message) {
    const host = this.#host
    if (host.editing) this.cancel()
    host.replyTo = message.seq
    host.saveDraft()
    host.field.focus()
    host.requestUpdate()
  }

  /** Back to the draft, or to a message that answers none. @returns {boolean} whether there was something to end */
  cancel() {
    const host = this.#host
    if (!host.editing && host.replyTo === undefined) return false
    if (host.editing) {
      host.editing = null
      host.showDraft()
    } else {
      host.replyTo = undefined
      host.saveDraft()
    }
    host.requestUpdate()
    return true
  }

  /** Without a text it would be a deletion, which is asked about. @param {string} text */
  async save(text) {
    const { editing: message } = this.#host
    if (!message || this.#isSaving) return
    if (isBlank(text)) {
      this.cancel()
      return chat.emit("remove", message)
    }
    this.#isSaving = true
    try {
      if (text !== message.text) await chat.change("edit", { seq: message.seq, text })
      if (this.#host.editing === message) this.cancel()
    } catch (error) {
      this.say(error)
    } finally {
      this.#isSaving = false
    }
  }

  /** A word behind a slash that is no command goes out as it is. @param {string} typed */
  async command(typed) {
    const commands = await brought(() => import("./commands.js"))
    if (!commands) return
    const run = commands.commandOf(typed)
    if (!run) return this.#host.post(typed)
    try {
      if (await run()) this.#host.clear()
    } catch (error) {
      this.say(error)
    }
  }

  /** @param {EventTarget | null} button */
  async pickEmoji(button) {
    const picker = await brought(() => import("./emoji-picker.js"))
    const emoji = await picker?.pickEmoji(/** @type {HTMLElement} */ (button))
    const { field } = this.#host
    field.focus()
    if (emoji) replace(field, field.selectionStart, field.selectionEnd, emoji)
  }

  /** The text stays as it is pasted until the person wants it otherwise. @param {ClipboardEvent} event */
  pasted({ clipboardData }) {
    const text = (clipboardData?.getData("text/plain") ?? "").replace(/\r\n?/gu, "\n")
    if (text.split("\n").length <= LINES_OF_CODE) return
    this.#pasted = text
    this.#host.requestUpdate()
  }

  #withdraw() {
    this.#pasted = ""
    this.#host.field.focus()
    this.#host.requestUpdate()
  }

  #sendAsCode() {
    const { field } = this.#host
    const text = withCodeBlock(field.value, this.#pasted)
    this.#withdraw()
    if (text === null) return
    replace(field, 0, field.value.length, text)
    this.#host.submit()
  }

  /** @param {unknown} news words or an error, both on what went wrong, or a `Notice` */
  say(news) {
    if (news instanceof Error) this.#notice = { words: reasonOf(news) }
    else this.#notice = typeof news === "string" ? { words: news } : { .../** @type {import("../core/types.js").Notice} */ (news), isDone: true }
    this.#host.requestUpdate()
    this.#silenceSoon()
  }

  /** But not while somebody has opened it to read on. */
  #silenceSoon() {
    clearTimeout(this.#noticeTimer)
    this.#noticeTimer = setTimeout(() => {
      if (this.#host.querySelector(".strip[role=alert] details[open]")) return this.#silenceSoon()
      this.#notice = null
      this.#host.requestUpdate()
    }, NOTICE_MS)
  }
}

/** @param {number} wait */
function pause(wait) {
  const slow = slowModeOf(chat.room)
  if (wait === 0 && slow === 0) return nothing
  const seconds = html`<span role="timer" class="num">${again(wait)}</span>`
  return html`<div class="strip ${wait > 0 ? "waiting" : "quiet"}">${icon("clock", "sm")}<span><b role="status">${
    slow > 0 ? t("composer.slowMode", { count: slow }) : t("composer.slowDown")}</b>${wait > 0 ? seconds : nothing}</span></div>`
}

/** @param {number} wait */
function again(wait) {
  return t("composer.again", { seconds: secondsOf(wait) })
}

/** @param {number} wait */
function secondsOf(wait) {
  return Math.max(1, Math.ceil(wait / TICK_MS))
}

/** Today the hour will do. @param {number} at */
function momentOf(at) {
  const { locale } = translator
  const time = clockTime(at, locale)
  return localDay(at) === localDay(Date.now()) ? time : `${dateOf(at, locale, Date.now())} ${time}`
}

/** @param {number} by pages, up or down */
function scrollLog(by) {
  const log = document.querySelector(".scroll")
  log?.scrollBy({ top: by * PAGE * log.clientHeight })
  return log !== null
}

/** As if it had been typed, so that it can be undone. @param {HTMLTextAreaElement} field @param {number} from @param {number} to @param {string} words */
function replace(field, from, to, words) {
  field.focus()
  field.setSelectionRange(from, to)
  if (document.execCommand("insertText", false, words)) return
  field.setRangeText(words, from, to, "end")
  field.dispatchEvent(new Event("input", { bubbles: true }))
}
