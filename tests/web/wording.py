"""What the page says in each state and offers to do about it, in both languages, as agreed."""

import re

from playwright.sync_api import Page

# By stop of the tour: patterns that must all be found, in English and in Chinese.
WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "empty-room": (("Nothing here yet", "Copy room link"), ("还没有消息", "复制房间链接")),
    "no-rooms": (("You have not joined a room", "Browse rooms"), ("还没有加入房间", "浏览房间")),
    "history-failed": (
        (r"Could not load older messages\.", "Retry"),
        (r"无法加载更早的消息。", "重试"),
    ),
    "connecting": (("Connecting…",), ("正在连接…",)),
    "connecting-for-long": (("Connecting…", "Try now"), ("正在连接…", "立即重试")),
    "reconnecting": (
        (r"Reconnecting… Attempt \d+, next try in \d+ s\.", "Try now"),
        (r"正在重新连接… 第 \d+ 次，\d+ 秒后重试。", "立即重试"),
    ),
    "offline": (
        (r"Offline\. Messages go out when you are back\.",),
        (r"离线。恢复后自动发送。1 条消息待发。",),
    ),
    "catching-up": (("Loading what you missed…",), ("正在补齐消息…",)),
    "gap-too-large": ((r"Messages were skipped\.", "Load them"), ("部分消息未加载。", "加载")),
    "message-failed": (("Not sent: .", "Retry", "Delete"), ("未送达：.", "重试", "删除")),
    "rate-limited": (
        (r"Slow down\. You can send again in \d+ s\.",),
        (r"发送太快。\d+ 秒后可再次发送。",),
    ),
    "slow-mode": ((r"One message every 120 s\.",), (r"每 120 秒一条。",)),
    "slow-mode-waiting": (
        (r"One message every 120 s\. You can send again in \d+ s\.",),
        (r"每 120 秒一条。\d+ 秒后可再次发送。",),
    ),
    "muted": ((r"You cannot write here until .*\d\d:\d\d\.",), (r"\d\d:\d\d 前无法发言。",)),
    "archived": ((r"Archived\. Read only since \d+ \w+\.",), (r"已归档。自\d+月\d+日起只读。",)),
    "archived-for-owner": (("Archived", "Restore"), ("已归档", "恢复")),
    "removed": (
        (r"You were removed", r"By an administrator\. “Wrong room for this", "Go to another room"),
        (r"你已被移出房间", r"由管理员操作。“Wrong room for this", "前往其他房间"),
    ),
    "banned": (
        (r"You are banned until .*\d\d:\d\d", r"“Wrong room for this\.” Contact an admin\."),
        (r"你已被封禁至.*\d\d:\d\d", r"请联系管理员。"),
    ),
    "no-such-room": (
        ("This room does not exist or is private", "Back to rooms"),
        ("房间不存在或为私密", "返回房间列表"),
    ),
    "join-name-taken": (("That name is in use",), ("昵称已被使用",)),
    "update": (("A new version is ready", "Reload"), ("有新版本", "重新加载")),
}
SEEN = """() => [
  document.body.innerText,
  ...[...document.querySelectorAll("[placeholder]")].map((field) => field.placeholder),
].join(" ").replaceAll(/\\s+/g, " ")"""


def unsaid(page: Page, stop: str, language: str) -> list[str]:
    """What should be read there and is not."""
    english, chinese = WORDS.get(stop, ((), ()))
    seen = page.evaluate(SEEN)
    return [
        words for words in (english if language == "en" else chinese) if not re.search(words, seen)
    ]
