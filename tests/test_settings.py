"""Where settings come from, which of them wins, and what is refused."""

import dataclasses
import ipaddress
from pathlib import Path

import pytest

from sanchat import settings
from sanchat.errors import StartupError
from sanchat.limits import Rate, Rates
from sanchat.settings import BOUNDS, Settings, load_settings


@pytest.fixture
def toml(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "sanchat.toml"
        path.write_text(text)
        return path

    return write


def test_without_anything_said_the_server_is_for_this_machine_alone():
    found = load_settings({}, {})

    assert (found.host, found.port) == ("127.0.0.1", 8000)
    assert found.database.name == "sanchat.db"
    assert found.guests_are_open
    assert found.limits
    assert not found.is_public


def test_flags_win_over_the_environment_and_that_over_the_file(toml):
    config = toml('port = 1\nhost = "127.0.0.2"\nheartbeat_seconds = 5\n')

    found = load_settings(
        {"port": 3, "host": None}, {"SANCHAT_PORT": "2", "SANCHAT_HOST": "127.0.0.3"}, config
    )

    assert (found.port, found.host, found.heartbeat_seconds) == (3, "127.0.0.3", 5.0)


def test_the_file_may_be_named_by_the_environment(toml):
    found = load_settings({}, {"SANCHAT_CONFIG": str(toml("port = 77"))})

    assert found.port == 77


def test_names_in_the_file_may_have_dashes_and_lists(toml):
    config = toml('allow-host = ["chat.lan", "box"]\nno-limits = true\n')

    found = load_settings({}, {}, config)

    assert found.allow_host == ("chat.lan", "box")
    assert not found.limits


def test_lists_in_the_environment_are_separated_by_commas():
    found = load_settings({}, {"SANCHAT_ALLOW_ORIGIN": "https://a.test, https://b.test,"})

    assert found.allow_origin == ("https://a.test", "https://b.test")


@pytest.mark.parametrize(
    ("text", "limits"), [("1", False), ("true", False), ("0", True), ("", True), ("no", True)]
)
def test_limits_can_be_switched_off_by_the_environment(text, limits):
    assert load_settings({}, {"SANCHAT_NO_LIMITS": text}).limits is limits


def test_every_rate_can_be_chosen(toml):
    found = load_settings({}, {"SANCHAT_RATE_READS": "5, 1/min"}, toml('rate_writes = "30, 6/s"'))

    assert found.rates == Rates(writes=Rate(30, 6), reads=Rate(5, 1 / 60))


def test_a_home_folder_is_found():
    found = load_settings({"database": Path("~/chat.db")}, {})

    assert found.database == Path.home() / "chat.db"


@pytest.mark.parametrize(
    ("flags", "environ", "part"),
    [
        ({"port": 70_000}, {}, "--port"),
        ({"port": -1}, {}, "--port"),
        ({}, {"SANCHAT_PORT": "many"}, "SANCHAT_PORT"),
        ({}, {"SANCHAT_HEARTBEAT_SECONDS": "soon"}, "SANCHAT_HEARTBEAT_SECONDS"),
        ({"guests": "some"}, {}, "guests"),
        ({}, {"SANCHAT_RATE_WRITES": "many"}, "10, 2/s"),
        ({}, {"SANCHAT_RATE_GUESSES": "0, 1/s"}, "SANCHAT_RATE_GUESSES"),
        ({}, {"SANCHAT_SESSION_CONNECTIONS": "0"}, "session_connections"),
        ({}, {"SANCHAT_ADDRESS_CONNECTIONS": "-1"}, "address_connections"),
        ({"session_idle_days": 0}, {}, "session_idle_days"),
        ({}, {"SANCHAT_SESSION_ABSOLUTE_DAYS": "999999999999"}, "session_absolute_days"),
        ({}, {"SANCHAT_HEARTBEAT_SECONDS": "0"}, "heartbeat_seconds is a number from 1 to 3,600"),
        ({}, {"SANCHAT_HEARTBEAT_SECONDS": "nan"}, "heartbeat_seconds"),
        ({}, {"SANCHAT_CHECKPOINT_SECONDS": "-1"}, "checkpoint_seconds"),
        ({}, {"SANCHAT_REQUEST_HEAD_SECONDS": "inf"}, "request_head_seconds"),
        ({}, {"SANCHAT_NAME_HOLD_SECONDS": "-5"}, "name_hold_seconds"),
        ({}, {"SANCHAT_BATCH_CHANGES": "0"}, "batch_changes"),
        ({}, {"SANCHAT_BATCH_TEXT": "3999"}, "batch_text"),
        ({}, {"SANCHAT_QUEUE_CHANGES": "0"}, "queue_changes"),
        ({}, {"SANCHAT_OUTBOX_BYTES": "262143"}, "outbox_bytes"),
        ({}, {"SANCHAT_SESSION_ABSOLUTE_DAYS": "0"}, "session_absolute_days"),
        ({"public_url": "chat.example.org"}, {}, "--public-url"),
        ({"public_url": "ftp://chat.example.org"}, {}, "--public-url"),
        ({"public_url": "http://chat.example.org"}, {}, "https://"),
        ({"public_url": "https://chat.example.org/chat"}, {}, "path"),
        ({"public_url": "https://chat.example.org//"}, {}, "path"),
        ({"public_url": "https://chat.example.org?a=b"}, {}, "query"),
        ({"public_url": "https://chat.example.org/?"}, {}, "query"),
        ({"public_url": "https://chat.example.org#top"}, {}, "fragment"),
        ({"public_url": "https://ana:secret@chat.example.org"}, {}, "user"),
        ({"public_url": "https://chat.example.org:"}, {}, "port"),
        ({"public_url": "https://chat.example.org:70000"}, {}, "--public-url"),
        ({"public_url": "https://[::1"}, {}, "--public-url"),
        ({}, {"SANCHAT_CONFIG": "/nowhere/x.toml"}, "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(flags, environ, part):
    with pytest.raises(StartupError) as refused:
        load_settings(flags, environ)

    assert part in str(refused.value)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(("text", "part"), [("port = ", "is not TOML"), ("prot = 1", "'prot'")])
def test_a_file_that_cannot_be_used_is_refused(toml, text, part):
    with pytest.raises(StartupError, match=part):
        load_settings({}, {}, toml(text))


@pytest.mark.parametrize("end", ["", "/", ":443", ":8443/"])
def test_a_public_url_may_have_a_port_and_a_slash(end):
    assert load_settings({"public_url": f"https://Chat.example.org{end}"}, {}).is_public


def test_http_on_the_internet_needs_courage():
    found = load_settings({"public_url": "http://chat.example.org", "insecure": True}, {})

    assert found.is_public


def test_an_address_on_the_internet_needs_a_public_url_or_courage(monkeypatch):
    public = ipaddress.ip_address("8.8.8.8")
    monkeypatch.setattr(settings, "bound_addresses", lambda host: [public])

    with pytest.raises(StartupError, match=r"8\.8\.8\.8"):
        load_settings({"host": "0.0.0.0"}, {})

    assert load_settings({"host": "0.0.0.0", "insecure": True}, {}).host == "0.0.0.0"
    assert load_settings({"host": "0.0.0.0", "public_url": "https://c.test"}, {}).is_public


def test_a_private_address_needs_neither(monkeypatch):
    private = ipaddress.ip_address("192.168.1.5")
    monkeypatch.setattr(settings, "bound_addresses", lambda host: [private])

    assert load_settings({"host": "0.0.0.0"}, {}).host == "0.0.0.0"


def test_a_bound_address_is_that_address():
    assert settings.bound_addresses("127.0.0.1") == [ipaddress.ip_address("127.0.0.1")]
    assert settings.bound_addresses("[::1]") == [ipaddress.ip_address("::1")]


@pytest.mark.parametrize(
    ("guests", "public_url", "are_open"),
    [
        ("", "", True),
        ("", "https://c.test", False),
        ("open", "https://c.test", True),
        ("closed", "", False),
    ],
)
def test_guests_are_admitted_unless_the_server_is_public(guests, public_url, are_open):
    found = Settings(database=Path("x.db"), guests=guests, public_url=public_url)

    assert found.guests_are_open is are_open


def test_every_setting_that_counts_time_or_size_says_in_what():
    plain = {"port", "limits", "insecure"}
    numbers = [
        field.name
        for field in dataclasses.fields(Settings)
        if field.type in (int, float) and field.name not in plain
    ]

    units = ("_seconds", "_bytes", "_changes", "_days", "_text", "_connections")
    assert [name for name in numbers if not name.endswith(units)] == []


def test_every_setting_that_counts_has_a_least_and_a_most_and_stands_between_them():
    numbers = {
        field.name: field.default
        for field in dataclasses.fields(Settings)
        if field.type in (int, float)
    }

    assert numbers.keys() == BOUNDS.keys()
    assert all(least <= numbers[name] <= most for name, (least, most) in BOUNDS.items())


def test_windows_is_refused_with_advice(monkeypatch):
    monkeypatch.setattr("sys.platform", "win32")

    with pytest.raises(StartupError, match="WSL"):
        load_settings({}, {})


def test_a_server_is_called_something_that_can_be_read(toml):
    assert load_settings({}, {}).server_name == "sanchat"
    assert load_settings({}, {}, toml('server_name = "茶馆"')).server_name == "茶馆"
    for name in ("", "  ", "x" * 61, "a\nb", "a\u202eb"):
        with pytest.raises(StartupError, match="--server-name"):
            load_settings({"server_name": name}, {})
