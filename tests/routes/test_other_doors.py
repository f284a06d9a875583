"""Sessions, rooms, health, the page and its files over HTTP."""

import gzip

import pytest
from harness import serving
from prometheus_client.parser import text_string_to_metric_families

HTTPS = {"public_url": "https://chat.test", "allow_host": ("127.0.0.1",), "guests": "open"}


@pytest.fixture
async def http(live):
    async with live.http() as client:
        yield client


# Sessions


async def test_signing_in_gives_a_cookie_that_no_script_can_read(live, http):
    answer = await http.post("/api/session", json={"name": "ana"})

    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 201
    assert answer.json()["user"]["name"] == "ana"
    assert cookie.startswith(f"sanchat_session={answer.json()['session']};")
    for flag in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"):
        assert flag in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie


async def test_under_https_the_cookie_belongs_to_this_host_alone(tmp_path):
    async with serving(tmp_path / "chat.db", **HTTPS) as live, live.http() as http:
        answer = await http.post("/api/session", json={"name": "ana"})

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-sanchat_session=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie
    assert "max-age=" in answer.headers["strict-transport-security"]


async def test_a_page_is_not_told_its_session(live, http):
    answer = await http.post("/api/session", json={"name": "ana"}, headers={"Origin": live.origin})

    assert answer.status_code == 201
    assert set(answer.json()) == {"user", "session_id"}
    assert "sanchat_session" in answer.cookies


async def test_who_am_i(live, http):
    stranger = await http.get("/api/session")
    await http.post("/api/session", json={"name": "ana"})
    known = await http.get("/api/session")

    assert (stranger.status_code, stranger.json()["error"]["code"]) == (401, "not_signed_in")
    assert known.status_code == 200
    assert known.json()["user"]["name"] == "ana"
    assert known.json()["user"]["kind"] == "guest"
    assert known.headers["cache-control"] == "no-store"


async def test_signing_out_ends_the_session_and_the_cookie(live, http):
    await http.post("/api/session", json={"name": "ana"})
    token = http.cookies["sanchat_session"]

    answer = await http.delete("/api/session", headers={"Origin": live.origin})
    later = await http.get("/api/session", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code in (200, 204)
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert later.status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "admin"}, 400, "bad_name"),
        ({"name": "a\u202eb"}, 400, "bad_name"),
        ({"name": ""}, 400, "bad_name"),
        ({"name": "x" * 33}, 400, "bad_name"),
        ({"name": "Bоb"}, 409, "name_taken"),
        ({"name": 7}, 400, "bad_frame"),
        ({}, 400, "bad_frame"),
    ],
    ids=str,
)
async def test_a_name_that_cannot_be_had_is_refused(live, http, body, status, code):
    await live.join("bob")

    answer = await http.post("/api/session", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "set-cookie" not in answer.headers


async def test_a_password_is_refused_alike_for_every_name(live, http):
    await live.join("bob")

    answers = [
        await http.post("/api/session", json={"name": name, "password": "guess"})
        for name in ("bob", "nobody")
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert answers[0].content == answers[1].content


async def test_sixty_four_new_sessions_in_ten_minutes_are_enough_for_an_address(tmp_path):
    async with serving(tmp_path / "chat.db", limits=True) as live, live.http() as http:
        statuses = []
        for number in range(64):
            answer = await http.post("/api/session", json={"name": f"pupil {number}"})
            statuses.append(answer.status_code)
            http.cookies.clear()
        late = await http.post("/api/session", json={"name": "late"})

    assert set(statuses) == {201}
    assert (late.status_code, late.json()["error"]["code"]) == (429, "rate_limited")
    assert int(late.headers["retry-after"]) >= 1


# Rooms


async def test_rooms_are_created_and_listed_by_name(live, http):
    await http.post("/api/session", json={"name": "ana"})
    origin = {"Origin": live.origin}
    for name in ("tea", "lobby", "Zebra"):
        body = {"name": name, "title": name.title()}
        created = await http.post("/api/rooms", json=body, headers=origin)
        assert created.status_code == 201
    bob = await live.join("bob", "tea")
    await bob.post("tea", "hi")

    listed = (await http.get("/api/rooms")).json()["rooms"]
    second = (await http.get("/api/rooms", params={"after": "general", "limit": 1})).json()["rooms"]

    assert [room["name"] for room in listed] == ["general", "lobby", "tea", "Zebra"]
    assert {"name", "title", "kind", "last_seq", "online"} <= set(listed[0])
    tea = listed[2]
    assert (tea["title"], tea["kind"], tea["last_seq"], tea["online"]) == ("Tea", "open", 1, 1)
    assert [room["name"] for room in second] == ["lobby"]


async def test_closed_rooms_are_not_listed(live, http):
    await live.server.chat.create_room("cabal", kind="closed")

    answer = await http.get("/api/rooms", params={"name": "bob"})

    assert [room["name"] for room in answer.json()["rooms"]] == ["general"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "general"}, 409, "conflict"),
        ({"name": "GENERAL"}, 409, "conflict"),
        ({"name": "a b"}, 400, "bad_name"),
        ({"name": ".."}, 400, "bad_name"),
        ({"name": "x" * 65}, 400, "bad_name"),
        ({"name": "x", "kind": "direct"}, 400, "bad_frame"),
        ({"name": "x", "title": "a\nb"}, 400, "bad_frame"),
        ({"title": "x"}, 400, "bad_frame"),
    ],
    ids=str,
)
async def test_a_room_that_cannot_be_is_refused(live, http, body, status, code):
    ana = await live.join("ana")

    answer = await http.post(
        "/api/rooms", json=body, headers={"Authorization": f"Bearer {ana.session}"}
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_strangers_create_and_list_nothing(http):
    created = await http.post("/api/rooms", json={"name": "lobby"})
    listed = await http.get("/api/rooms")

    assert (created.status_code, listed.status_code) == (401, 401)


async def test_on_the_internet_guests_create_no_rooms(tmp_path):
    async with serving(tmp_path / "chat.db", **HTTPS) as live, live.http() as http:
        answer = await http.post("/api/rooms", params={"name": "ana"}, json={"name": "lobby"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


# Operations


async def test_health_is_for_everybody(http):
    answer = await http.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


async def test_metrics_are_readable_and_name_nobody(live, http):
    ana, _bob = await live.gather("secret-lobby", "ana", "bob")
    await ana.post("secret-lobby", "hi")

    answer = await http.get("/metrics")

    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert families["sanchat_connections"].samples[0].value == 2
    labels = {name for f in families.values() for s in f.samples for name in s.labels}
    assert labels <= {"le", "reason"}
    for name in ("ana", "bob", "secret-lobby"):
        assert name not in answer.text


async def test_metrics_on_the_internet_are_for_administrators(tmp_path):
    async with serving(tmp_path / "chat.db", **HTTPS) as live, live.http() as http:
        stranger = await http.get("/metrics")
        ana = await live.join("ana")
        guest = await http.get("/metrics", headers={"Authorization": f"Bearer {ana.session}"})

    assert (stranger.status_code, guest.status_code) == (401, 403)


# The page and its files


POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; font-src 'none'; media-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html sanchat"
)


@pytest.mark.parametrize("path", ["/", "/r/general", "/r/%E4%B8%8A%E6%B5%B7"])
async def test_the_page_lets_no_foreign_script_run(http, path):
    answer = await http.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/r/general", "/healthz", "/metrics", "/api/session", "/api/rooms", "/nowhere"),
        *("/api/rooms/general/messages?name=x", "/room/general/", "/ws", "/static/build/x.js"),
        "/favicon.ico",
    ],
)
async def test_every_answer_has_the_headers_of_safety(http, path):
    answer = await http.get(path)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/api/session", "/api/rooms?name=x", "/api/rooms/general/messages?name=x", "/nowhere"]
)
async def test_personal_answers_are_kept_by_no_cache(http, path):
    assert (await http.get(path)).headers["cache-control"] == "no-store"


def asset_of(page: str, suffix: str) -> str:
    import re

    return re.search(rf'"(/static/[0-9a-f]+/[^"]+{suffix})"', page)[1]


@pytest.mark.parametrize(("suffix", "kind"), [(r"\.js", "text/javascript"), (r"\.css", "text/css")])
async def test_the_pages_files_may_be_kept_for_ever(http, suffix, kind):
    page = (await http.get("/")).text

    answer = await http.get(asset_of(page, suffix))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "/static/build/" not in page


async def test_an_old_builds_address_works_but_is_not_kept(http, live):
    path = asset_of((await http.get("/")).text, r"\.js")

    answer = await http.get(path.replace(live.server.build, "0123456789ab"))

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


async def test_files_are_compressed_for_who_can_read_it(live, http):
    path = asset_of((await http.get("/")).text, r"\.css")

    plain = await http.get(path, headers={"Accept-Encoding": "identity"})
    raw = await live.raw()
    await raw.write(
        f"GET {path} HTTP/1.1\r\nHost: {live.host}\r\nAccept-Encoding: gzip\r\n"
        "Connection: close\r\n\r\n".encode()
    )
    head, body = await raw.head(), await raw.rest()

    assert "content-encoding" not in plain.headers
    assert "content-encoding: gzip" in head.lower()
    assert "vary: accept-encoding" in head.lower()
    assert gzip.decompress(body) == plain.content


OUTSIDE = [
    "pyproject.toml",
    "etc/passwd",
    "chat.db",
    "package.json",
    "node_modules/x",
    "index.html",
]
STEPS = [
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    "..%5c",
    "%252e%252e%252f",
    "....//",
    "%c0%ae/",
    "/",
]


@pytest.mark.parametrize("step", ["", *STEPS])
async def test_no_address_leads_out_of_the_pages_files(live, step):
    for name in OUTSIDE:
        for depth in (1, 3, 8):
            raw = await live.raw()
            path = f"/static/{live.server.build}/{step * depth}{name}"

            await raw.write(
                f"GET {path} HTTP/1.1\r\nHost: {live.host}\r\nConnection: close\r\n\r\n".encode()
            )

            assert (await raw.head()).split()[1] in ("404", "400")


async def test_the_plain_door_without_an_upgrade_leads_to_the_page(http):
    for path in ("/room/general/", "/room/general"):
        answer = await http.get(path)
        assert answer.status_code in (301, 302, 307, 308)
        assert answer.headers["location"] == "/r/general"

    odd = await http.get("/room/%2F%2Fevil.test/")
    assert not odd.headers.get("location", "/r/").startswith("//")


@pytest.mark.parametrize("path", ["/nowhere", "/api", "/api/rooms/x", "/r/", "/static/", "/r/a/b"])
async def test_what_is_not_there_is_a_404_in_json(http, path):
    answer = await http.get(path)

    assert answer.status_code == 404
    if answer.content:
        assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
    ],
    ids=lambda value: repr(value[:40]),
)
async def test_a_broken_request_is_answered_without_a_traceback(live, request_bytes):
    raw = await live.raw()

    await raw.write(request_bytes)
    raw.writer.write_eof()
    answer = await raw.rest()

    for word in (b"Traceback", b"site-packages", b"sanic"):
        assert word not in answer.lower()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
