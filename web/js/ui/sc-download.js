/**
 * Saves a room's history as a file: `downloadHistory(room)`, to be imported when somebody wants it.
 *
 * It asks for the format, shows how far it has come and can be stopped. The pages come over HTTP, so that the chat goes on.
 */
import { html, nothing } from "../../vendor/lit.js"
import { chat, t } from "../context.js"
import { bodyOf, reach } from "../core/api.js"
import { Refused } from "../core/socket.js"
import { FORMATS, gather } from "../core/transcript.js"
import { openDialog } from "./dialogs.js"
import { reasonOf } from "./refusals.js"
import { Dialog } from "./sc-dialog.js"

const PAGE = 200 // messages
const PATIENCE_MS = 1_000 // before a server that is busy is asked again
const TRIES = 5
const KEPT_MS = 60_000 // that the browser has to take the file
const UNFIT = /[\\/:*?"<>|\p{Cc}]/gu // in the name of a file

/** @param {import("../core/room.js").Room} room */
export function downloadHistory({ name }) {
  return openDialog("sc-download", { room: name })
}

class DownloadDialog extends Dialog {
  room = ""
  #count = 0
  /** @type {unknown} */
  #error = ""
  /** @type {AbortController | null} while it runs */
  #run = null

  render() {
    const isRunning = this.#run !== null
    return html`<dialog class="dialog" aria-labelledby="download-title" @close=${() => this.#run?.abort()}><form @submit=${this.#submit}>
      <h2 id="download-title">${t("download.title", { room: chat.subscriptions.get(this.room)?.label ?? `#${this.room}` })}</h2>
      <fieldset ?disabled=${isRunning}><legend>${t("download.format")}</legend><div class="choices">${FORMATS.map((format, index) => html`
        <label class="choice"><input type="radio" name="format" value=${format} ?checked=${index === 0}><span>${format === "txt" ? t("download.text") : t("download.jsonl")}</span></label>`)}</div></fieldset>
      <p class="help" role="status">${isRunning ? t("download.progress", { count: this.#count }) : nothing}</p>
      ${this.#error ? html`<p class="field-error" role="alert">${this.#error}</p>` : nothing}
      <div class="dialog-buttons">
        <button class="button" type="button" @click=${() => this.close()}>${t("dialog.cancel")}</button>
        <button class="button primary" ?disabled=${isRunning}>${t("download.save")}</button></div></form></dialog>`
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault()
    const format = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("format"))
    const run = (this.#run = new AbortController())
    this.#error = ""
    this.#show(0)
    try {
      const { signal } = run
      const page = (/** @type {number | null} */ before) => pageOf(this.room, before, signal)
      save(new Blob(await gather({ page, format, signal, progress: (count) => this.#show(count) })), `${this.room.replaceAll(UNFIT, "_")}.${format}`)
      this.close(true)
    } catch (error) {
      if (run.signal.aborted) return
      this.#error = reasonOf(error)
    } finally {
      this.#run = null
      this.requestUpdate()
    }
  }

  /** @param {number} count */
  #show(count) {
    this.#count = count
    this.requestUpdate()
  }
}

/** @param {string} room @param {number | null} before @param {AbortSignal} signal @returns {Promise<any>} */
async function pageOf(room, before, signal) {
  const query = new URLSearchParams({ limit: String(PAGE), ...(before === null ? {} : { before: String(before) }) })
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await bodyOf(await reach(`/api/rooms/${encodeURIComponent(room)}/messages?${query}`, { signal }))
    } catch (error) {
      if (!(error instanceof Refused) || !error.temporary || attempt === TRIES) throw error
      await rest(error.retryAfterMs || PATIENCE_MS, signal)
    }
  }
}

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
function rest(ms, signal) {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, ms)
    signal.addEventListener("abort", () => reject(signal.reason))
  })
}

/** @param {Blob} file @param {string} name */
function save(file, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS)
}

customElements.define("sc-download", DownloadDialog)
