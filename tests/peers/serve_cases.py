"""Our server, their clients. One row is one case; the words are in case.py."""

from signal import SIGTERM

from case import (ANYTHING, EVERYWHERE, FOX, LOST, NOTHING, TOO_SHORT, Case, Each, Seen, big_binary,
                  big_text, binary, crossing, frame, text, they_are_killed, they_close, they_do,
                  they_see, they_send, they_tell, we_get)
from expected import (EMPTY_FROM_THEM, EMPTY_FROM_US, TOO_BIG_FOR_THEM, TOO_BIG_FOR_US, VANISHED,
                      crossed, local, remote)
from peers import EVERY_CLIENT
from transport import PLAIN, SECURE

EVERY = EVERY_CLIENT
BUT_LWS = tuple(peer for peer in EVERY if peer != "lws")
WEB = ("undici", "node", "chromium")     # those with the browser's interface
OWN = ("ws", "python", "beast", "lws")   # those with an interface of their own

REASON_OF_123_BYTES = "é" * 60 + "end"
TWENTY_MB = (320, 320 * 65536)
BOTH = ("we", "they")

# --- what the peers are known to do differently

# Chromium's own Close waits behind what it still sends, and what a server that has failed the
# connection no longer reads: it tells the code it got, and may call that not clean.
CANNOT_ANSWER = Seen(1009, None, clean=None)
# Node 20's own (an older undici) ends the stream without a Close where the protocol was broken;
# to Chromium bad UTF-8 is a violation like any other.
FAILED_WITH_1007 = Each({"code": 1007}, chromium={"code": 1002}, node={"code": (1007, 1006)})
FAILED_WITH_1002 = Each({"code": 1002}, node={"code": (1002, 1006)})
# libwebsockets ends the stream without a Close at a frame whose head it does not like.
BAD_FRAME = Each({"code": 1002}, node={"code": (1002, 1006)}, lws={"code": 1006})
# python-websockets and Beast have an error instead of a close event; Node 20's own tells only the
# error.
NO_OPENING = Each(LOST, python=NOTHING, beast=NOTHING, node=ANYTHING)
# Beast answers a Close without a code with 1000.
ANSWER_TO_EMPTY = Each(EMPTY_FROM_US,
                       beast={**EMPTY_FROM_US, "code": 1000, "received": frame(1000)})


# What compresses, what does not, and what is too short for it.
COMPRESSED = (big_text(FOX + "\n", 500), text("short"), big_binary(2**16), big_text("a", 2**20))


# As a client libwebsockets tells what is not compressed for ever where compression was agreed on.
LWS_PLAIN = Each((PLAIN, SECURE), lws=(PLAIN,))


def echo(*contents):
    return [step for content in contents for step in (they_send(content), they_see(content))]


CASES = [
    # --- messages
    Case("echoes text, empty, non-ASCII, binary and 1 MiB", EVERY,
         echo(text("hello"), text(""), text(FOX), binary(b"\x00\xff\x80"), binary(b""),
              big_binary(2**20), big_text(FOX + "\n", 2**20 // 24)) + [they_close(1000)],
         over=LWS_PLAIN, deflated=BOTH,
         theirs=Seen(1000), ours=remote(1000)),
    Case("compressed messages, both ways", ("ws", "python", "chromium", "beast"),
         echo(*COMPRESSED) + [they_close(1000)], args=["-v"], deflated=BOTH,
         shown=(r"< text \d+ B deflated masked", r"> text \d+ B deflated "),
         theirs=Seen(1000), ours=remote(1000)),
    # One that is too short to be compressed it would tell for ever.
    Case("compressed messages alone, both ways", ("lws",),
         echo(*(content for content in COMPRESSED if content != text("short"))) + [they_close(1000)],
         args=["-v"], peer_options={"deflate": True}, deflated=BOTH,
         shown=(r"< text \d+ B deflated masked", r"> text \d+ B deflated "),
         theirs=Seen(1000), ours=remote(1000)),
    Case("compressed messages, to those who only inflate", ("undici", "node"),
         echo(*COMPRESSED) + [they_close(1000)], args=["-v"], deflated=BOTH,
         shown=(r"> text \d+ B deflated ",), theirs=Seen(1000), ours=remote(1000)),
    Case("no compression for those who do not offer it", OWN,
         echo(*COMPRESSED) + [they_close(1000)], args=["-v"], peer_options={"deflate": False},
         over=(PLAIN,), hidden=("deflate",), theirs=Seen(1000), ours=remote(1000)),
    Case("--no-deflate agrees to no compression", EVERY,
         echo(*COMPRESSED) + [they_close(1000)], args=["-v", "--no-deflate"],
         over=(PLAIN,),
         hidden=("deflated", "> Sec-WebSocket-Extensions"),
         theirs=Seen(1000), ours=remote(1000)),
    Case("answers a ping", OWN,
         [they_do("ping", data="are you there"), they_tell("pong", data="are you there"),
          they_close(1000)],
         over=LWS_PLAIN, theirs=Seen(1000), ours=remote(1000)),

    # --- they close
    Case("they close with 1000 and a reason", EVERY, [they_close(1000, "bye")],
         theirs=Seen(1000), ours=remote(1000, "bye")),
    Case("they close with 4001 and a reason", EVERY, [they_close(4001, "enough")],
         theirs=Seen(4001), ours=remote(4001, "enough")),
    Case("they close with 4001 and a non-ASCII reason", EVERY, [they_close(4001, FOX)],
         theirs=Seen(4001), ours=remote(4001, FOX)),
    Case("they close with a reason of 123 bytes", EVERY, [they_close(3000, REASON_OF_123_BYTES)],
         theirs=Seen(3000), ours=remote(3000, REASON_OF_123_BYTES)),
    Case("they call close() without arguments", EVERY, [they_close()],
         theirs=Each(Seen(1005), python=Seen(1000), lws=Seen(1000)),
         ours=Each(EMPTY_FROM_THEM, python=remote(1000), lws=remote(1000))),
    Case("they close with 1001", OWN, [they_close(1001, "leaving")],
         theirs=Seen(1001), ours=remote(1001, "leaving")),
    Case("the page navigates away", ("chromium",), [they_do("navigate")],
         theirs=NOTHING, ours=remote(1001)),
    Case("the tab is closed", ("chromium",), [they_do("close_tab")],
         theirs=NOTHING, ours=remote(1001)),

    # --- we close
    Case("we close with 1000 and a reason", EVERY, [], path="/close/1000?reason=bye",
         theirs=Seen(1000, "bye"), ours=local(1000, "bye")),
    Case("we close with 4001 and a non-ASCII reason", EVERY, [],
         path="/close/4001?reason=Gr%C3%BC%C3%9Fe%2C%20%E4%B8%96%E7%95%8C%20%F0%9F%A6%8A",
         theirs=Seen(4001, FOX), ours=local(4001, FOX)),
    Case("we close with 1008", EVERY, [], path="/close/1008?reason=bad%20token",
         theirs=Seen(1008, "bad token"), ours=local(1008, "bad token")),
    Case("we close with 1012", BUT_LWS, [], path="/close/1012",
         theirs=Seen(1012), ours=local(1012)),
    # libwebsockets 4.1 takes 1012 for a code that nobody may send, tells 1002 and answers with it.
    Case("we close with 1012, and it is no code to them", ("lws",), [], path="/close/1012",
         theirs=ANYTHING, ours={**local(1012), "code": 1002}),
    Case("we close after their second message", EVERY,
         [they_send(text("one")), they_send(text("two"))],
         path="/close/4002?messages=2&reason=two", they_got=(0, 0), deflated=TOO_SHORT,
         theirs=Seen(4002, "two"), ours=local(4002, "two")),
    Case("we close with an empty Close", EVERY, [], path="/empty",
         theirs=Seen(1005), ours=ANSWER_TO_EMPTY),
    Case("SIGTERM: we go away", EVERY, [we_get(SIGTERM)], stderr="drained clean=1 terminated=0",
         theirs=Seen(1001, None), ours=local(1001)),

    # --- both close
    Case("both close at once", EVERY,
         [crossing(("we", they_send(text("go"))), ("they", they_close(4002, "theirs")))],
         path="/close/4001?messages=1&reason=ours", gated=True, deflated=TOO_SHORT,
         theirs=Seen(4001, "ours"),
         ours=crossed(sent=frame(4001, "ours"), received=frame(4002, "theirs"))),

    # --- much to send, and last words
    Case("20 MB queued, then our Close: all of it arrives", EVERY, [],
         path="/talk?n=320&bytes=65536", they_got=TWENTY_MB, theirs=Seen(1000, None),
         over=EVERYWHERE, deflated=("we",),
         ours=local(1000)),
    # Beast and libwebsockets throw away what comes after their own Close; Beast sometimes not the
    # first of it. That it was sent is seen in our close event.
    Case("20 MB from them, then their Close: the echo is complete", OWN,
         [they_send(big_binary(65536), count=320), they_close(1000)],
         over=EVERYWHERE, deflated=BOTH,
         they_got=Each(TWENTY_MB, beast=None, lws=None), theirs=Seen(1000), ours=remote(1000)),
    Case("last words after their Close are heard", ("ws", "python"), [they_close(1000, "bye")],
         path="/last-words?n=3", they_got=(3, None), deflated=TOO_SHORT,
         theirs=Seen(1000), ours=remote(1000, "bye")),
    Case("last words after their Close are not heard by a browser's interface", WEB + ("lws",),
         [they_close(1000, "bye")],
         path="/last-words?n=3", they_got=(0, 0), deflated=TOO_SHORT,
         theirs=Seen(1000), ours=remote(1000, "bye")),
    Case("last words after their Close are skipped", ("beast",), [they_close(1000, "bye")],
         path="/last-words?n=3", deflated=TOO_SHORT,
         theirs=Seen(1000), ours=remote(1000, "bye")),

    # --- limits
    Case("our message is too big for them", ("ws", "undici", "python", "beast", "lws"),
         [they_send(big_binary(4096))], peer_options={"max_message": 1000},
         over=EVERYWHERE, deflated=BOTH,
         theirs=LOST, ours=TOO_BIG_FOR_THEM),
    Case("their message is too big for us", EVERY, [they_send(big_binary(4096))],
         args=["--max-message", "1000"], over=EVERYWHERE, deflated=("they",),
         theirs=Seen(1009, None), ours=TOO_BIG_FOR_US),
    Case("their 26 MB are too big for us", EVERY, [they_send(big_binary(65536), count=400)],
         args=["--max-message", "1000"],
         # They read our Close; their answer is stuck behind what we no longer take.
         deflated=("they",), theirs=CANNOT_ANSWER, ours=TOO_BIG_FOR_US),

    # --- the connection is lost
    Case("they are killed", EVERY, [they_are_killed], theirs=Each(NOTHING, chromium=LOST),
         ours=VANISHED),
    Case("they terminate", OWN, [they_do("terminate")], theirs=LOST, ours=VANISHED),
    Case("we drop the connection", EVERY, [], path="/drop", misbehaves=True, theirs=LOST, ours={}),
    Case("we reset the connection", EVERY, [], path="/reset", misbehaves=True, theirs=LOST,
         ours={}),
    Case("we never answer their Close", OWN, [they_close(1000)], path="/mute", misbehaves=True,
         peer_options={"close_timeout": 1}, theirs=LOST, ours={"code": 1000}),
    Case("we answer their Close, and never end the stream", OWN, [they_close(1000)], path="/linger",
         misbehaves=True, peer_options={"close_timeout": 1}, theirs=Each(Seen(1000), beast=LOST),
         ours={"code": 1000}),

    # --- we break the protocol: what they then say, and what they send us
    Case("we send text that is not UTF-8", EVERY, [], path="/badutf8", misbehaves=True,
         theirs=LOST, ours=FAILED_WITH_1007),
    Case("we mask a frame", BUT_LWS, [], path="/masked", misbehaves=True,
         theirs=LOST, ours=FAILED_WITH_1002),
    Case("we mask a frame, and it is taken", ("lws",),
         [they_see(text("masked")), they_close(4001)], path="/masked", misbehaves=True,
         theirs=ANYTHING, ours={"code": 4001}),
    Case("we send garbage", EVERY, [], path="/garbage", misbehaves=True,
         theirs=LOST, ours=BAD_FRAME),
    Case("we fragment a Close", EVERY, [], path="/fragmented-close", misbehaves=True,
         theirs=LOST, ours=BAD_FRAME),

    # --- we refuse
    Case("we refuse the opening with 503", EVERY, [they_tell("error")], path="/status/503",
         refused=True, theirs=NO_OPENING, ours=NOTHING),
    Case("we refuse an unknown path", EVERY, [they_tell("error")], path="/no-such-path",
         refused=True, theirs=NO_OPENING, ours=NOTHING),
    Case("they do not know our authority", EVERY, [they_tell("error")], over=(SECURE,),
         trusted=False, refused=True, theirs=NO_OPENING, ours=NOTHING),
]
