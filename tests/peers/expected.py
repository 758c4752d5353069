"""What our close event says in the usual endings (docs/closing.md §3a). Only the fields that the ending
decides; what holds for every event is in rules.py."""

from case import Each, frame


def remote(code, reason=""):
    """They closed first. Our answer carries their code, not their reason."""
    return {"was_clean": True, "code": code, "reason": reason, "initiator": "remote",
            "cause": "completed", "phase": "ending",
            "received": frame(code, reason), "sent": frame(code)}


def local(code, reason=""):
    """We closed first. Whether their answer repeats the reason is their affair."""
    return {"was_clean": True, "code": code, "initiator": "local", "cause": "completed",
            "phase": "ending", "sent": frame(code, reason)}


def crossed(sent, received, initiator="local"):
    """Both closed before either knew: each side's code is the one that the other sent."""
    return {"was_clean": True, "code": received["code"], "reason": received["reason"],
            "initiator": initiator, "cause": "completed", "phase": "ending",
            "sent": sent, "received": received}


EMPTY_FROM_THEM = {**remote(1005), "received": frame(None), "sent": frame(None)}
EMPTY_FROM_US = {**local(1005), "code": 1005, "received": frame(None), "sent": frame(None)}

VANISHED = {"was_clean": False, "code": 1006, "initiator": "none",
            "cause": ("peer_vanished", "reset"), "phase": "open", "sent": None, "received": None}

TOO_BIG_FOR_US = {"was_clean": False, "code": 1006, "initiator": "local",
                  "cause": "message_too_big", "phase": "open", "received": None,
                  "unsent_messages": 0}

# Beast says 1009 and ends TCP without having read the message: that is a reset, which may come
# before our answer has left.
TOO_BIG_FOR_THEM = Each({"was_clean": True, "code": 1009, "initiator": "remote",
                         "cause": "completed", "sent": frame(1009)},
                        beast={"code": 1009, "reason": "", "initiator": "remote",
                               "cause": ("completed", "reset"), "received": frame(1009)})
