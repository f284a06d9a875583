/** Notifications and the sound. Both are off until somebody turns them on. */
import { chat, preferences, router, t } from "../context.js"
import { deserves, Pause, SOUND_EVERY_MS } from "../core/alerts.js"
import { roomKey } from "../core/store.js"

const ICON = new URL("../../favicon-unread.svg", import.meta.url).href
const TEXT_SHOWN = 200 // characters
const TONES = [[660, 0], [880, 0.09]] // hertz, and seconds from the beginning
const TONE_S = 0.18
const LOUDNESS = 0.12

const soundPause = new Pause(SOUND_EVERY_MS)
/** @type {AudioContext | null} */
let audio = null

/** @returns {"insecure" | "unsupported" | NotificationPermission} */
export function permission() {
  if (!isSecureContext) return "insecure"
  return "Notification" in globalThis ? Notification.permission : "unsupported"
}

/** Only ever from a click. @returns {Promise<boolean>} whether notifications may be shown */
export async function askPermission() {
  const state = permission()
  if (state !== "default") return state === "granted"
  return (await Notification.requestPermission()) === "granted"
}

/**
 * @param {{room: string, from?: string, text?: string, seq?: number, isCalled: boolean}} news without `from`, `text` and `seq` where the
 *   page does not hear the room and knows only that there is something
 */
export function alertTo({ room, from, text, seq, isCalled }) {
  const listed = chat.list.find(room)
  const isInView = chat.isAttended && roomKey(room) === chat.current
  if (!deserves({ level: listed?.notify, isDirect: listed?.kind === "direct", isCalled, isInView })) return
  const { sound, notifications } = preferences.values
  if (sound && soundPause.isOver(Date.now())) chime()
  const place = listed?.kind === "direct" ? listed.title ?? "" : `#${room}`
  if (notifications && permission() === "granted") show({ room, seq, title: from && from !== place ? `${from} · ${place}` : place, body: text ?? t("notify.news") })
}

/** One for each room: a newer one takes its place. @param {{room: string, seq?: number, title: string, body: string}} news */
function show({ room, seq, title, body }) {
  try {
    const notification = new Notification(title, { body: body.slice(0, TEXT_SHOWN), tag: roomKey(room), icon: ICON })
    notification.onclick = () => {
      window.focus()
      notification.close()
      router.go(room, seq === undefined ? "" : `#${seq}`)
    }
  } catch {
    // Chrome on Android shows them through a service worker alone; the title and the badge still tell.
  }
}

/** Two soft tones, made on the spot. */
export function chime() {
  audio ??= new AudioContext()
  const { currentTime, destination } = audio
  void audio.resume()
  for (const [pitch, delay] of TONES) {
    const tone = new OscillatorNode(audio, { frequency: pitch })
    const volume = new GainNode(audio, { gain: 0 })
    volume.gain.setValueAtTime(LOUDNESS, currentTime + delay)
    volume.gain.exponentialRampToValueAtTime(0.001, currentTime + delay + TONE_S)
    tone.connect(volume).connect(destination)
    tone.start(currentTime + delay)
    tone.stop(currentTime + delay + TONE_S)
  }
}
