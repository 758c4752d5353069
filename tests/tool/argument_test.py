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
    refused("connect", "ftp://127.0.0.1:1/", about="ws://")
    refused("connect", "127.0.0.1:1", about="ws://")


def test_a_url_with_a_fragment():
    refused("connect", "ws://127.0.0.1:1/#top", about="fragment")


def test_a_url_that_is_none():
    refused("connect", "ws://", about="URL")
    refused("connect", "ws://127.0.0.1:99999/", about="URL")


def test_what_is_wrong_with_a_url_and_where():
    for url, why in (("ws://a:80000/", "The port at offset 7 is not from 1 to 65535"),
                     ("ws://a:x/", "The port at offset 7 is not a number"),
                     ("ws://a/?ids[]=1", "The character [ at offset 11"),
                     ("ws://a/?x=100%", "The % at offset 13 has no two hexadecimal digits behind it"),
                     ("ws://[fe80::1%25eth0]/", "zone"),
                     ("ws://::1/", "brackets"),
                     ("ws://user@a/", "the @ at offset 9"),
                     ("ws:///", "There is no host at offset 5")):
        refused("connect", url, about=why)


def test_http_and_https_stand_for_ws_and_wss():
    with Peer(lambda conn: conn.echo()) as peer:
        result = run("connect", "-x", "hello", "--wait-messages", "1",
                     peer.url.replace("ws://", "http://"))
    equal((result.code, result.out), (0, b"hello\n"), result)
    check("https" in run("connect", "--help").out.decode(), "it is told")


def test_what_is_wrong_with_a_number_and_what_is_right():
    url = "ws://127.0.0.1:1/"
    for args, why in ((["serve", "--port", "80000"], '--port: "80000" is not a number from 0 to 65535'),
                      (["serve", "--port=-1"], "from 0 to 65535"),
                      (["serve", "--port=x"], "from 0 to 65535"),
                      (["serve", "--drain", "3"], "3 has no unit: write 3s, or 3ms"),
                      (["serve", "--close-timeout", "0"], "it must be more than 0"),
                      (["serve", "--ping-interval", "x"], "0 to 8760h, such as 250ms, 3s or 1m"),
                      (["serve", "--max-message", "1T"], "such as 65536, 64k or 16M"),
                      (["connect", "--connect-timeout", "9999h", url], "more than a year, 8760h"),
                      (["connect", "--wait", "1d", url], "0 to 8760h"),
                      (["connect", "--ping-interval", "20", url], "write 20s, or 20ms"),
                      (["connect", "--close-timeout", "-1s", url], "0 to 8760h"),
                      (["connect", "--send-queue", "0", url], "more than 0"),
                      (["connect", "--max-message", "9999999999G", url],
                       "more than 9223372036854775807 bytes"),
                      (["connect", "--close", "70000", url], "from 0 to 65535"),
                      (["connect", "--close", "2000", url], "1000 or 3000-4999"),
                      (["connect", "--wait-messages", "many", url], "from 0 to 18446744073709551615"),
                      (["connect", "--reconnect=0", url], "from 1 to 4294967295"),
                      (["connect", "--reconnect", "--stop-on", "7", url], "1000-4999"),
                      (["explain", "70000"], "0-65535")):
        refused(*args, about=why)


def test_origins_that_can_never_match():
    for origin, write in (("a.com", '"https://a.com"'), ("https://a/", 'write "https://a"'),
                          ("wss://a", 'write "https://a"'), ("https://*", '"https://*.example.com"')):
        refused("serve", "--origin", origin, about=write)


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
