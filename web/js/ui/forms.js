/** What the forms for names and passwords share: their fields, and what becomes of sending one. */
import { html, nothing } from "../../vendor/lit.js"
import { t } from "../context.js"
import { told } from "./refusals.js"

const NAME_CHARACTERS = 32
const LONGEST_PASSWORD = 128 // code points
const TICK_MS = 1_000

/** @typedef {{id: string, name: string, label: string, help?: unknown, value?: string, autocomplete?: string, type?: string, most?: number}} Field */

/** @typedef {(code: string, error: any) => {field: string, words: unknown} | undefined} Explain */

/** One form that is sent: it is busy, was refused in words under a field, or has to wait. */
export class Attempt {
  isBusy = false
  /** @type {{field: string, words: unknown} | null} */
  refusal = null
  #host
  #until = 0 // milliseconds since 1970
  /** @type {any} */
  #timer

  /** @param {import("./view.js").View} host that is drawn again */
  constructor(host) {
    this.#host = host
  }

  get secondsLeft() {
    return Math.max(0, Math.ceil((this.#until - Date.now()) / TICK_MS))
  }

  /**
   * Sends what stands in the form; where that is refused, says so in words and goes to the field.
   *
   * @param {SubmitEvent} event
   * @param {(typed: Record<string, string>) => unknown} act
   * @param {Explain} [explain] what a code means here
   * @returns {Promise<boolean>} whether it went well
   */
  async send(event, act, explain) {
    event.preventDefault()
    const form = /** @type {HTMLFormElement} */ (event.target)
    const typed = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]))
    const isDone = await this.#try(typed, act, explain)
    if (isDone) return true
    await this.#host.updateComplete
    const field = /** @type {HTMLInputElement | null} */ (form.elements.namedItem(this.refusal?.field ?? ""))
    field?.focus()
    return false
  }

  /** The same for a button beside the form. @param {() => unknown} act @returns {Promise<boolean>} */
  act(act) {
    return this.#try({}, act)
  }

  /**
   * @param {Record<string, string>} typed
   * @param {(typed: Record<string, string>) => unknown} act
   * @param {Explain} [explain]
   */
  async #try(typed, act, explain) {
    if (this.isBusy || this.secondsLeft > 0) return false
    this.#show(true, null)
    try {
      await act(typed)
      this.#show(false, null)
      return true
    } catch (error) {
      this.#wait(/** @type {any} */ (error).retryAfterMs ?? 0)
      const { code } = /** @type {any} */ (error)
      this.#show(false, explain?.(code, error) ?? refusalOf(error, typed))
      return false
    }
  }

  /** The form is another one now. */
  forget() {
    this.refusal = null
  }

  /** @param {Field} field */
  field({ id, name, label, help, value = "", autocomplete, type = "text", most = NAME_CHARACTERS * 2 }) {
    const refusal = this.refusal?.field === name ? this.refusal : null
    const input = html`<input class="field" id=${id} name=${name} type=${type} required maxlength=${most} dir="auto" autocomplete=${autocomplete ?? "off"}
      .defaultValue=${value} autocapitalize="off" spellcheck="false" aria-invalid=${refusal !== null}
      aria-describedby=${refusal ? `${id}-error` : help ? `${id}-help` : nothing}>`
    return html`<div><label for=${id}>${label}</label>
      ${type === "password" ? html`<div class="secret">${input}<button type="button" class="link" aria-pressed="false" aria-label=${t("password.show")}
        @click=${reveal}>${t("password.showShort")}</button></div>` : input}
      ${refusal ? html`<p class="field-error" id=${`${id}-error`} role="alert">${refusal.words}</p>` : help ? html`<p class="help" id=${`${id}-help`}>${help}</p>` : nothing}</div>`
  }

  /** A password that is chosen now. @param {{id: string, name?: string, label: string, least: number}} field */
  newPassword({ id, name = "password", label, least }) {
    return this.field({ id, name, label, type: "password", autocomplete: "new-password", most: LONGEST_PASSWORD * 2, help: t("password.help", { count: least }) })
  }

  /** @param {{id: string, name?: string, label: string, help?: unknown}} field */
  password({ id, name = "password", label, help }) {
    return this.field({ id, name, label, help, type: "password", autocomplete: "current-password", most: LONGEST_PASSWORD * 2 })
  }

  /** What concerns no single field. */
  problem() {
    if (!this.refusal || this.refusal.field !== "") return nothing
    return html`<p class="field-error" role="alert">${this.refusal.words}</p>`
  }

  /** @param {unknown} words @param {string} [look] */
  button(words, look = "primary wide") {
    const seconds = this.secondsLeft
    return html`<button class="button ${look}" ?disabled=${this.isBusy || seconds > 0}>${
      seconds > 0 ? html`<span class="num">${t("password.again", { seconds })}</span>` : words}</button>`
  }

  /** @param {boolean} isBusy @param {{field: string, words: unknown} | null} refusal */
  #show(isBusy, refusal) {
    this.isBusy = isBusy
    this.refusal = refusal
    this.#host.requestUpdate()
  }

  /** @param {number} ms */
  #wait(ms) {
    clearInterval(this.#timer)
    this.#until = Date.now() + ms
    if (ms <= 0) return
    this.#timer = setInterval(() => {
      if (this.secondsLeft === 0) {
        clearInterval(this.#timer)
        this.refusal = null
      }
      this.#host.requestUpdate()
    }, TICK_MS)
  }
}

/**
 * @param {any} error
 * @param {Record<string, string>} typed
 * @returns {{field: string, words: unknown}} `field` is empty where none is to blame
 */
export function refusalOf({ code, message, least = 0 }, typed) {
  switch (code) {
    case undefined: return { field: "", words: t("join.failed") }
    case "name_taken": return { field: "name", words: t("join.taken") }
    case "bad_name": return { field: "name", words: t("join.badName") }
    case "bad_password": {
      const field = "new_password" in typed ? "new_password" : "password"
      return { field, words: wordsOfPassword([...typed[field]].length, least) }
    }
    case "rate_limited": return { field: "", words: t("password.tooOften") }
    case "banned": return { field: "", words: t("screen.banned") }
    default: return { field: "", words: told(message) }
  }
}

/** @param {number} length code points @param {number} least */
function wordsOfPassword(length, least) {
  if (length < least) return t("password.short", { count: least })
  return length > LONGEST_PASSWORD ? t("password.long", { count: LONGEST_PASSWORD }) : t("password.common")
}

/** @param {Event} event */
function reveal({ currentTarget }) {
  const button = /** @type {HTMLElement} */ (currentTarget)
  const input = /** @type {HTMLInputElement} */ (button.previousElementSibling)
  const isShown = input.type === "password"
  input.type = isShown ? "text" : "password"
  button.setAttribute("aria-pressed", String(isShown))
  input.focus()
}
