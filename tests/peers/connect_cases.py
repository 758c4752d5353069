"""Our client, their servers. One row is one case; the words are in case.py."""

from signal import SIGINT

from case import (EVERYWHERE, FOX, LOST, NOTHING, TOO_SHORT, Case, Each, Seen, big_binary, crossing,
                  frame, text, they_are_killed, they_close, they_do, they_opened, they_send,
                  they_tell, we_end_stdin, we_get, we_say, we_see)
from expected import (EMPTY_FROM_THEM, TOO_BIG_FOR_THEM, TOO_BIG_FOR_US, VANISHED, crossed, local,
                      remote)
from peers import EVERY_SERVER
from transport import PLAIN, SECURE

EVERY = EVERY_SERVER
ECHO = {"echo": True}
TWENTY_MB = (320, 320 * 65536)
BOTH = ("we", "they")


def dialogue(*contents):
    return [step for line in contents for step in (we_say(line), we_see(text(line)))]


CASES = [
    # --- messages
    Case("lines go out as text and come back", EVERY, dialogue("hello", "", FOX) + [we_end_stdin],
         deflated=TOO_SHORT,
         peer_options=ECHO, theirs=Seen(1000), ours=local(1000), we_got=(3, None)),
    Case("what they still send before their Close is printed", ("ws",),
         [we_say(*"abcdefgh"), we_end_stdin], deflated=TOO_SHORT,
         peer_options=ECHO, theirs=Seen(1000), ours=local(1000), we_got=(8, 8)),
    # One message: with more, our Close may overtake those that a peer had not yet written.
    Case("a message that crosses our Close is printed", EVERY,
         [crossing(("they", they_send(text("late"))), ("we", we_end_stdin))],
         gated=True, deflated=TOO_SHORT, theirs=Seen(1000), ours=local(1000), we_got=(1, 4)),
    Case("-x sends, --wait-messages waits", EVERY, [we_end_stdin],
         args=["-x", "one", "-x", FOX, "--wait-messages", "2"], peer_options=ECHO,
         deflated=TOO_SHORT, theirs=Seen(1000), ours=local(1000), we_got=(2, None)),
    Case("a ping of theirs is answered", EVERY,
         [they_do("ping", data="are you there"), they_tell("pong", data="are you there"),
          we_end_stdin],
         theirs=Seen(1000), ours=local(1000)),
    Case("compressed messages, both ways", EVERY, dialogue(FOX * 100, "short", "a" * 70_000)
         + [we_end_stdin], args=["-v"], peer_options={**ECHO, "deflate": True},
         deflated=BOTH, shown=(r"> text \d+ B deflated masked", r"< text \d+ B deflated "),
         theirs=Seen(1000), ours=local(1000)),
    Case("compression whose parameters they decline: they keep a window unasked", ("tornado",),
         dialogue(FOX * 100, FOX * 99, "short", "a" * 70_000) + [we_end_stdin], args=["-v"],
         over=(PLAIN,), peer_options=ECHO,
         shown=(r"> Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover",
                r"< Sec-Websocket-Extensions: permessage-deflate\n",
                r"> text \d+ B deflated masked", r"< text \d+ B deflated "),
         theirs=Seen(1000), ours=local(1000)),
    Case("compression that they decline", EVERY, dialogue(FOX * 100) + [we_end_stdin],
         args=["-v"], peer_options={**ECHO, "deflate": False}, over=(PLAIN,),
         shown=("> Sec-WebSocket-Extensions: permessage-deflate",), hidden=("deflated",),
         theirs=Seen(1000), ours=local(1000)),
    Case("--no-deflate offers no compression", EVERY, dialogue(FOX * 100) + [we_end_stdin],
         args=["-v", "--no-deflate"], peer_options={**ECHO, "deflate": True},
         over=(PLAIN,), hidden=("deflate",), theirs=Seen(1000), ours=local(1000)),
    Case("-s negotiates a subprotocol", EVERY, [they_opened(protocol="chat"), we_end_stdin],
         args=["-s", "soup", "-s", "chat"], peer_options={"protocol": "chat"},
         theirs=Seen(1000), ours=local(1000)),
    Case("-H and -o arrive", EVERY,
         [they_opened(headers={"x-farewell": "adieu", "origin": "http://example.com"}),
          we_end_stdin],
         args=["-H", "X-Farewell: adieu", "-o", "http://example.com"],
         theirs=Seen(1000), ours=local(1000)),

    # --- we close
    Case("we close with 1000 when stdin ends", EVERY, [we_end_stdin],
         theirs=Seen(1000), ours=local(1000)),
    Case("we close with 4001 and a reason", EVERY, [we_end_stdin], args=["--close", "4001:enough"],
         theirs=Seen(4001, "enough"), ours=local(4001, "enough")),
    Case("we close with 4001 and a non-ASCII reason", EVERY, [we_end_stdin],
         args=["--close", f"4001:{FOX}"], theirs=Seen(4001, FOX), ours=local(4001, FOX)),
    Case("Ctrl-C: we close with 1000", EVERY, [we_get(SIGINT)],
         theirs=Seen(1000), ours=local(1000)),
    Case("we terminate", EVERY, [we_end_stdin], args=["--terminate"], exit=46, theirs=LOST,
         ours={"was_clean": False, "code": 1006, "initiator": "local", "cause": "terminated",
               "phase": "open", "sent": None, "received": None}),

    # --- they close
    Case("they close with 1000 and a reason", EVERY, [they_close(1000, "bye")],
         theirs=Seen(1000), ours=remote(1000, "bye")),
    Case("they close with 4001 and a reason", EVERY, [they_close(4001, "enough")], exit=44,
         theirs=Seen(4001), ours=remote(4001, "enough")),
    Case("they close with 3000 and a non-ASCII reason", EVERY, [they_close(3000, FOX)], exit=43,
         theirs=Seen(3000), ours=remote(3000, FOX)),
    Case("they close with 1008", EVERY, [they_close(1008, "bad token")], exit=40,
         theirs=Seen(1008), ours=remote(1008, "bad token")),
    Case("they call close() without arguments", EVERY, [they_close()],
         theirs=Each(Seen(1005), python=Seen(1000), lws=Seen(1000)),
         ours=Each(EMPTY_FROM_THEM, python=remote(1000), lws=remote(1000))),
    Case("they go away", EVERY, [they_do("shutdown")], theirs=Seen(1001),
         ours=Each(remote(1001, "going away"), python=remote(1001))),

    # --- both close
    Case("both close at once", EVERY,
         [crossing(("they", they_close(4002, "theirs")), ("we", we_end_stdin))],
         args=["--close", "4001:ours"], gated=True, exit=44, theirs=Seen(4001, "ours"),
         ours=crossed(sent=frame(4001, "ours"), received=frame(4002, "theirs"))),

    # --- much to send
    Case("20 MB of lines, then our Close: all of it arrives", EVERY,
         [we_say(*["x" * 65536] * 320), we_end_stdin], args=["-b"],
         over=EVERYWHERE, deflated=("we",),
         they_got=TWENTY_MB, theirs=Seen(1000), ours=local(1000)),
    Case("20 MB from them, then their Close: all of it is printed", EVERY,
         [they_send(big_binary(65536), count=320), they_close(1000)],
         over=EVERYWHERE, deflated=("they",), we_got=TWENTY_MB,
         theirs=Seen(1000), ours=remote(1000)),

    # --- limits
    Case("our message is too big for them", EVERY, [we_say("x" * 4096)],
         over=EVERYWHERE, deflated=("we",),
         peer_options={"max_message": 1000}, exit=Each(40, beast=(40, 46)), theirs=LOST,
         ours=TOO_BIG_FOR_THEM),
    Case("their message is too big for us", EVERY, [they_send(big_binary(4096))],
         over=EVERYWHERE, deflated=("they",),
         args=["--max-message", "1000"], exit=48, theirs=Seen(1009, None),
         ours=TOO_BIG_FOR_US),
    Case("their 26 MB are too big for us", EVERY, [they_send(big_binary(65536), count=400)],
         args=["--max-message", "1000"], exit=48, deflated=("they",),
         # They read our Close; their answer may be stuck behind what we no longer take.
         theirs=Seen(1009, None, clean=None), ours=TOO_BIG_FOR_US),

    # --- the connection is lost, or never was
    Case("they are killed", EVERY, [they_are_killed], exit=46, theirs=NOTHING, ours=VANISHED),
    Case("they terminate", EVERY, [they_do("terminate")], exit=46, notifying=("lws",),
         theirs=LOST, ours=VANISHED),
    Case("they refuse the opening with 503", EVERY, [], refused=True, exit=22,
         peer_options={"refuse": 503}, theirs=NOTHING,
         ours={"was_clean": False, "code": 1006, "cause": "refused", "phase": "opening",
               "http_status": 503, "sent": None, "received": None}),
    Case("we do not know their authority", EVERY, [], over=(SECURE,), trusted=False, refused=True,
         exit=35, theirs=NOTHING,
         ours={"was_clean": False, "code": 1015, "cause": "tls_failed", "phase": "tls",
               "http_status": None, "sent": None, "received": None}),
]
