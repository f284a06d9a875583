"""S9: nobody can wear a reserved or present name, and honest names of ten scripts are taken."""

import itertools

import pytest
from harness import serving

from sanchat.errors import NameTaken

# Letters as they look to people, not as our own skeleton has them.
LOOKS = {
    "a": "аɑαａ𝐚𝒂𝖺AАΑᴀ",
    "d": "ԁⅾｄ𝐝𝖽D",
    "m": ["rn", "ｍ", "ⅿ", "𝐦", "𝗆", "M", "М", "Μ"],
    "i": "іıⅰｉ1l|𝐢IІΙ",
    "n": "ո𝐧ｎ𝗇N",
    "s": "ѕｓ𝐬𝗌SЅ",
    "y": "уүｙ𝐲𝗒YҮ",
    "t": "ｔ𝐭𝗍TТΤ",
    "e": "еｅ𝐞𝖾EЕΕ",
    "r": "гｒ𝐫𝗋R",
    "g": "ɡｇ𝐠𝗀G",
    "o": "оοｏ𝐨0OОΟ",
}
UNSEEN = ["\u200b", "\u200d", "\u2060", "\u202e", "\u2066", "\u00ad", "\ufeff", "\ufe0f", "\x00"]
HONEST = """
Ana María|José Ñandú|Zoë|Łukasz|Søren|Þórdís|İbrahim|Nguyễn Thị Hà|O'Brien|Anne-Marie|Jo|mike42
Ольга|Дмитрий|Ёлка|Юрій|Наталія Шевченко|Павел_7|Щукин|Жанна Д.
Ελένη|Γιώργος|Νίκος|Αθηνά Παπαδοπούλου|Σωκράτης|Ξένια
王小明|李娜|张伟|欧阳修|陈大文2|刘洋|上海人
さくら|タカシ|田中太郎|ゆき_99|ケンジ|すずき
김민준|이서연|박지훈|최유진|정하은
محمد|فاطمة|عبد الله|ليلى|يوسف أحمد
דוד|שרה|יעקב כהן|רות|נועה
अमित|प्रिया शर्मा|राज|सीता|हिन्दी
สมชาย|มาลี|ประเสริฐ|ไทย
Հայկ|Անի|ქეთევან|გიორგი|தமிழ்|முருகன்|বাংলা|রহিম
"""


def look_alikes(name):
    """Spellings that a person would take for the name, one or two letters changed."""
    letters = list(name.lower())
    options = [list(LOOKS.get(letter, [])) for letter in letters]
    for place, others in enumerate(options):
        for other in others:
            yield "".join([*name[:place], other, *name[place + 1 :]])
    for (one, firsts), (two, seconds) in itertools.combinations(enumerate(options), 2):
        for first, second in zip(firsts, seconds, strict=False):
            spelled = list(name)
            spelled[one], spelled[two] = first, second
            yield "".join(spelled)
    for unseen in UNSEEN:
        yield name[:2] + unseen + name[2:]
        yield name + unseen
    yield from (f" {name} ", name.upper(), name.title(), name.swapcase())


async def test_s9_no_look_alike_of_a_reserved_name_or_a_member_is_taken(tmp_path):
    async with serving(tmp_path / "chat.db") as live:
        await live.server.chat.accounts.create("margit", password="seven herons in the fog")
        await live.join("dorrit")  # a guest, who is here
        names = ("admin", "System", "margit", "dorrit")
        tried = sorted({alike for name in names for alike in look_alikes(name)})
        taken = []
        async with live.script() as http:
            for alike in tried:
                answer = await http.post("/api/session", json={"name": alike})
                if answer.status_code == 201:
                    taken.append(alike)

    assert len(tried) >= 200
    assert taken == []


async def test_s9_honest_names_of_ten_scripts_are_taken(tmp_path):
    names = [name for line in HONEST.strip().splitlines() for name in line.split("|")]
    refused = []
    async with serving(tmp_path / "chat.db") as live, live.script() as http:
        for name in names:
            answer = await http.post("/api/session", json={"name": name})
            if answer.status_code != 201:
                refused.append((name, answer.json()["error"]["code"]))

    assert len(HONEST.strip().splitlines()) >= 10
    assert len(refused) <= len(names) * 0.02, refused


async def test_s9_an_account_keeps_its_name_for_good_whoever_asks(tmp_path):
    """Signed out, switched off, or with no session at all: no guest, account or bot gets it."""
    async with serving(tmp_path / "chat.db", name_hold_seconds=0, registration="open") as live:
        accounts, invitations = live.server.chat.accounts, live.server.chat.invitations
        user = await accounts.create("margit", password="seven herons in the fog")
        await accounts.disable(user)
        async with live.script() as http:
            guest = await http.post("/api/session", json={"name": "Margit"})
            body = {"name": "margіt", "password": "a kettle of blue rivers"}
            account = await http.post("/api/users", json=body)
        codes = [answer.json()["error"]["code"] for answer in (guest, account)]
        assert codes == ["name_taken", "name_taken"]
        with pytest.raises(NameTaken):
            await invitations.create_token("margit", scopes=("read",))
