"""permessage-deflate is negotiated: offers to a server and answers to a client with every set of
parameters, and every one that is wrong. These cases begin before the opening. [RFC 7692 5, 7.1]"""

import itertools

import cases_openings
from cases_framing import content
from deflate import BITS, FLAGS, NAME, Streams, check_answer, parsed, written
from octets import PING, PONG, TEXT
from tester import check


def exchange(t, agreed, ours, count=3, size=1000):
    """A few messages with what was agreed on; `ours`: the prefix of our parameters."""
    t.deflate = Streams(agreed, ours, t.tests)
    t.inflater = t.deflate.inflate
    for i in range(count):
        message = content(TEXT, size) + b"%d" % i
        t.send(t.frame(TEXT, t.deflate.deflate(message), rsv=4))
        t.echoes(TEXT, message)
    t.closes()


def every_set():
    for flags in itertools.product((False, True), repeat=2):
        for server_bits in (None, *map(str, range(8, 16))):
            for client_bits in (None, "", *map(str, range(8, 16))):
                chosen = {name: None for name, on in zip(FLAGS, flags) if on}
                if server_bits:
                    chosen["server_max_window_bits"] = server_bits
                if client_bits is not None:
                    chosen["client_max_window_bits"] = client_bits or None
                yield chosen


INVALID_PARAMETERS = (
    "x", "x=1", "server_no_context_takeover=1", "client_no_context_takeover=1",
    "server_no_context_takeover; server_no_context_takeover",
    "client_no_context_takeover; client_no_context_takeover",
    "server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16",
    "server_max_window_bits=0", "server_max_window_bits=08", "server_max_window_bits=010",
    "server_max_window_bits=x", "server_max_window_bits=115",
    "server_max_window_bits=10; server_max_window_bits=10", "client_max_window_bits=7",
    "client_max_window_bits=16", "client_max_window_bits=08", "client_max_window_bits=x",
    "client_max_window_bits=10; client_max_window_bits=10", "max_window_bits=10",
    "SERVER_NO_CONTEXT_TAKEOVER")


def asked(t, offers):
    """The server's answer to these offers, or nothing if it declines."""
    t.send(cases_openings.request(Sec_WebSocket_Extensions=offers))
    head = t.read_head()
    check(head.first.startswith("HTTP/1.1 101 "), head.first)
    values = head.all("sec-websocket-extensions")
    check(len(values) <= 1, "more than one Sec-WebSocket-Extensions in an answer")
    return parsed(values[0]) if values else None


def declined(t, offers):
    check(asked(t, offers) is None, "an offer that has to be declined was taken")
    t.send(t.frame(TEXT, b"plain"))
    t.echoes(TEXT, b"plain")
    t.send(t.frame(TEXT, b"\0", rsv=4))
    t.fails(1002)


def offers():
    for chosen in every_set():
        def play(t, chosen=chosen):
            answer = asked(t, written(chosen))
            if answer is None and chosen.get("server_max_window_bits") == "8":
                return t.closes()  # zlib cannot compress so, and a server may say no
            check(answer is not None, "a valid offer was declined")
            check_answer(answer, chosen)
            exchange(t, answer, "client")
        yield f"offer {written(chosen)}", play

    for wrong in INVALID_PARAMETERS:
        yield f"declined: {wrong}", lambda t, w=wrong: declined(t, f"{NAME}; {w}")

        def second(t, wrong=wrong):
            answer = asked(t, f"{NAME}; {wrong}, {NAME}")
            check(answer is not None, "the second offer was right")
            exchange(t, answer, "client")
        yield f"declined, the next one taken: {wrong}", second
    for other in ("permessage-bzip2", "x-webkit-deflate-frame", "deflate", "PERMESSAGE-DEFLATE2"):
        yield f"declined: {other}", lambda t, o=other: declined(t, o)

    def quoted(t):
        answer = asked(t, f'{NAME}; server_max_window_bits="10"')
        check(answer and int(answer["server_max_window_bits"]) <= 10, "a quoted value")
        t.closes()
    yield "a quoted value", quoted

    def two_fields(t):
        head = cases_openings.request()[:-2]
        t.send(head + f"Sec-WebSocket-Extensions: x-other\r\nSec-WebSocket-Extensions: {NAME}\r\n"
               "\r\n".encode())
        answer = parsed(t.read_head().one("sec-websocket-extensions"))
        exchange(t, answer, "client")
    yield "offers in two fields", two_fields


def answered(t, value):
    t.send(cases_openings.answer(t, Sec_WebSocket_Extensions=value))


def base_answer(t):
    """What the client's offer makes us answer."""
    offer = parsed(t.request.one("sec-websocket-extensions").split(",")[0])
    return {key: offer[key] for key in ("server_no_context_takeover", "server_max_window_bits")
            if key in offer}, offer


def answers():
    for chosen in every_set():
        if chosen.get("client_max_window_bits", "") is None:
            continue  # an answer has a value

        def play(t, chosen=chosen):
            answer, offer = base_answer(t)
            answer.update(chosen)
            if "client_max_window_bits" not in offer:
                answer.pop("client_max_window_bits", None)
            for key in BITS:
                if key in answer and offer.get(key):
                    answer[key] = str(min(int(answer[key]), int(offer[key])))
            answered(t, written(answer))
            if answer.get("client_max_window_bits") == "8" and gives_up(t):
                return  # zlib cannot compress so, and a client may say no
            exchange(t, answer, "server")
        yield f"answer {written(chosen)}", play

    for wrong in (*INVALID_PARAMETERS, "client_max_window_bits", "server_max_window_bits=\"1 0\""):
        def refused(t, wrong=wrong):
            answer, _ = base_answer(t)
            cases_openings.given_up(t, cases_openings.answer(
                t, Sec_WebSocket_Extensions=f"{written(answer)}; {wrong}"))
        yield f"refused: {wrong}", refused

    def with_another(t, value):
        answer, _ = base_answer(t)
        cases_openings.given_up(t, cases_openings.answer(
            t, Sec_WebSocket_Extensions=value.replace("ANSWER", written(answer))))
    for value in ("ANSWER, ANSWER", "ANSWER, x-other", "x-other, ANSWER", "permessage-bzip2", ";",
                  "ANSWER;", "ANSWER x"):
        yield f"refused: {value}", lambda t, v=value: with_another(t, v)

    def without(t, lacking):
        """What the offer asks for is declined: the client lives with it. [7.1.1.1, 7.1.2.1]"""
        answer, _ = base_answer(t)
        answer = {key: value for key, value in answer.items() if key not in lacking}
        answered(t, written(answer))
        exchange(t, answer, "server")
    for lacking in (FLAGS[:1], BITS[:1], (FLAGS[0], BITS[0])):
        yield (f"answer without {' and '.join(lacking)}",
               lambda t, lacking=lacking: without(t, lacking))

    def none(t):
        t.send(cases_openings.answer(t))
        t.send(t.frame(TEXT, content(TEXT, 5000)))
        t.echoes(TEXT, content(TEXT, 5000))  # not compressed: there is no inflater
        t.send(t.frame(TEXT, b"\0", rsv=4))
        t.fails(1002)
    yield "no extension: nothing is compressed", none


def gives_up(t):
    t.send(t.frame(PING, b"open?"))
    try:
        t.expects(PONG, b"open?")
        return False
    except (AssertionError, OSError):
        return True


SECTIONS = {"deflate-offers": offers, "deflate-answers": answers}
ROLE = {"deflate-offers": "server", "deflate-answers": "client"}
