/** The screens that stand in for a room: why one is not let in, and where to go from there. */
import { html, nothing } from "../../vendor/lit.js"
import { chat, preferences, router, t, translator } from "../context.js"
import { fullTime } from "../core/i18n.js"
import { createRoom, signOut } from "../core/membership.js"
import { roomKey } from "../core/store.js"
import { fold, known, told } from "./refusals.js"
import { icon, openDialog } from "./view.js"

const PHONE = matchMedia("(max-width: 759.98px)")

let isCreating = false // a second press would find the room there already

/** What the room looked at has ruled. */
export function roomScreen() {
  const { room } = chat
  const { code, message, by, until } = room?.refusal ?? { code: "", message: "" }
  if (code === "removed") return screen("door", "", t("screen.removed"), ruling({ by, reason: message }), toRooms(t("screen.otherRoom")))
  if (code === "banned") return screen("ban", "danger", bannedWords(until), html`${by === undefined ? known(message) ?? message : ruling({ by, reason: message })}${t("screen.contactAdmin")}`, toRooms())
  if (code === "not_found") {
    const name = room?.name ?? ""
    return screen("search", "", t("screen.notFound"), t("screen.notFoundHint", { room: name }), html`${toRooms()}
      <button class="button" @click=${() => void create(name)}>${t("screen.createRoom")}</button>`)
  }
  return screen("lock", "", t("screen.refused"), message ? told(message) : t("notice.notConnected"), toRooms())
}

/** @param {string} name */
async function create(name) {
  if (isCreating) return
  isCreating = true
  try {
    await createRoom(chat, name)
    await chat.look(name)
  } catch (error) {
    if (chat.room) chat.room.refusal = { code: "refused", message: /** @type {Error} */ (error).message }
    chat.emit("room")
  } finally {
    isCreating = false
  }
}

/** What the whole server has ruled. */
export function serverScreen() {
  const { farewell } = chat
  const { reason, text } = chat.socket.refusal ?? { reason: "refused", text: "" }
  const detail = farewell?.by ? ruling(farewell) : fold(text)
  const again = html`<button class="button primary" @click=${() => chat.socket.start()}>${t("screen.comeBack")}</button>`
  const rename = html`<button class="button primary" @click=${() => void signOut(chat).catch(() => chat.emit("notice", t("notice.notConnected")))}>${t("screen.otherName")}</button>`
  const reload = html`<button class="button primary" @click=${() => location.reload()}>${t("screen.reload")}</button>`
  if (reason === "kicked") return screen("door", "", t("screen.kicked"), detail, again)
  if (reason === "banned") return screen("ban", "danger", bannedWords(farewell?.until), html`${detail}${t("screen.contactAdmin")}`, farewell?.until === undefined ? nothing : again)
  if (reason === "name-taken") return screen("users", "", t("join.taken"), detail, rename)
  if (reason === "goodbye") return screen("door", "", t("screen.goodbye"), detail, again)
  return screen("alert", "danger", t("screen.broken"), html`${t("screen.brokenHint")} ${detail}`, reload)
}

/** @param {number} [until] without it, for ever */
function bannedWords(until) {
  return until === undefined ? t("screen.banned") : t("screen.bannedUntil", { time: fullTime(until, translator.locale) })
}

/** @param {{reason?: string, by?: string}} ruling */
function ruling({ reason, by }) {
  const words = by?.startsWith("cli:") ? t("screen.ruledByAdmin") : t("screen.ruledBy", { name: by ?? "" })
  return html`${by ? words : nothing}${reason ? t("screen.reason", { reason }) : nothing}`
}

/** To another one; on a phone to the list of them, where that is what it says. @param {string} [other] */
function toRooms(other) {
  return html`<button class="button primary" @click=${() => {
    preferences.set({ room: null })
    if (!other && PHONE.matches) router.toList()
    else router.go(chat.list.own.find((room) => roomKey(room.name) !== chat.current)?.name ?? null)
  }}>${other ?? t("screen.toRooms")}</button>`
}

/** @param {string} name @param {string} look @param {string} title @param {unknown} words @param {unknown} buttons */
function screen(name, look, title, words, buttons) {
  return html`<div class="screen"><span class="ring ${look}">${icon(name)}</span><h2>${title}</h2><p dir="auto">${words}</p>
    <div class="screen-buttons">${buttons}</div></div>`
}

/** Nobody has joined one yet. */
export function noRoom() {
  return html`<div class="screen"><span class="ring accent">${icon("chat")}</span><h2>${t("screen.noRoom")}</h2><p>${t("screen.noRoomHint")}</p>
    <div class="screen-buttons"><button class="button primary" @click=${() => openDialog("sc-jump")}>${t("rooms.browse")}</button></div></div>`
}

/** What stands below the head of a room: the administrator's word, a newer page. */
export function messages() {
  return html`${announcement()}${newerBuild()}`
}

function announcement() {
  if (!chat.announcement) return nothing
  return html`<div class="banner announcement" role="status">${icon("chat")}<div dir="auto"><b>${t("banner.announcement")}</b> ${known(chat.announcement) ?? chat.announcement}</div>
    <button class="icon-button" aria-label=${t("banner.dismiss")} @click=${dismiss}>${icon("x", "sm")}</button></div>`
}

function dismiss() {
  chat.announcement = null
  chat.emit("connection")
}

function newerBuild() {
  if (!chat.hasNewerBuild) return nothing
  return html`<div class="banner announcement" role="status">${icon("retry")}<div><b>${t("banner.newVersion")}</b></div>
    <button class="link" @click=${() => location.reload()}>${t("banner.reload")}</button></div>`
}
