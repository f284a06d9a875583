"""No foreign page and no foreign name for this server gets past the door."""

import itertools

import pytest
from clients import handshake
from harness import serving

EVIL = [
    "http://evil.test",
    "https://evil.test",
    "null",
    "",
    "http://{host}.evil.test",
    "http://evil.test.{host}",
    "http://x{host}",
    "http://{host}0",
    "http://{host}@evil.test",
    "http://evil.test/{host}",
    "http://evil.test#{host}",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://localhost:{port}",
    "http://127.0.0.2:{port}",
    "http://[::1]:{port}",
    "https://{host}",
    "ws://{host}",
    "file://",
    "http://{host}/",
    "http://{host} http://evil.test",
    "http://127.1:{port}",
    "http://2130706433:{port}",
    "chrome-extension://abcdef",
]
REBINDING = [
    "evil.test",
    "evil.test:{port}",
    "127.0.0.1.evil.test:{port}",
    "localhost.evil.test:{port}",
    "evil.localhost:{port}",
    "10.0.0.1:{port}",
    "0.0.0.0:{port}",
    "user@127.0.0.1:{port}",
    "127.0.0.1:{port}/x",
    "127.0.0.1:x",
    "",
]


NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
async def live(tmp_path_factory):
    """One server for all of them: who is refused leaves nothing behind."""
    async with serving(tmp_path_factory.mktemp("strangers") / "chat.db") as server:
        yield server


@pytest.fixture
async def ana(live):
    client = await live.join(f"ana {next(NUMBERS)}", f"room-{next(NUMBERS)}")
    yield client
    await client.close()


def filled(template, live):
    return template.format(host=live.host, port=live.port)


async def status_of(live, request):
    raw = await live.raw()
    await raw.write(request)
    head = await raw.head()
    return int(head.split()[1])


@pytest.mark.parametrize("origin", EVIL)
async def test_s1_a_foreign_page_is_refused_before_the_upgrade(live, origin):
    request = handshake("/ws?name=ana", live.host, Origin=filled(origin, live))

    assert await status_of(live, request) == 403


@pytest.mark.parametrize("host", REBINDING)
async def test_s1_a_foreign_name_of_the_server_is_refused_before_the_upgrade(live, host):
    host = filled(host, live)
    own_origin = f"http://{host}"

    assert await status_of(live, handshake("/ws?name=ana", host)) in (400, 403)
    assert await status_of(live, handshake("/ws?name=ana", host, Origin=own_origin)) in (400, 403)


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
async def test_the_servers_own_page_is_welcome(live, host):
    host = filled(host, live)

    request = handshake("/ws?name=ana", host, Origin=f"http://{host}".lower())

    assert await status_of(live, request) == 101


async def test_s1_two_hosts_or_two_origins_are_one_too_many(live):
    own = handshake("/ws?name=ana", live.host, Origin=live.origin)
    two_origins = own.replace(b"\r\nUpgrade", b"\r\nOrigin: http://evil.test\r\nUpgrade")
    two_hosts = own.replace(b"\r\nUpgrade", b"\r\nHost: evil.test\r\nUpgrade")

    assert await status_of(live, own) == 101
    assert await status_of(live, two_origins) == 403
    assert await status_of(live, two_hosts) in (400, 403)


async def test_s1_the_cookie_alone_opens_no_socket(live, ana):
    cookie = f"sanchat_session={ana.session}"

    without = handshake("/ws", live.host, Cookie=cookie)
    foreign = handshake("/ws", live.host, Cookie=cookie, Origin="http://evil.test")
    own = handshake("/ws", live.host, Cookie=cookie, Origin=live.origin)

    assert [await status_of(live, request) for request in (without, foreign, own)] == [
        403,
        403,
        101,
    ]


@pytest.mark.parametrize("path", ["/ws/general?name=ana", "/room/general/?name=ana"])
async def test_s1_every_websocket_is_guarded(live, path):
    assert await status_of(live, handshake(path, live.host, Origin="http://evil.test")) == 403
    assert await status_of(live, handshake(path, live.host)) == 101


CHANGES = [
    ("POST", "/api/session", {"name": "bob"}),
    ("DELETE", "/api/session", None),
    ("POST", "/api/rooms", {"name": "tea"}),
    ("POST", "/api/rooms/general/messages", {"text": "I love evil.test"}),
    ("POST", "/api/rooms/general/messages/1/edit", {"text": "I love evil.test"}),
    ("POST", "/api/rooms/general/messages/1/delete", None),
    ("POST", "/api/rooms/general/messages/1/react", {"emoji": "👍"}),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
@pytest.mark.parametrize("origin", [None, "null", "http://evil.test"])
async def test_s1_with_the_cookie_every_change_needs_our_origin(
    live, ana, method, path, body, origin
):
    room = (await ana.expect("reply"))["room"]["name"]
    await ana.post(room, "mine")
    path = path.replace("general", room)
    body = body | {"name": f"new-{next(NUMBERS)}"} if body and "name" in body else body
    headers = {"Cookie": f"sanchat_session={ana.session}"}
    async with live.http(headers=headers) as http:
        foreign = await http.request(
            method, path, json=body, headers={} if origin is None else {"Origin": origin}
        )
        own = await http.request(method, path, json=body, headers={"Origin": live.origin})

    assert foreign.status_code == 403
    assert own.status_code in (200, 201, 204)


async def test_s1_a_foreign_page_reads_nothing_either(live):
    async with live.http(headers={"Origin": "http://evil.test"}) as http:
        for path in ("/api/rooms?name=x", "/api/rooms/general/messages?name=x", "/", "/healthz"):
            answer = await http.get(path)
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers


async def test_a_page_that_is_listed_may_talk_to_the_server(tmp_path):
    settings = {"allow_origin": ("https://pages.test",), "allow_host": ("chat.lan",)}
    async with serving(tmp_path / "chat.db", **settings) as live:
        listed = handshake("/ws?name=ana", live.host, Origin="https://pages.test")
        other = handshake("/ws?name=bob", live.host, Origin="https://page.test")
        named = handshake("/ws?name=eve", "chat.lan", Origin="http://chat.lan")

        assert [await status_of(live, request) for request in (listed, other, named)] == [
            101,
            403,
            101,
        ]


async def test_s1_behind_a_public_address_only_its_own_origin_counts(tmp_path):
    settings = {"public_url": "https://chat.test", "guests": "open"}
    async with serving(tmp_path / "chat.db", **settings) as live:
        origins = ["https://chat.test", "http://chat.test", "https://chat.test:444", live.origin]

        statuses = [
            await status_of(live, handshake("/ws?name=ana", "chat.test", Origin=origin))
            for origin in origins
        ]

    assert statuses == [101, 403, 403, 403]


@pytest.mark.parametrize(
    ("public_url", "own", "foreign"),
    [
        ("https://chat.test:443", "https://chat.test", "https://chat.test:80"),
        ("https://Chat.test:443/", "https://chat.test", "http://chat.test:443"),
        ("https://chat.test", "https://chat.test:443", "https://chat.test:4443"),
        ("http://chat.test:80", "http://chat.test", "https://chat.test"),
        ("https://chat.test:80", "https://chat.test:80", "https://chat.test"),
    ],
)
async def test_a_default_port_goes_without_saying(tmp_path, public_url, own, foreign):
    settings = {"public_url": public_url, "guests": "open"}
    async with serving(tmp_path / "chat.db", **settings) as live:
        statuses = [
            await status_of(live, handshake("/ws?name=ana", "chat.test", Origin=origin))
            for origin in (own, foreign)
        ]

    assert statuses == [101, 403]


async def test_a_listed_page_may_name_its_default_port(tmp_path):
    settings = {"allow_origin": ("https://pages.test:443",)}
    async with serving(tmp_path / "chat.db", **settings) as live:
        listed = handshake("/ws?name=ana", live.host, Origin="https://pages.test")

        assert await status_of(live, listed) == 101


async def test_s20_a_forged_address_is_not_believed(live):
    from clients import Client

    client = Client(
        await live.connect("/ws?name=forger", additional_headers={"X-Forwarded-For": "203.0.113.9"})
    )
    await client.expect("hello")

    assert set(live.server._by_address) == {"127.0.0.1"}
    await client.close()


async def test_refusals_are_counted(live):
    refused = live.server.metrics.refused.labels("origin")
    before = refused._value.get()

    await status_of(live, handshake("/ws", live.host, Origin="http://evil.test"))

    assert refused._value.get() == before + 1
