/** What the menus of the page offer: of a room, of its notifications, of a member. */
import { addressOf, chat, preferences, router, t } from "../context.js"
import { DEFAULT_LEVEL, LEVELS, leave, openDirect, readAll, setLevel, unreadRooms } from "../core/membership.js"
import { mayRuleOn, rolesToGive, rulingsOn } from "../core/order.js"
import { roomKey } from "../core/store.js"
import { copyText } from "./clipboard.js"
import { openDialog } from "./dialogs.js"
import { writeInField } from "./field.js"
import { moderationOf } from "./moderation.js"
import { brought } from "./view.js"

const TALKING = ["member", "guest"] // kinds of users

/**
 * @typedef {import("./menu.js").Item} Item
 * @typedef {import("../core/types.js").User} User
 * @typedef {import("./menu.js").Menu} Menu
 */

/** @param {import("../core/store.js").Room} room @returns {Menu} */
export function levelMenu(room) {
  return { title: t("level.title"), items: levels(room.name) }
}

/** @param {import("../core/store.js").Room} room @returns {Menu} */
export function roomMenu(room) {
  const { name, key } = room
  const { pinned } = preferences.values
  const isPinned = pinned.includes(key)
  const isDirect = room.info.kind === "direct"
  const mayInvite = room.you?.may_moderate === true && !isDirect
  const pin = () => preferences.set({ pinned: isPinned ? pinned.filter((each) => each !== key) : [...pinned, key] })
  return {
    title: t("menu.room"),
    items: [
      { label: t("menu.markRead"), icon: "check", act: () => readAll(chat, [name]) },
      ...(unreadRooms(chat).length > 0 ? [{ label: t("menu.markAllRead"), icon: "check", act: () => void askToReadAll() }] : []),
      { label: isPinned ? t("menu.unpin") : t("menu.pin"), icon: "pin", act: pin },
      { label: t("menu.copyLink"), icon: "link", act: () => void copyRoomLink(name) },
      { label: t("menu.download"), icon: "download", act: () => void download(room) },
      { label: t("menu.settings"), icon: "gear", act: () => void openDialog("sc-room-settings", { room }) },
      ...(mayInvite && chat.me?.kind === "member" ? [{ label: t("menu.invite"), icon: "plus", act: () => void openDialog("sc-invite", { room }) }] : []),
      ...(mayInvite ? [{ label: t("menu.bans"), icon: "ban", act: () => void openDialog("sc-bans") }] : []),
      ...(isDirect ? [] : [{ label: t("menu.leave"), icon: "door", isDanger: true, startsGroup: true, act: () => void askToLeave(name) }]),
    ],
  }
}

/** @param {import("../core/types.js").User} user @returns {Promise<Menu>} */
export async function memberMenu(user) {
  const rulings = await rulingsOn(chat, user)
  const isOfRoom = chat.room?.info.people?.length === 2
  return { title: t("menu.member", { name: user.name }), items: [
    ...(isOfRoom || !TALKING.includes(user.kind ?? "member") ? [] : [{ label: t("menu.message"), icon: "chat", act: () => void message(user) }]),
    { label: t("menu.mention"), icon: "at", act: () => writeInField(`@${user.name} `) },
    ...rolesOf(user),
    ...moderationOf(user, rulings).map((item, index) => ({ ...item, startsGroup: index === 0 })),
  ] }
}

/** Opens the room of this person and another alone. @param {User} user */
async function message(user) {
  await tried(openDirect(chat, [user.id]).then((name) => router.go(name)))
}

/** What somebody may be made in this room, and in a closed one that they belong to it no more. @param {User} user @returns {Item[]} */
function rolesOf(user) {
  const { room } = chat
  const member = room?.members.get(user.id)
  if (!room || !member || !mayRuleOn(chat, user)) return []
  const words = { member: t("members.makeMember"), moderator: t("members.makeModerator"), admin: t("members.makeAdmin"), owner: t("members.makeOwner") }
  const give = (/** @type {string} */ role) => void tried(chat.socket.command("set_role", { room: room.name, user: user.id, role }))
  const roles = room.you?.may_set && user.kind !== "guest" ? rolesToGive(chat) : []
  return [
    ...roles.map((role, index) => ({ label: words[/** @type {keyof typeof words} */ (role)], isChecked: role === (member.role ?? "member"), startsGroup: index === 0, act: () => give(role) })),
    ...(room.info.kind === "closed" ? [{ label: t("members.remove"), icon: "x", startsGroup: true, act: () => void removeMember(user) }] : []),
  ]
}

/** @param {User} user */
async function removeMember(user) {
  const room = chat.room?.name ?? ""
  if (await openDialog("sc-ask", { heading: t("members.removeTitle", { name: user.name, room }), words: t("members.removeHelp"), action: t("moderate.kickAction") })) {
    await tried(chat.socket.command("remove_member", { room, user: user.id }))
  }
}

/** @param {import("../core/store.js").Room} room */
async function download(room) {
  const download = await brought(() => import("./sc-download.js"))
  await download?.downloadHistory(room)
}

/** @param {string} name @returns {Item[]} */
export function levels(name) {
  const words = { all: t("level.all"), mentions: t("level.mentions"), none: t("level.none") }
  const present = levelOf(name)
  return LEVELS.map((level) => ({ label: words[level], isChecked: level === present, act: () => void tried(setLevel(chat, name, level)) }))
}

/** @param {string} name */
export function levelOf(name) {
  return chat.list.find(name)?.notify ?? DEFAULT_LEVEL
}

/** @param {string} name */
export async function copyRoomLink(name) {
  const isCopied = await copyText(new URL(addressOf(name), location.origin).href)
  chat.emit("notice", isCopied ? t("notice.copied") : t("notice.notCopied"))
}

/** @param {string} name @returns {Promise<boolean>} whether it was done */
export async function askToLeave(name) {
  const room = chat.list.find(name)
  const words = room?.kind === "closed" ? t("leave.closed") : t("leave.open")
  if (await openDialog("sc-ask", { heading: t("leave.title", { room: name }), words, action: t("menu.leave") })) return tried(leave(chat, name))
  return false
}

/** @param {string} name */
function calledRoom(name) {
  const room = chat.list.find(name)
  return room?.kind === "direct" ? room.title : `#${name}`
}

/** Asks once, and names how many. */
export async function askToReadAll() {
  const names = unreadRooms(chat)
  if (names.length === 0) return
  const words = names.map((name) => calledRoom(name)).join(" ")
  if (await openDialog("sc-ask", { heading: t("readAll.title", { count: names.length }), words, action: t("menu.markRead") })) readAll(chat, names)
}

/** @param {Promise<unknown>} attempt @returns {Promise<boolean>} */
async function tried(attempt) {
  try {
    await attempt
    return true
  } catch (error) {
    chat.emit("notice", error)
    return false
  }
}
