"""What holds in every case, whatever it is about: the shape of adieu's close event, how its fields
hang together, its exit status and its last line on stderr, and that neither side claims what the
other did not do."""

import re

from program import require

KEYS = {"event", "was_clean", "code", "reason", "initiator", "cause", "phase", "sent", "received",
        "error", "http_status", "unsent_messages", "unsent_bytes", "open_ms", "closing_ms",
        "rejected_messages", "rejected_bytes", "unacknowledged_bytes", "retry_after_s",
        "late_messages_dropped", "response"}
COUNTS = ("unsent_messages", "unsent_bytes", "rejected_messages", "rejected_bytes",
          "late_messages_dropped")
INITIATORS = {"local", "remote", "both", "none"}
CAUSES = {"completed", "peer_vanished", "reset", "closing_timed_out", "opening_timed_out",
          "keepalive_timed_out", "protocol_violation", "message_too_big", "invalid_text", "flooded",
          "handler_failed", "send_queue_overflow", "tls_failed", "tls_truncated", "refused",
          "unreachable", "terminated", "abandoned", "out_of_memory"}
CLEAN_CAUSES = {"completed", "handler_failed", "send_queue_overflow"}
PHASES = {"resolving", "connecting", "tls", "opening", "open", "flushing",
          "awaiting_close", "ending"}
LAST_LINE = re.compile(r'^closed (\d+) ".*" by=(\w+) clean=(yes|no) cause=(\w+) unsent=(\d+)'
                       r' open=\S+ closing=\S+$')


def over_tls(causes):
    """RFC 8446 6.1: an end of the stream that close_notify does not announce is a truncation."""
    return {"tls_truncated" if cause == "peer_vanished" else cause for cause in causes}


def code_of(close_frame):
    """The code a close event shows for a Close frame: none shows as 1005."""
    return 1005 if close_frame["code"] is None else close_frame["code"]


def _is_close_frame(value):
    return value is None or (set(value) == {"code", "reason"} and isinstance(value["reason"], str))


def check_shape(ours, may_carry=()):
    keys = set(ours) - set(may_carry)
    require(keys == KEYS, f"keys: missing {sorted(KEYS - keys)}, surplus {sorted(keys - KEYS)}")
    require(type(ours["was_clean"]) is bool, "was_clean is not a bool")
    require(type(ours["code"]) is int, "code is not a number")
    require(isinstance(ours["reason"], str), "reason is not a string")
    for key, known in (("initiator", INITIATORS), ("cause", CAUSES), ("phase", PHASES)):
        require(ours[key] in known, f"{key} is {ours[key]!r}")
    for key in ("sent", "received"):
        require(_is_close_frame(ours[key]), f"{key} is {ours[key]!r}")
    require(ours["error"] is None or (isinstance(ours["error"], str) and ours["error"]),
            f"error is {ours['error']!r}")
    for key in COUNTS:
        require(type(ours[key]) is int and ours[key] >= 0, f"{key} is {ours[key]!r}")
    for key in ("open_ms", "closing_ms", "unacknowledged_bytes", "retry_after_s"):
        require(ours[key] is None or ours[key] >= 0, f"{key} is {ours[key]!r}")


def check_consistency(ours):
    """docs/closing.md §3: the fields of one event do not contradict each other."""
    if ours["received"]:
        require(ours["code"] == code_of(ours["received"]), "code is not that of the Close received")
        require(ours["reason"] == ours["received"]["reason"], "reason is not the one received")
    else:
        require(ours["code"] in (1006, 1015), "no Close received, yet code is not 1006 or 1015")
        require(ours["reason"] == "", "no Close received, yet there is a reason")
    if ours["was_clean"]:
        require(ours["sent"] and ours["received"], "clean without both Closes")
        require(ours["cause"] in CLEAN_CAUSES, "clean, but for that cause")
        require((ours["phase"] == "ending") == (ours["cause"] == "completed"),
                "the phase ending is that of a completed closing")
        require(ours["error"] is None, "clean, but with an error")
        require(ours["unsent_messages"] == ours["unsent_bytes"] == 0, "clean, but something unsent")
        require(not ours["unacknowledged_bytes"], "clean, but something not acknowledged")
    if ours["cause"] != "refused":
        require(ours["response"] is None, "not refused, but with the response that refused it")


def check_telling(ours, theirs, peer):
    """libwebsockets tells a Close only if it comes before its own. After its own it does not say
    whether one came, and with which code: then only our side is compared, which must have seen that
    Close."""
    if theirs["code"] is None:
        require(peer == "lws", f"{peer} tells no code")
        require(ours and ours["received"], "the peer has closed, but we saw no Close")


def check_agreement(ours, theirs):
    """docs/closing.md §9.5, from both ends: who says it received a Close says what the other sent."""
    if theirs["was_clean"]:
        require(ours["sent"], "the peer had our Close, but we say we sent none")
        require(theirs["code"] == code_of(ours["sent"]), "the peer saw another code than we sent")
        require(theirs["reason"] == ours["sent"]["reason"], "the peer saw another reason")
    if ours["was_clean"] and theirs.get("sent"):        # only python-websockets tells
        require(ours["code"] == code_of(theirs["sent"]), "we saw another code than the peer sent")
        require(ours["reason"] == theirs["sent"]["reason"], "we saw another reason")


def check_last_line(ours, stderr):
    line = (stderr.splitlines() or [""])[-1]
    found = LAST_LINE.match(line)
    require(found, f"the last line on stderr is {line!r}")
    clean = "yes" if ours["was_clean"] else "no"
    expected = (str(ours["code"]), ours["initiator"], clean, ours["cause"],
                str(ours["unsent_messages"]))
    require(found.groups() == expected, f"stderr says {found.groups()}, stdout {expected}")


def exit_status(ours, closed_with):
    """adieu connect's exit status, by cause first."""
    cause, phase, code = ours["cause"], ours["phase"], ours["code"]
    if cause == "unreachable":
        return 6 if phase == "resolving" else 7
    if cause in ("peer_vanished", "reset") and phase in ("connecting", "tls", "opening"):
        return 7
    by_cause = {"refused": 22, "opening_timed_out": 28, "tls_failed": 35, "closing_timed_out": 47,
                "protocol_violation": 48, "invalid_text": 48, "message_too_big": 48,
                "peer_vanished": 46, "reset": 46, "keepalive_timed_out": 46, "tls_truncated": 46,
                "terminated": 46, "abandoned": 46}
    if cause in by_cause:
        return by_cause[cause]
    if code in (1000, 1001, 1005, closed_with):
        return 0
    return {1: 40, 3: 43, 4: 44}[code // 1000]
