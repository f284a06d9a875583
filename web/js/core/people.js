/** Those who have an account on the server, and what each may be made there. */
import { RANKS, rankOf } from "./order.js"

/**
 * @typedef {import("./types.js").User} User
 * @typedef {User & {role: string, created_at: number, disabled_at?: number}} Account
 */

const PAGE = 200
const PAGES = 25

/** Everybody with an account, 5,000 at most. Fails as the socket does. @param {import("./chat.js").Chat} chat @returns {Promise<Account[]>} by id */
export async function accounts(chat) {
  /** @type {Account[]} */
  const all = []
  for (let page = 0, more = true; more && page < PAGES; page += 1) {
    const reply = await chat.socket.command("people", { after: all.at(-1)?.id ?? 0, limit: PAGE })
    all.push(...reply.people)
    more = reply.more
  }
  return all
}

/** Those in charge first, then by name. @param {Account[]} accounts @param {string} locale */
export function inOrder(accounts, locale) {
  const collator = new Intl.Collator(locale)
  return [...accounts].sort((a, b) => rankOf(b.role) - rankOf(a.role) || collator.compare(a.name, b.name))
}

/**
 * What this person may make another on the server, as far as the page knows; the server has the last word.
 *
 * @param {User | null} me
 * @param {Account} account
 * @returns {string[]} the present role among them; none where nothing can be changed
 */
export function rolesOnServer(me, account) {
  const rank = rankOf(me?.role)
  if (rank < rankOf("admin")) return []
  if (account.id === me?.id) return RANKS.filter((role) => rankOf(role) <= rank)
  if (rankOf(account.role) >= rank) return []
  return RANKS.filter((role) => rankOf(role) < rank || rank === rankOf("owner"))
}

/** Fails as the socket does. @param {import("./chat.js").Chat} chat @param {Account} account @param {string} role */
export function giveRole(chat, account, role) {
  return chat.socket.command("set_role", { user: account.id, role })
}
