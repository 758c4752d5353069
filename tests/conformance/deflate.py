"""permessage-deflate with Python's zlib, as the peer of a tested end: what was agreed on, and the
two streams. The one that inflates is as narrow as was agreed, so that a reference too far back is
an error. Knows no case. [RFC 7692 7]"""

import re
import zlib

from tester import check

NAME = "permessage-deflate"
TAIL = b"\0\0\xff\xff"
FLAGS = ("server_no_context_takeover", "client_no_context_takeover")
BITS = ("server_max_window_bits", "client_max_window_bits")


def parsed(header):
    """An element of Sec-WebSocket-Extensions: its parameters, None for those without a value."""
    name, *parameters = [part.strip() for part in header.split(";")]
    check(name == NAME, f"{NAME} was due, {name!r} came")
    found = {}
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        check(key in FLAGS + BITS, f"no such parameter: {parameter!r}")
        check(key not in found, f"twice: {parameter!r}")
        if key in FLAGS:
            check("=" not in parameter, f"a value: {parameter!r}")
        found[key] = value.strip('"') if "=" in parameter else None
    return found


def check_answer(answer, offer):
    """What a server may answer to this offer. [7.1]"""
    for key in BITS:
        if key in answer:
            check(re.fullmatch("8|9|1[0-5]", answer[key] or ""), f"{key} {answer[key]!r}")
    if "server_no_context_takeover" in offer:
        check("server_no_context_takeover" in answer, "takeover although it was not wanted")
    if "server_max_window_bits" in offer:
        check("server_max_window_bits" in answer, "no server_max_window_bits although it was asked")
        check(int(answer["server_max_window_bits"]) <= int(offer["server_max_window_bits"]),
              "a wider window than was asked for")
    check("client_max_window_bits" not in answer or "client_max_window_bits" in offer,
          "client_max_window_bits although it was not offered")


class Streams:
    """`ours`, `theirs`: the prefix of the parameters of the tester and of the tested end."""

    def __init__(self, agreed, ours, theirs):
        self.our_bits = int(agreed.get(f"{ours}_max_window_bits") or 15)
        self.their_bits = int(agreed.get(f"{theirs}_max_window_bits") or 15)
        self.our_takeover = f"{ours}_no_context_takeover" not in agreed
        self.their_takeover = f"{theirs}_no_context_takeover" not in agreed
        self.inflated = 0  # messages that came compressed
        self._deflater = self._inflater = None

    def deflate(self, message, level=6, strategy=zlib.Z_DEFAULT_STRATEGY):
        if self._deflater is None or not self.our_takeover:
            # zlib has no raw window of 8 bits to compress with; what is only stored needs none.
            narrow = self.our_bits == 8
            self._deflater = zlib.compressobj(0 if narrow else level, zlib.DEFLATED,
                                              -max(self.our_bits, 9), 8, strategy)
        data = self._deflater.compress(message) + self._deflater.flush(zlib.Z_SYNC_FLUSH)
        check(data.endswith(TAIL), "zlib")
        return data[:-4] or b"\0"

    def inflate(self, payload):
        self.inflated += 1
        if self._inflater is None or not self.their_takeover:
            self._inflater = zlib.decompressobj(-self.their_bits)
        # In small steps: only what is in the window can be referred to.
        step = 64 if self.their_bits < 15 else 1 << 20
        whole, rest = bytearray(), payload + TAIL
        while True:
            try:
                whole += self._inflater.decompress(rest, step)
            except zlib.error as why:
                check(False, f"what came compressed is none, or refers too far back: {why}")
            rest = self._inflater.unconsumed_tail
            if self._inflater.eof:  # a last block: the next message begins anew
                rest = self._inflater.unused_data
                self._inflater = zlib.decompressobj(-self.their_bits)
                if rest in (b"", TAIL, b"\0" + TAIL):
                    return bytes(whole)
            if not rest:
                return bytes(whole)


class Extension:
    """`offer`: what we ask a server for. `answer`: what we answer a client, beside what its offer
    makes us say; a function of the offer, or None."""

    def __init__(self, offer=f"{NAME}; client_max_window_bits", answer=None):
        self.offer = offer
        self.answer = answer

    def agreed_by_server(self, t, head):
        answer = parsed(head.one("sec-websocket-extensions"))
        check_answer(answer, parsed(self.offer.split(",")[0]))
        t.deflate = Streams(answer, "client", "server")
        t.inflater = t.deflate.inflate

    def agreed_by_client(self, t):
        offer = parsed(t.request.one("sec-websocket-extensions").split(",")[0])
        answer = {key: offer[key] for key in (FLAGS[0], BITS[0]) if key in offer}
        wanted = dict(self.answer or {})
        if "client_max_window_bits" in wanted and "client_max_window_bits" not in offer:
            del wanted["client_max_window_bits"]
        for key in BITS:  # not wider than was offered
            if key in wanted and offer.get(key):
                wanted[key] = str(min(int(wanted[key]), int(offer[key])))
        answer.update(wanted)
        t.deflate = Streams(answer, "server", "client")
        t.inflater = t.deflate.inflate
        return {"Sec_WebSocket_Extensions": written(answer)}


def written(parameters):
    return "; ".join([NAME, *(key if value is None else f"{key}={value}"
                              for key, value in parameters.items())])
