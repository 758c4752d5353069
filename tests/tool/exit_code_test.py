"""`adieu connect`: every row of the table of exit codes, and the close event that belongs to it."""
import signal
import socket
import threading

from raw_peer import Peer
from running import check, ended, equal, finish, run, start


def test_6_for_a_name_that_cannot_be_found():
    result = run("connect", "--json", "ws://nobody.invalid/")
    ended(result, 6, "unreachable", phase="resolving", initiator="none", code=1006)


def test_7_for_a_port_where_nobody_listens():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = "ws://127.0.0.1:%d/" % free.getsockname()[1]
        close = ended(run("connect", "--json", url), 7, "unreachable", phase="connecting",
                      was_clean=False, sent=None, received=None, http_status=None)
    check(close["error"], close)


def test_7_for_a_stream_that_ends_before_the_answer():
    def behaviour(conn):
        conn.read_head()
    with Peer(behaviour, opens=False) as peer:
        ended(run("connect", "--json", peer.url), 7, "peer_vanished", phase="opening")


def test_7_for_a_reset_before_the_answer():
    def behaviour(conn):
        conn.read_head()
        conn.reset()
    with Peer(behaviour, opens=False) as peer:
        ended(run("connect", "--json", peer.url), 7, "reset", phase="opening")


def test_22_for_an_http_status():
    def behaviour(conn):
        conn.read_head()
        conn.answer("403 Forbidden", "Content-Length: 0", "Connection: close")
    with Peer(behaviour, opens=False) as peer:
        ended(run("connect", "--json", peer.url), 22, "refused", phase="opening", http_status=403)


def test_22_for_a_wrong_accept():
    def behaviour(conn):
        conn.read_head()
        conn.accept(key="AAAAAAAAAAAAAAAAAAAAAA==")
        conn.wait_for_end()
    with Peer(behaviour, opens=False) as peer:
        ended(run("connect", "--json", peer.url), 22, "refused", phase="opening")


def test_28_for_an_opening_without_an_answer():
    with Peer(lambda conn: conn.wait_for_end(), opens=False) as peer:
        result = run("connect", "--json", "--connect-timeout", "200ms", peer.url)
        ended(result, 28, "opening_timed_out", phase="opening", initiator="none")


def closes_with(*close):
    def behaviour(conn):
        conn.close(*close)
        conn.read_until_close()
    return behaviour


def closed_by_peer(exit_code, received_code, *close):
    with Peer(closes_with(*close)) as peer:
        process = start("connect", "--json", peer.url)  # stdin stays open
        result = finish(process)
    reason = close[1] if len(close) > 1 else ""
    told = ended(result, exit_code, "completed", was_clean=True, code=received_code, reason=reason,
                 initiator="remote", phase="ending", error=None)
    sent = close[0] if close else None
    equal(told["received"], {"code": sent, "reason": reason}, result)
    equal(told["sent"], {"code": sent, "reason": ""}, result)
    closing = [e for e in result.events if e["event"] == "closing"]
    equal(closing, [{"event": "closing", "code": received_code, "reason": reason}], result)


def test_0_for_1000():
    closed_by_peer(0, 1000, 1000, "all done")


def test_0_for_1001():
    closed_by_peer(0, 1001, 1001)


def test_0_for_a_close_without_a_code():
    closed_by_peer(0, 1005)


def test_40_for_another_code_of_the_protocol():
    closed_by_peer(40, 1008, 1008, "bad token")


def test_43_for_a_registered_code():
    closed_by_peer(43, 3000, 3000)


def test_44_for_a_private_code():
    closed_by_peer(44, 4001, 4001, "later")


def test_0_for_our_own_end_of_stdin():
    with Peer(lambda conn: conn.echo()) as peer:
        ended(run("connect", "--json", peer.url), 0, "completed", initiator="local", code=1000,
              was_clean=True)
    equal(peer.close_payload(), (1000, ""))


def test_0_for_the_code_that_we_closed_with():
    with Peer(lambda conn: conn.echo()) as peer:
        ended(run("connect", "--json", "--close", "4001:bye", peer.url), 0, "completed", code=4001,
              initiator="local", sent={"code": 4001, "reason": "bye"})
    equal(peer.close_payload(), (4001, "bye"))


def test_44_for_the_same_code_from_the_peer():
    with Peer(closes_with(4001)) as peer:
        result = finish(start("connect", "--json", "--close", "4001", peer.url))
    ended(result, 44, "completed", initiator="remote", code=4001)


def test_44_for_another_answer_than_our_code():
    def behaviour(conn):
        conn.read_until_close()
        conn.close(4002)
    with Peer(behaviour) as peer:
        ended(run("connect", "--json", "--close", "4001", peer.url), 44, "completed", code=4002)


def test_46_for_a_peer_that_vanished():
    with Peer(lambda conn: None) as peer:
        result = finish(start("connect", "--json", peer.url))
    ended(result, 46, "peer_vanished", phase="open", code=1006, was_clean=False, initiator="none")


def test_46_for_a_reset():
    with Peer(lambda conn: conn.reset()) as peer:
        result = finish(start("connect", "--json", peer.url))
    check(ended(result, 46, "reset", phase="open", initiator="none")["error"], result)


def test_46_for_terminate():
    with Peer(lambda conn: conn.wait_for_end()) as peer:
        result = run("connect", "--json", "--terminate", peer.url, stdin=b"last\n")
    ended(result, 46, "terminated", initiator="local", sent=None, unsent_messages=0)


def test_46_for_a_peer_that_is_silent_to_pings():
    with Peer(lambda conn: conn.wait_for_end()) as peer:
        result = finish(start("connect", "--json", "--ping-interval", "100ms", peer.url))
    ended(result, 46, "keepalive_timed_out", phase="open")


def test_46_for_an_interrupted_opening():
    asked = threading.Event()

    def behaviour(conn):
        conn.read_head()
        asked.set()
        conn.wait_for_end()
    with Peer(behaviour, opens=False) as peer:
        process = start("connect", "--json", peer.url)
        check(asked.wait(10), "no request came")
        process.send_signal(signal.SIGINT)
        result = finish(process)
    ended(result, 46, "abandoned", phase="opening", initiator="local", sent=None)


def test_47_for_a_close_without_an_answer():
    with Peer(lambda conn: conn.wait_for_end()) as peer:
        result = run("connect", "--json", "--close-timeout", "200ms", peer.url)
    ended(result, 47, "closing_timed_out", phase="awaiting_close", initiator="local",
          sent={"code": 1000, "reason": ""}, received=None)


def breaks_with(cause, *args, behaviour):
    with Peer(lambda conn: (behaviour(conn), conn.wait_for_end())) as peer:
        result = finish(start("connect", "--json", *args, peer.url))
    return ended(result, 48, cause, code=1006, was_clean=False, received=None)


def test_48_for_a_broken_rule():
    close = breaks_with("protocol_violation", behaviour=lambda conn: conn.raw(b"\xf1\x00"))
    equal(close["sent"]["code"], 1002)


def test_48_for_text_that_is_not_utf8():
    close = breaks_with("invalid_text", behaviour=lambda conn: conn.send(b"\xff", opcode=1))
    equal(close["sent"]["code"], 1007)


def test_48_for_a_message_that_is_too_big():
    close = breaks_with("message_too_big", "--max-message", "1k",
                        behaviour=lambda conn: conn.send(b"x" * 1025))
    equal(close["sent"]["code"], 1009)
