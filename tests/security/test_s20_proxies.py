"""S20: forwarded addresses count only from proxies that were named."""

import pytest
from clients import handshake
from harness import serving

from sanchat.errors import StartupError
from sanchat.forwarded import client_address, client_scheme
from sanchat.settings import load_settings

PROXY, VISITOR, LIAR = "10.0.0.1", "198.51.100.7", "203.0.113.9"
TRUSTED = (PROXY, "10.9.0.0/16", "2001:db8:1::/48")


@pytest.mark.parametrize(
    ("peer", "lines", "found"),
    [
        (VISITOR, [LIAR], VISITOR),
        (VISITOR, [PROXY], VISITOR),
        (PROXY, [], PROXY),
        (PROXY, [VISITOR], VISITOR),
        (PROXY, [f"{LIAR}, {VISITOR}"], VISITOR),
        (PROXY, [LIAR, VISITOR], VISITOR),
        (PROXY, [f"{LIAR}, {VISITOR}, 10.9.3.4"], VISITOR),
        (PROXY, ["10.9.3.4, 10.9.3.5"], "10.9.3.4"),
        (PROXY, [f"{VISITOR}, unknown"], PROXY),
        (PROXY, [f"{VISITOR}, "], PROXY),
        (PROXY, ["\x00"], PROXY),
        (PROXY, [f"{VISITOR}:4711"], VISITOR),
        (PROXY, ["[2001:db8:2::1]:4711"], "2001:db8:2::1"),
        (PROXY, ["::ffff:198.51.100.7"], VISITOR),
        ("::ffff:10.0.0.1", [VISITOR], VISITOR),
        ("2001:db8:1::7", ["2001:db8:2::1"], "2001:db8:2::1"),
        ("local", [LIAR], "local"),
        (PROXY, [", ".join([LIAR] * 1_000 + [VISITOR])], VISITOR),
    ],
)
def test_s20_the_nearest_address_that_is_no_proxy_counts(peer, lines, found):
    assert client_address(peer, TRUSTED, forwarded_for=lines) == found
    assert client_address(peer, (), forwarded_for=lines) == peer


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"for={VISITOR};proto=https", VISITOR),
        (f'for={LIAR}, for="{VISITOR}:80";by={PROXY}', VISITOR),
        ('For="[2001:db8:2::1]:80"', "2001:db8:2::1"),
        ("for=_hidden", PROXY),
        ("proto=https", PROXY),
    ],
)
def test_s20_the_standard_header_says_the_same(line, found):
    assert client_address(PROXY, TRUSTED, forwarded=[line]) == found
    # Who sends both gets no say: proxies write the older one.
    assert client_address(PROXY, TRUSTED, forwarded_for=[VISITOR], forwarded=[f"for={LIAR}"]) == (
        VISITOR
    )


def test_s20_the_scheme_is_the_nearest_proxys_word():
    assert client_scheme(PROXY, TRUSTED, forwarded_proto=["http, https"]) == "https"
    assert client_scheme(PROXY, TRUSTED, forwarded=["for=1.2.3.4;proto=http"]) == "http"
    assert client_scheme(PROXY, TRUSTED, forwarded_proto=["gopher"]) is None
    assert client_scheme(VISITOR, TRUSTED, forwarded_proto=["https"]) is None


FORGED = {
    "X-Forwarded-For": LIAR,
    "Forwarded": f"for={LIAR}",
    "X-Real-IP": LIAR,
    "True-Client-IP": LIAR,
    "Via": LIAR,
}


async def test_s20_by_default_no_header_of_anybody_counts(live):
    async with live.http(headers=FORGED) as http:
        await http.post("/api/session", json={"name": "forger"})

    sessions = await live.server.store._read("select address from sessions")
    assert [tuple(row) for row in sessions] == [("127.0.0.1",)]


async def test_s20_a_named_proxy_is_believed_at_every_door(tmp_path):
    settings = {"trusted_proxy": ("127.0.0.1",)}
    async with serving(tmp_path / "chat.db", **settings) as live:
        raw = await live.raw()
        await raw.write(handshake("/ws?name=ana", live.host, X_Forwarded_For=VISITOR))
        assert (await raw.head()).startswith("HTTP/1.1 101")
        async with live.http(headers={"X-Forwarded-For": f"{LIAR}, {VISITOR}"}) as http:
            await http.post("/api/session", json={"name": "bob"})

        sessions = await live.server.store._read("select address from sessions")
        assert [tuple(row) for row in sessions] == [(VISITOR,), (VISITOR,)]


async def test_s20_people_behind_a_named_proxy_have_limits_of_their_own(tmp_path):
    settings = {"trusted_proxy": ("127.0.0.1",), "limits": True}
    async with serving(tmp_path / "chat.db", **settings) as live, live.http() as http:
        live.freeze_rates()
        statuses = []
        for number in range(70):
            headers = {"X-Forwarded-For": VISITOR}
            body = {"name": f"guest {number}"}
            answer = await http.post("/api/session", json=body, headers=headers)
            statuses.append(answer.status_code)
            http.cookies.clear()
        other = {"X-Forwarded-For": "198.51.100.8"}
        answer = await http.post("/api/session", json={"name": "other"}, headers=other)

    assert statuses.count(201) == 64
    assert set(statuses[64:]) == {429}
    assert answer.status_code == 201


async def test_s20_who_came_over_http_to_a_server_of_https_is_sent_the_right_way(tmp_path):
    settings = {"trusted_proxy": ("127.0.0.1",), "public_url": "https://chat.test"}
    over_http = {"Host": "chat.test", "X-Forwarded-Proto": "http"}
    async with serving(tmp_path / "chat.db", **settings) as live:
        async with live.http(headers=over_http) as http:
            page = await http.get("/r/general?x=1")
            sign_in = await http.post("/api/session", json={"name": "ana"})
        async with live.http(headers=over_http | {"X-Forwarded-Proto": "https"}) as http:
            right = await http.get("/")

    assert (page.status_code, page.headers["location"]) == (308, "https://chat.test/r/general?x=1")
    assert sign_in.status_code == 403
    assert right.status_code == 200
    assert right.headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("trusted", ["everybody", "0.0.0.0/0", "::/0", "10.0.0.300"])
def test_s20_nobody_can_trust_everybody(tmp_path, trusted):
    with pytest.raises(StartupError, match="trusted-proxy"):
        load_settings({"database": tmp_path / "x.db", "trusted_proxy": trusted}, {})
