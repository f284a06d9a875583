import assert from "node:assert/strict"
import { test } from "node:test"
import { deviceOf } from "../../../web/js/core/devices.js"

test("a device is called by its browser and its system", () => {
  const cases = [
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"],
    ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge", "Windows"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", "Safari", "iPhone"],
    ["Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome", "Android"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15", "Safari", "macOS"],
  ]
  for (const [agent, program, system] of cases) assert.deepEqual(deviceOf(agent), { program, system })
})

test("a program that is no browser is called by its own name, and one that says nothing by none", () => {
  assert.deepEqual(deviceOf("sanchat/0.1.0"), { program: "sanchat", system: "" })
  assert.deepEqual(deviceOf(""), { program: "", system: "" })
  assert.deepEqual(deviceOf("Mozilla/5.0"), { program: "", system: "" })
})
