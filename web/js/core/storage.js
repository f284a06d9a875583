/** The browser's local storage, or memory where the browser refuses it (private windows, full disks). */

/** @returns {import("./types.js").Storage} */
export function openStorage(backing = localStorageOrNothing()) {
  const memory = new Map()
  return {
    getItem: (key) => memory.get(key) ?? backing?.getItem(key) ?? null,
    setItem(key, value) {
      try {
        if (!backing) throw new Error("no storage")
        backing.setItem(key, value)
        memory.delete(key)
      } catch {
        memory.set(key, value)
      }
    },
    removeItem(key) {
      memory.delete(key)
      backing?.removeItem(key)
    },
    keys: () => [...new Set([...memory.keys(), ...(backing ? Object.keys(backing) : [])])],
  }
}

/** @returns {globalThis.Storage | null} */
function localStorageOrNothing() {
  try {
    return globalThis.localStorage ?? null
  } catch {
    return null
  }
}
