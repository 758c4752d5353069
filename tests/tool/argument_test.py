"""Wrong arguments: exit code 2, a line that says why, nothing connected, nothing on stdout."""
from raw_peer import Peer
from running import check, equal, run


def refused(*args, about=""):
    result = run(*args)
    equal(result.code, 2, result)
    equal(result.out, b"", result)
    check(about in result.err, result)


def test_no_command():
    refused()


def test_a_command_that_is_none():
    refused("shout", about="shout")


def test_an_option_that_is_none():
    refused("connect", "--loud", "ws://127.0.0.1:1/", about="--loud")


def test_no_url():
    refused("connect", about="URL")


def test_a_url_with_another_scheme():
    refused("connect", "http://127.0.0.1:1/", about="ws://")
    refused("connect", "ftp://127.0.0.1:1/", about="ws://")
    refused("connect", "127.0.0.1:1", about="ws://")


def test_a_url_with_a_fragment():
    refused("connect", "ws://127.0.0.1:1/#top", about="fragment")


def test_a_url_that_is_none():
    refused("connect", "ws://", about="URL")
    refused("connect", "ws://127.0.0.1:99999/", about="URL")


def test_a_close_code_that_may_not_be_sent():
    for code in ("0", "999", "1001", "1002", "1005", "1006", "1015", "2999", "5000", "65536", "x",
                 "", "-1"):
        refused("connect", "--close=" + code, "ws://127.0.0.1:1/", about="--close")


def test_a_close_reason_that_is_too_long():
    refused("connect", "--close", "4000:" + "x" * 124, "ws://127.0.0.1:1/", about="123")


def test_a_close_reason_that_is_not_utf8():
    refused("connect", "--close", b"4000:\xff".decode("utf-8", "surrogateescape"),
            "ws://127.0.0.1:1/", about="UTF-8")


def test_a_header_that_would_be_two():
    refused("connect", "-H", "A: b\r\nC: d", "ws://127.0.0.1:1/", about="--header")
    refused("connect", "-H", "A: b\nC", "ws://127.0.0.1:1/", about="--header")


def test_a_header_that_is_none():
    refused("connect", "-H", "nothing", "ws://127.0.0.1:1/", about="--header")
    refused("connect", "-H", ": nothing", "ws://127.0.0.1:1/", about="--header")


def test_a_header_of_the_opening_itself():
    refused("connect", "-H", "Sec-WebSocket-Key: x", "ws://127.0.0.1:1/", about="--header")


def test_a_subprotocol_that_is_no_token():
    refused("connect", "-s", "two words", "ws://127.0.0.1:1/")


def test_durations_that_are_none():
    for text in ("3", "3 s", "s", "-1s", "1d", "1..5s", "", "1e3s", "0", "99999999h"):
        refused("connect", "--connect-timeout=" + text, "ws://127.0.0.1:1/",
                about="--connect-timeout")


def test_sizes_that_are_none():
    for text in ("x", "-1", "", "1T", "99999999999999999999"):
        refused("connect", "--max-message=" + text, "ws://127.0.0.1:1/", about="--max-message")


def test_a_number_of_messages_that_is_none():
    for text in ("-1", "x", ""):
        refused("connect", "--wait-messages=" + text, "ws://127.0.0.1:1/", about="--wait-messages")


def test_a_text_to_send_that_is_not_utf8():
    refused("connect", "-x", b"\xff".decode("utf-8", "surrogateescape"), "ws://127.0.0.1:1/",
            about="--send")


def test_a_colour_that_is_none():
    refused("connect", "--color", "blue", "ws://127.0.0.1:1/", about="--color")


def test_help_is_no_mistake():
    for args in (["--help"], ["connect", "--help"], ["explain", "--help"]):
        result = run(*args)
        equal(result.code, 0, result)
        check(b"Usage" in result.out, result)
    check(b"Examples:" in run("connect", "--help").out, "connect --help")


def test_the_version_is_told():
    result = run("--version")
    equal(result.code, 0, result)
    check(result.out.startswith(b"adieu "), result)


def test_a_repeatable_option_takes_one_value_only():
    with Peer(lambda conn: conn.echo()) as peer:
        result = run("connect", "-x", "[1,2]", "-x", "", "-x", "a,b", "-s", "one", "-s", "two",
                     "-H", "A: b", peer.url, "--wait-messages", "3")
    equal(result.code, 0, result)
    equal(result.out, b"[1,2]\n\na,b\n", result)
    check("Sec-WebSocket-Protocol: one, two" in peer.head, peer.head)
    check("A: b" in peer.head, peer.head)
