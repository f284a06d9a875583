/** What every part of the page is made with: a component that follows the model, icons, avatars. */
import { LitElement, html, svg } from "../../vendor/lit.js"
import { chat, t, translator } from "../context.js"

const ICONS = new URL("../../vendor/icons.svg", import.meta.url).pathname
const TINTS = 6
const HIDDEN_TAB_MS = 200

/** A component without shadow DOM that draws again, once a frame, when one of its topics changes. */
export class View extends LitElement {
  #isDue = false
  /** @type {(() => void)[]} */
  #stops = []

  createRenderRoot() {
    return this
  }

  connectedCallback() {
    super.connectedCallback()
    this.follow(translator, "change")
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** @param {import("../core/emitter.js").Emitter} emitter @param {...string} topics */
  follow(emitter, ...topics) {
    for (const topic of topics) this.listen(emitter, topic, () => this.redraw())
  }

  /** @param {import("../core/emitter.js").Emitter} emitter @param {string} topic @param {(detail?: any) => void} listener */
  listen(emitter, topic, listener) {
    this.#stops.push(emitter.on(topic, listener))
  }

  redraw() {
    if (this.#isDue) return
    this.#isDue = true
    nextFrame(() => {
      this.#isDue = false
      this.requestUpdate()
    })
  }
}

/** A hidden tab draws no frames, but its title and its unread marks go on. @param {() => void} callback */
function nextFrame(callback) {
  if (document.hidden) setTimeout(callback, HIDDEN_TAB_MS)
  else requestAnimationFrame(callback)
}

/** @param {string} name @param {string} [size] */
export function icon(name, size = "") {
  return html`<svg class="icon ${size}" aria-hidden="true">${svg`<use href=${`${ICONS}#${name}`}></use>`}</svg>`
}

export function mark() {
  return html`<span class="mark" aria-hidden="true"><svg viewBox="0 0 32 32"><path d="M10 10.5h12M12 16h8M8.5 21.5h15"/></svg></span>`
}

/** @param {{id: number, name: string, online?: boolean}} user @param {{size?: string, isPresent?: boolean}} [look] */
export function avatar(user, { size = "", isPresent = false } = {}) {
  const dot = isPresent ? html`<i></i>` : null
  return html`<span class="avatar ${size} tint-${(Math.abs(user.id) % TINTS) + 1}" aria-hidden="true">${initials(user.name)}${dot}</span>`
}

/** What somebody is on this server. @param {import("../core/types.js").User} user */
export function standing({ kind, role }) {
  if (kind === "guest") return t("me.guest")
  const words = { owner: t("account.owner"), admin: t("account.admin"), moderator: t("account.moderator") }
  return words[/** @type {keyof typeof words} */ (role)] ?? t("me.member")
}

/** @param {string} name */
export function initials(name) {
  const han = /\p{Script=Han}(?=\P{Script=Han}*$)/u.exec(name)
  if (han) return han[0]
  const words = name.split(/[\s\p{P}$+<=>^`|~]+/u).filter(Boolean)
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words.length > 0 ? words : [name]
  return letters.map((word) => [...word][0]).join("").toUpperCase()
}

/** @param {string} text */
export function languageOf(text) {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0
  return han * 2 > text.length ? "zh-CN" : undefined
}

/** @template T @param {{(): Promise<T>}} load null where the network is away, which is said */
export async function brought(load) {
  try {
    return await load()
  } catch {
    chat.emit("notice", t("notice.notConnected"))
    return null
  }
}

/** @type {typeof import("./dialogs.js").openDialog} */
export async function openDialog(...wish) {
  return (await brought(() => import("./dialogs.js")))?.openDialog(...wish)
}

/** @param {Event} event of the button that it belongs to @param {Parameters<typeof import("./dialogs.js").openMenu>[1]} make */
export async function openMenu({ currentTarget }, make) {
  await (await brought(() => import("./dialogs.js")))?.openMenu(/** @type {HTMLElement} */ (currentTarget), make)
}
