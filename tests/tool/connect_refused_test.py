"""`adieu connect` and a server that refuses the opening: what is told of its answer, and that nothing
in it can forge a line or drive a terminal."""
import json
import threading
import time

from raw_peer import Peer
from running import CLOSE_KEYS, check, ended, equal, finish, run, start


def refuses(head, body=b"", then=lambda conn: None):
    """A server that answers with that, and then does that."""
    def behaviour(conn):
        conn.read_head()
        conn.raw("\r\n".join(["HTTP/1.1 " + head[0], *head[1:], "", ""]).encode("latin-1") + body)
        then(conn)
    return Peer(behaviour, opens=False)


def refused(*head, body=b"", then=lambda conn: None, arguments=("--json",)):
    with refuses(head, body, then) as peer:
        result = run("connect", *arguments, peer.url)
    equal(result.code, 22, result)
    return result


def test_a_redirection_is_told():
    result = refused("302 Found", "Location: https://example.org/login?next=/ws",
                     "Set-Cookie: a=b", "Set-Cookie: c=d", "Content-Length: 0")
    close = ended(result, 22, "refused", http_status=302)
    equal(close["response"], {"status": 302, "body": "", "headers": [
        ["Location", "https://example.org/login?next=/ws"], ["Set-Cookie", "a=b"],
        ["Set-Cookie", "c=d"], ["Content-Length", "0"]]}, result)
    check("302" in result.err and "Location: https://example.org/login?next=/ws" in result.err, result)


def test_a_challenge_and_the_first_words_of_the_body_are_told():
    result = refused("401 Unauthorized", 'WWW-Authenticate: Bearer realm="chat"',
                     "Content-Length: 23", body=b"\r\nlog in first\r\nplease\r\n", arguments=())
    check('WWW-Authenticate: Bearer realm="chat"' in result.err, result)
    check("adieu: the server said: log in first\n" in result.err, result)
    check("please" not in result.err, result)


def test_a_page_is_told_by_its_title():
    page = (b"<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n"
            b"<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n</body>\r\n</html>\r\n")
    result = refused("400 Bad Request", "Server: nginx/1.22.1", "Content-Type: text/html",
                     "Connection: close", body=page)
    check("adieu: the server said: 400 No required SSL certificate was sent\n" in result.err, result)
    equal(result.close["response"]["body"], page.decode(), result)


def test_when_to_come_back_is_told():
    result = refused("503 Service Unavailable", "Retry-After: 7", "Content-Length: 0")
    equal(result.close["retry_after_s"], 7, result)


def test_a_body_in_chunks_is_put_together():
    result = refused("403 Forbidden", "Transfer-Encoding: chunked",
                     body=b"3\r\nno \r\n5;x=y\r\nentry\r\n0\r\n\r\n")
    equal(result.close["response"]["body"], "no entry", result)


def test_of_a_long_body_there_is_the_beginning():
    result = refused("403 Forbidden", body=b"x" * 100000)
    equal(result.close["response"]["body"], "x" * 4096, result)
    check(len(max(result.err.splitlines(), key=len)) < 400, result)


def test_a_body_that_is_no_text_is_still_json():
    result = refused("403 Forbidden", "X: caf\xe9", "Content-Length: 4", body=b"a\xff\xc3b")
    check("�" in result.close["response"]["body"], result)
    equal(result.close["response"]["headers"][0], ["X", "caf�"], result)


def test_a_body_that_trickles_is_not_waited_for():
    over = threading.Event()

    def trickle(conn):
        while not over.wait(0.02):
            try:
                conn.raw(b"x")
            except OSError:
                return
    began = time.monotonic()
    with refuses(("403 Forbidden", "Content-Length: 100000"), b"", trickle) as peer:
        result = run("connect", "--json", peer.url)
        over.set()
    check(time.monotonic() - began < 8, result)
    ended(result, 22, "refused", http_status=403)
    check(result.close["response"]["body"].startswith("x"), result)


def test_a_server_that_keeps_the_connection_is_not_waited_for():
    result = refused("404 Not Found", then=lambda conn: conn.wait_for_end())
    ended(result, 22, "refused", http_status=404)
    equal(result.close["response"]["body"], "", result)


def test_nothing_of_the_answer_forges_a_line_or_drives_a_terminal():
    evil = "\x1b]0;owned\x07\x1b[2J"
    result = refused("403 Forbidden", "Location: \xc2\x9b2J\xe2\x80\xa8x", "WWW-Authenticate: \xff",
                     "Content-Length: 200", arguments=(),
                     body=(evil + 'no\u2028\u202ex\rclosed 1000 "" by=local\n').encode())
    check("\\u009b2J\\u2028x" in result.err, result)
    check("\\x1b]0;owned\\x07\\x1b[2Jno\\u2028\\u202ex\n" in result.err, result)
    for line in result.err.splitlines():
        check(line.startswith(("adieu: ", "closed 1006 ")), result)
    for control in "\x1b\x07\x9b\r\u2028\u202e":
        check(control not in result.err, (control, result))


def test_secrets_are_masked_with_v_unless_they_are_asked_for():
    def behaviour(conn):
        conn.close(1000)
        conn.read_until_close()
    for asked in (False, True):
        with Peer(behaviour) as peer:
            result = finish(start("connect", "-v", "-H", "Authorization: Bearer s3cret", "-s", "s3cret",
                                  *(["--show-secrets"] if asked else []), peer.url + "?token=s3cret"))
        equal(result.err.count("s3cret"), 3 if asked else 0, result)
        check("> Authorization: " + ("Bearer s3cret" if asked else "***") + "\n" in result.err, result)


def test_every_close_event_has_every_key():
    result = refused("403 Forbidden", "Content-Length: 0")
    equal(list(result.close), CLOSE_KEYS, result)
    with Peer(lambda conn: (conn.close(1000), conn.read_until_close())) as peer:
        result = finish(start("connect", "--json", peer.url))
    equal(list(result.close), CLOSE_KEYS, result)
    for key, want in {"response": None, "retry_after_s": None, "rejected_messages": 0,
                      "rejected_bytes": 0, "late_messages_dropped": 0}.items():
        equal(result.close[key], want, (key, result))
    json.dumps(result.close)
