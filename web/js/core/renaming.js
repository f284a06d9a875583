/** Gives somebody their new name in all that the page holds. */

/**
 * @param {import("./room.js").Room} room
 * @param {{user: {id: number, name: string}, was: string}} event
 */
export function rename(room, { user: { id, name }, was }) {
  const member = room.members.get(id)
  if (member) room.members.set(id, { ...member, name })
  for (const note of room.notes) if (note.who === was) note.who = name
  for (const run of [room.tail, room.aside]) run?.map((message) => renamed(message, { id, name, was }))
}

/** @param {import("./types.js").Message} message @param {{id: number, name: string, was: string}} person */
function renamed(message, { id, name, was }) {
  const { user, reactions } = message
  if (user.id !== id && !reactions?.some(({ users }) => users.includes(was))) return message
  return {
    ...message,
    user: user.id === id ? { ...user, name } : user,
    reactions: reactions?.map((each) => ({ ...each, users: each.users.map((other) => (other === was ? name : other)) })),
  }
}
