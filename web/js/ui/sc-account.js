/** One's own account: who one is, the password, the devices one is signed in with; for a guest, the way to an account. */
import { html, nothing, repeat } from "../../vendor/lit.js"
import { chat, preferences, t, translator } from "../context.js"
import { changeName, changePassword, devices, register, signOutDevice, signOutEverywhere, waysIn, whoAmI } from "../core/accounts.js"
import { deviceOf } from "../core/devices.js"
import { clockTime, dateOf, localDay } from "../core/i18n.js"
import { signOut } from "../core/membership.js"
import { Attempt } from "./forms.js"
import { reasonOf } from "./refusals.js"
import { Dialog } from "./sc-dialog.js"
import { avatar, icon, openDialog, standing } from "./view.js"

const LEAST = 8 // characters of a password
const LEAST_OF_ADMINS = 15
const ADMINS = ["admin", "owner"]

/** @typedef {import("../core/accounts.js").Device} Device */

class AccountDialog extends Dialog {
  /** The guest's session may end before the answer comes that brings the account. @type {import("../core/types.js").User | null} */
  #me = chat.me
  /** @type {Device[] | null} */
  #devices = null
  #hasFailed = false
  #hasPassword = false
  /** What is being changed. @type {"name" | "password" | null} */
  #changing = null
  /** What was done, said to those who cannot see that it is. @type {unknown} */
  #done = ""
  /** @type {unknown} */
  #problem = ""
  #isEnding = false
  /** @type {import("../core/accounts.js").Ways | null} */
  #ways = null
  #attempt = new Attempt(this)
  #renaming = new Attempt(this)

  connectedCallback() {
    super.connectedCallback()
    this.follow(chat, "session", "connection")
    void this.#load()
  }

  async #load() {
    this.#hasFailed = false
    try {
      const [session, listed, ways] = await Promise.all([whoAmI(), devices(), this.#isGuest ? waysIn() : null])
      this.#hasPassword = session?.has_password === true
      this.#devices = [...listed].sort((a, b) => Number(b.current ?? false) - Number(a.current ?? false))
      this.#ways = ways
    } catch {
      this.#hasFailed = true
    }
    this.requestUpdate()
  }

  get #isGuest() {
    return this.#me?.kind === "guest"
  }

  /** Signed out elsewhere. */
  updated() {
    if (!chat.me && !this.#attempt.isBusy) this.close()
  }

  render() {
    this.#me = chat.me ?? this.#me
    const me = this.#me
    if (!me) return nothing
    return html`<dialog class="dialog account" aria-labelledby="account-title">
      <div class="dialog-head"><h2 id="account-title">${t("account.title")}</h2>
        <button class="icon-button" aria-label=${t("dialog.close")} @click=${() => this.close()}>${icon("x")}</button></div>
      ${this.#changing === "name" ? this.#name(me) : html`<div class="who">${avatar(me, { isPresent: chat.socket.state === "live" })}<span><b dir="auto">${me.name}</b><small>${standing(me)}</small></span>
        <button class="button" id="account-rename" @click=${() => this.#change("name")}>${t("account.changeName")}</button></div>`}
      ${this.#isGuest ? this.#wayToAccount() : nothing}${this.#hasPassword ? this.#password() : nothing}
      ${ADMINS.includes(me.role ?? "") ? html`<div class="account-more"><button class="button" @click=${() => this.#toPeople()}>${icon("users", "sm")}${t("people.title")}</button></div>` : nothing}
      <p class="done" role="status">${this.#done ? html`${icon("check", "sm")}${this.#done}` : nothing}</p>
      ${this.#problem ? html`<p class="field-error" role="alert">${this.#problem}</p>` : nothing}
      ${this.#deviceList()}
      <div class="dialog-buttons">
        ${(this.#devices?.length ?? 0) > 1 ? html`<button class="button danger" ?disabled=${this.#isEnding} @click=${() => this.#end(signOutEverywhere)}>${t("account.signOutEverywhere")}</button>` : nothing}
        <button class="button" ?disabled=${this.#isEnding} @click=${() => this.#end(() => signOut(chat))}>${icon("door", "sm")}${t("account.signOut")}</button></div>
    </dialog>`
  }

  #wayToAccount() {
    if (this.#ways?.registration !== "open") return html`<p class="help">${this.#ways ? t("account.guestHint") : nothing}</p>`
    return html`<form @submit=${this.#register}><p class="help">${t("account.guestMay")}</p>
      ${this.#attempt.field({ id: "account-name", name: "name", label: t("join.name"), autocomplete: "username", value: chat.me?.name })}
      ${this.#attempt.newPassword({ id: "account-password", label: t("password.label"), least: this.#ways.password_least })}
      ${this.#attempt.problem()}<div class="dialog-buttons">${this.#attempt.button(t("register.action"), "primary")}</div></form>`
  }

  /** The guest's session ends with it. @param {SubmitEvent} event */
  #register(event) {
    void this.#attempt.send(event, async ({ name, password }) => {
      const { user } = await register({ name: name.trim(), password })
      preferences.set({ name: user.name })
      this.close()
      chat.forget()
      chat.enter(user)
    })
  }

  /** @param {import("../core/types.js").User} me */
  #name(me) {
    return html`<form @submit=${this.#sendName}>
      ${this.#renaming.field({ id: "account-called", name: "name", label: t("join.name"), autocomplete: "nickname", value: me.name,
        help: this.#isGuest ? t("account.nameHelp") : t("account.nameHelpOfAccount") })}${this.#renaming.problem()}
      <div class="dialog-buttons"><button type="button" class="button" @click=${() => this.#change(null)}>${t("dialog.cancel")}</button>
        ${this.#renaming.button(t("account.setName"), "primary")}</div></form>`
  }

  /** @param {SubmitEvent} event */
  async #sendName(event) {
    const isDone = await this.#renaming.send(event, async ({ name }) => {
      if (name.trim() === chat.me?.name) return
      const user = await changeName(name.trim())
      // Where the socket is away, its word comes later or never.
      if (chat.me?.id === user.id) chat.become({ ...chat.me, ...user })
      chat.emit("session")
      preferences.set({ name: user.name })
      this.#done = t("account.nameSet", { name: user.name })
    })
    if (isDone) await this.#change(null, this.#done)
  }

  #password() {
    if (this.#changing !== "password") return html`<button class="button" id="account-repassword" @click=${() => this.#change("password")}>${icon("lock", "sm")}${t("account.changePassword")}</button>`
    const least = ADMINS.includes(chat.me?.role ?? "") ? LEAST_OF_ADMINS : LEAST
    return html`<form @submit=${this.#sendPassword}>
      <input type="hidden" name="username" autocomplete="username" value=${chat.me?.name ?? ""}>
      ${this.#attempt.password({ id: "account-old", label: t("account.oldPassword") })}
      ${this.#attempt.newPassword({ id: "account-new", name: "new_password", label: t("password.new"), least })}
      <p class="help">${t("account.othersEnd")}</p>${this.#attempt.problem()}
      <div class="dialog-buttons"><button type="button" class="button" @click=${() => this.#change(null)}>${t("dialog.cancel")}</button>
        ${this.#attempt.button(t("account.setPassword"), "primary")}</div></form>`
  }

  /** @param {"name" | "password" | null} what @param {unknown} [done] what was */
  async #change(what, done = "") {
    const was = this.#changing
    this.#changing = what
    this.#done = done
    this.#problem = ""
    this.#attempt.forget()
    this.#renaming.forget()
    this.requestUpdate()
    await this.updateComplete
    const next = { name: "#account-called", password: "#account-old", back: was === "name" ? "#account-rename" : "#account-repassword" }[what ?? "back"]
    const first = /** @type {HTMLElement | null} */ (this.querySelector(next))
    first?.focus()
  }

  /** @param {SubmitEvent} event */
  async #sendPassword(event) {
    const isDone = await this.#attempt.send(event, ({ password, new_password: newPassword }) => changePassword(password, newPassword),
      (code) => (code === "forbidden" ? { field: "password", words: t("account.wrongPassword") } : undefined))
    if (!isDone) return
    await this.#change(null, t("account.passwordSet"))
    await this.#load()
  }

  #deviceList() {
    if (this.#hasFailed) return html`<p class="field-error" role="alert">${t("account.notLoaded")} <button class="link" @click=${() => this.#load()}>${t("history.retry")}</button></p>`
    return html`<h3>${t("account.devices")}</h3><ul class="rows" aria-busy=${this.#devices === null}>${repeat(this.#devices ?? [], ({ id }) => id, (device) => html`
      <li><span><b>${nameOf(device)}</b>${device.current ? html` <span class="tag">${t("account.thisDevice")}</span>` : nothing}
        <small class="num">${device.current ? nothing : html`${t("account.lastSeen", { time: momentOf(device.seen_at) })} · `}${device.address}</small></span>
        ${device.current ? nothing : html`<button class="button" aria-label=${t("account.signOutThat", { device: nameOf(device) })} @click=${() => this.#endOne(device)}>${t("account.signOut")}</button>`}</li>`)}</ul>`
  }

  /** @param {Device} device */
  async #endOne(device) {
    this.#done = this.#problem = ""
    try {
      await signOutDevice(device.id)
      this.#done = t("account.signedOutThat", { device: nameOf(device) })
    } catch (error) {
      // One that is gone already is what was wanted.
      if (/** @type {any} */ (error).code !== "not_found") return this.#fail(error)
    }
    await this.#load()
  }

  /** @param {any} error */
  #fail(error) {
    this.#problem = error.code ? reasonOf(error) : t("join.failed")
    this.requestUpdate()
  }

  /** One dialog at a time. */
  #toPeople() {
    this.addEventListener("done", () => void openDialog("sc-people"), { once: true })
    this.close()
  }

  /** @param {{(): Promise<unknown>}} ending where the server cannot be told, one stays signed in */
  async #end(ending) {
    this.#isEnding = true
    this.#done = this.#problem = ""
    this.requestUpdate()
    try {
      await ending()
      this.close()
      if (chat.me) chat.forget()
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#isEnding = false
      this.requestUpdate()
    }
  }
}

/** @param {Device} device */
function nameOf({ agent }) {
  const { program, system } = deviceOf(agent)
  if (program && system) return t("account.device", { program, system })
  return program || system || t("account.unknownDevice")
}

/** @param {number} at milliseconds */
function momentOf(at) {
  const { locale } = translator
  const time = clockTime(at, locale)
  return localDay(at) === localDay(Date.now()) ? time : `${dateOf(at, locale, Date.now())} ${time}`
}

customElements.define("sc-account", AccountDialog)
