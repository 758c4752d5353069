"""The bugs that are planted to see whether the simulator finds them: name, file, the text that is
replaced (found exactly once), what stands there instead, and what that breaks. The library itself
has nothing of them in it."""

from typing import NamedTuple


class Bug(NamedTuple):
    name: str
    file: str
    old: str
    new: str
    breaks: str
    profile: str = "all"


CLOSING = "src/protocol/closing.cpp"

CONNECTION = "src/protocol/connection.cpp"
RECEIVE = "src/protocol/connection_receive.cpp"
INPUT = "src/protocol/connection_input.cpp"
COMPRESSION = "src/protocol/compression.cpp"
SEND = "src/protocol/connection_send.cpp"
LIVENESS = "src/protocol/connection_liveness.cpp"
WATCH = "src/protocol/peer_watch.hpp"
OUTBOX = "src/protocol/outbox.cpp"
RECORD = "src/protocol/ending_record.cpp"


def row(now, signal, goes, sends, server, client):
    """A row of the table as closing.cpp has it."""
    return (f"  {{  {now + ',':<16}{signal + ',':<18}{goes + ',':<17}send::{sends + ',':<10}"
            f"{server + ',':<14} {client:<14}}},")


def row_bug(name, now, signal, was, becomes, breaks):
    return Bug(name, CLOSING, row(now, signal, *was), row(now, signal, *becomes), breaks)


KEEP = ("keep", "keep")
RELEASE = ("release", "release")
ENDS = ("end_our_side", "await_its_end")

BUGS = [
    # --- the table ---
    row_bug("no-last-words", "open", "close_received",
            ("replying", "nothing", *KEEP), ("answering", "answer", *KEEP),
            "the peer's Close is answered before the application had the last word"),
    row_bug("half-close-cuts-last-words", "replying", "stream_ended",
            ("replying", "nothing", *KEEP), ("closed", "nothing", *RELEASE),
            "a peer that ends its side behind its Close gets no answer"),
    row_bug("half-close-cuts-the-flush", "answering", "stream_ended",
            ("answering", "nothing", *KEEP), ("closed", "nothing", *RELEASE),
            "a peer that ends its side behind its Close loses what is queued for it"),
    row_bug("kept-reply-is-dropped", "replying", "deadline_passed",
            ("answering", "answer", *KEEP), ("closed", "nothing", *RELEASE),
            "a reply that is kept too long ends without our Close"),
    row_bug("no-linger-after-the-answer-came", "awaiting_close", "close_received",
            ("ending", "nothing", *ENDS), ("closed", "nothing", *RELEASE),
            "who closed drops the stream as soon as it has the answer, and a client ends TCP first"),
    row_bug("no-linger-after-answering", "answering", "close_left",
            ("ending", "nothing", *ENDS), ("closed", "nothing", *RELEASE),
            "who answered drops the stream at once: a reset can destroy the Close"),
    row_bug("no-linger-after-failing", "failing", "close_left",
            ("ending", "nothing", *ENDS), ("closed", "nothing", *RELEASE),
            "who fails the connection drops the stream at once: the peer never learns why"),
    row_bug("answer-without-flush", "flushing", "close_received",
            ("answering", "nothing", *KEEP), ("ending", "nothing", *ENDS),
            "the peer's Close counts as the end although ours still waits behind messages"),
    row_bug("violation-while-awaiting-drops", "awaiting_close", "violation",
            ("ending", "nothing", *ENDS), ("closed", "nothing", *RELEASE),
            "a violation behind our Close ends the stream with a reset"),
    row_bug("terminate-lingers", "flushing", "terminated",
            ("closed", "nothing", *RELEASE), ("failing", "nothing", *KEEP),
            "terminate() does not end it at once"),
    row_bug("ending-deadline-flushes-on", "flushing", "deadline_passed",
            ("closed", "nothing", *RELEASE), ("answering", "nothing", *KEEP),
            "a flush without progress goes on after its deadline"),
    Bug("violations-are-parsed-on", RECEIVE, "if (!reads_frames(stage_)) {",
        "if (!reads_frames(stage_) && stage_ != stage::failing) {",
        "what comes after a violation is parsed"),

    # --- stages and deadlines ---
    Bug("early-end-is-forgotten", CONNECTION,
        "if (stage_ == stage::ending && input_ended_) apply(signal::stream_ended, now);", "",
        "a stream that had ended before the Closes were done is waited for"),
    Bug("ending-without-deadline", CONNECTION,
        "case stage::ending: return std::min(at, rec.stage_began + d.ending);",
        "case stage::ending: return at;", "a peer that never ends TCP holds the socket for 60 s"),
    Bug("reply-without-deadline", CONNECTION,
        "case stage::replying: return std::min(at, rec.stage_began + d.last_words);",
        "case stage::replying: return never;", "a reply that is kept holds the connection for ever"),
    Bug("flush-without-progress", CONNECTION, "default: return std::min(at, rec.watch.acknowledged_more() + d.flushing);",
        "default: return std::min(at, rec.stage_began + d.flushing);",
        "a flush that goes on is cut after 10 s"),
    Bug("closing-without-limit", CONNECTION,
        "= std::min(rec.until, rec.began + d.closing);", "= rec.until;",
        "a peer that trickles prolongs the closing without end"),
    Bug("hurry-takes-its-time", CONNECTION, "record().until = std::min(record().until, until);",
        "record().until = std::max(record().until, until);", "a shutdown's limit is not kept"),
    Bug("keepalive-never-gives-up", LIVENESS, "  give_up_silent(now);\n}\n\nvoid connection::ask",
        "  answered();\n}\n\nvoid connection::ask", "a silent peer is pinged for ever"),
    Bug("keepalive-counts-the-pause", CONNECTION, "if (reading && !reading_ && stage_ != stage::connecting) heard(now);\n",
        "", "who reads again after a long pause is given up at once"),
    Bug("half-close-is-ignored", CONNECTION, "  input_ended_ = true;\n", "",
        "the end of the stream is found again and again"),
    Bug("landed-bytes-are-no-life", RECEIVE, "  heard(now);\n  incoming& part = *incoming_;",
        "  incoming& part = *incoming_;", "a large message that is coming is taken for silence"),
    Bug("progress-is-not-seen", WATCH, "    if (!is_known_) progress_ = acknowledged_more_ = waits_since_ = now;\n", "",
        "a flush that goes on is cut after 10 s"),

    # --- what the event says ---
    Bug("unsent-bytes-are-not-told", CONNECTION, "  record().how.unsent_bytes    = outgoing_->queue.payload();\n", "",
        "what was lost is not told"),
    Bug("late-reset-spoils-a-clean-end", CONNECTION, "  if (stage_ != stage::ending) record().because(why);",
        "  record().because(why);", "a reset after both Closes becomes the cause"),
    Bug("late-terminate-spoils-a-clean-end", CONNECTION,
        "if (stage_ != stage::ending && stage_ != stage::failing) {", "{",
        "terminate() after both Closes becomes the cause"),
    Bug("clean-with-one-close", RECORD, "how.was_clean = how.sent && how.received && !violated;",
        "how.was_clean = how.sent && !violated;", "was_clean without the peer's Close"),
    Bug("clean-after-a-violation", RECORD, "how.was_clean = how.sent && how.received && !violated;",
        "how.was_clean = how.sent.has_value();", "was_clean although a rule was broken"),
    Bug("no-code-is-1000", RECORD, "static_cast<std::uint16_t>(close_code::no_status)",
        "static_cast<std::uint16_t>(close_code::normal)", "an empty Close is told as 1000"),
    Bug("both-where-it-is-not-certain", RECEIVE,
        "if (stage_ == stage::flushing) rec.how.initiator = initiator::both;",
        "if (stage_ != stage::open) rec.how.initiator = initiator::both;",
        "`both` although ours had left before theirs came"),
    Bug("sent-too-soon", SEND, "  if (record_) record_->watch.left(n, now);\n",
        "  if (record_) record_->watch.left(n, now);\n"
        "  if (record_ && record_->ours_size != 0) record_->how.sent = record_->ours;\n",
        "`sent` is told of a Close that has not left"),
    Bug("thrower-answers-normally", CONNECTION,
        "if (stage_ == stage::replying) return apply(signal::reply_finished, now, &ours);",
        "if (stage_ == stage::replying) return apply(signal::reply_finished, now);",
        "a handler that throws in on_closing is answered for with the echo"),
    Bug("bad-codes-are-sent", CONNECTION, "if (value && !may_send(*value, from)) return error::bad_close_code;",
        "", "close(1005) is put on the wire"),

    # --- receiving ---
    Bug("late-messages-are-dropped", RECEIVE,
        "if (stage_ != stage::open && options().late_messages == late::discard) {",
        "if (stage_ != stage::open) {", "messages that cross our Close are not delivered"),
    Bug("pong-behind-our-close", RECEIVE, "if (stage_ == stage::open) queue_pong(bytes);",
        "queue_pong(bytes);", "a pong follows our Close"),
    Bug("ping-within-a-message-is-lost", RECEIVE, "if (stage_ == stage::open) queue_pong(bytes);",
        "if (stage_ == stage::open && !mid_message()) queue_pong(bytes);",
        "a ping between fragments is not answered"),
    Bug("mask-is-not-rotated", RECEIVE, "part.key = wire::rotated(part.key, n);", "",
        "a message that comes in pieces is garbled"),
    Bug("text-may-end-in-mid-character", RECEIVE,
        "wire::unmask_utf8(part.text, at, n, part.key) && !(last && !part.text.complete());",
        "wire::unmask_utf8(part.text, at, n, part.key);", "text that ends within a character is delivered"),
    Bug("kept-input-is-lost", INPUT, "    part.kept.append({in_, in_end_});\n", "",
        "what came while the application did not read is lost"),
    Bug("kept-input-comes-twice", INPUT,
        "    part.keep_from(in_);\n", "",
        "what was read and handed out before a pause is handed out again"),
    Bug("last-of-kept-input-comes-twice", INPUT,
        "if (incoming_ && std::exchange(incoming_->replaying, false)) incoming_->forget_kept();",
        "if (incoming_) incoming_->replaying = false;",
        "a pause at the end of kept input hands all of it out again"),
    Bug("landed-message-comes-twice", RECEIVE, "return std::exchange(part.ready, false) && deliver_message(to);",
        "return part.ready && deliver_message(to);", "a large message is delivered again and again"),
    Bug("any-mask-will-do", RECEIVE, "if (head.masked != (side() == role::server)) return verdict::violation;", "",
        "frames that are masked against their role are taken"),
    Bug("reserved-bits-are-ignored", RECEIVE, "if (head.rsv != 0 && !starts_compressed(head)) return verdict::violation;",
        "if (head.rsv == 4 && !starts_compressed(head)) return verdict::violation;",
        "the second and third reserved bit are taken"),
    Bug("limit-holds-for-each-fragment", RECEIVE,
        "const std::uint64_t so_far = mid_message() ? incoming_->message.size() : 0;",
        "const std::uint64_t so_far = 0;", "fragments together may be longer than max_message"),
    Bug("declared-length-is-allocated", RECEIVE, "  part.remaining   = head.length;\n",
        "  part.remaining   = head.length;\n"
        "  part.message.reserve(static_cast<std::size_t>(head.length) + 4 * 64 * 1024);\n",
        "memory is taken for what is only declared"),
    Bug("close-of-one-byte-is-taken", RECEIVE, "if (payload.size() == 1) {", "if (payload.size() == 200) {",
        "a Close payload of one byte counts"),
    Bug("any-close-code-is-taken", RECEIVE, "if (!may_receive(*theirs.code)) {", "if (*theirs.code == 0) {",
        "a Close with 1005 counts"),
    Bug("floods-are-endured", RECEIVE, "return control_frames_ <= most;", "return control_frames_ <= 1000 * most;",
        "pings may come at any rate"),
    Bug("nothing-is-discarded", INPUT, "constexpr std::uint64_t discard_limit = 1 << 20;",
        "constexpr std::uint64_t discard_limit = 1;",
        "what still comes while the stream is ended stays unread, and resets the peer"),
    Bug("everything-is-discarded", INPUT,
        "return reads_frames(stage_) || !record_ || record_->discarded < discard_limit;",
        "return true;", "a peer that sends on is read without limit"),

    # --- sending ---
    Bug("sends-behind-the-close", SEND, "stage_ == stage::open ? queue_message(outgoing, now) : error::not_open;", "queue_message(outgoing, now);",
        "send() after close() puts a message behind our Close"),
    Bug("last-words-for-ever", SEND, "stage_ == stage::replying ? queue_message(outgoing, now) : error::not_open;",
        "stage_ >= stage::replying ? queue_message(outgoing, now) : error::not_open;", "reply.send() after the answer is accepted"),
    Bug("two-closes", SEND,
        "if (rec.ours_size != 0 && !(outgoing_ && outgoing_->queue.retract(rec.ours_size))) return;", "",
        "a violation after close() puts a second Close on the wire"),
    Bug("heads-are-counted", SEND, "outgoing_->queue.end_message(payload.size(), is_smaller);",
        "outgoing_->queue.end_message(payload.size() + 2, is_smaller);", "buffered_amount counts more than payload"),
    Bug("newest-pong-is-lost", SEND, "if (outgoing_->pong_waits && stage_ == stage::open) {",
        "if (outgoing_->pong_waits && stage_ == stage::connecting) {",
        "a ping that came while output was blocked is never answered"),
    Bug("waiting-pong-is-empty", SEND, "outgoing_->pong_size  = static_cast<std::uint8_t>(payload.size());",
        "outgoing_->pong_size  = 0;", "a pong that had to wait has not its ping's payload"),
    Bug("answer-is-never-done", SEND,
        "if (stage_ == stage::flushing || stage_ == stage::answering || stage_ == stage::failing)",
        "if (stage_ == stage::flushing || stage_ == stage::failing)",
        "an answer that has left is not seen to have left"),
    Bug("queue-without-limit", SEND, "  if (send_queue_is_full()) [[unlikely]]\n",
        "  if (options().max_buffered == 1) [[unlikely]]\n", "send() accepts more than max_buffered"),
    Bug("borrowed-for-ever", OUTBOX, "  if (!borrows_) return;\n  borrows_ = false;\n", "  return;\n",
        "a large message is read after its owner has changed it"),
    Bug("partly-sent-is-counted-whole", OUTBOX, "    payload_ -= m.payload - left;\n    m.payload = left;\n", "",
        "buffered_amount does not count down within a message"),
    Bug("marks-are-left-over", OUTBOX, "  marks_.clear();\n", "",
        "messages that have left are told as unsent"),
    Bug("close-is-cut-in-two", OUTBOX, "  if (end_ < std::max(begin_, fixed_) + n) return false;\n", "",
        "a Close that has begun to leave is replaced"),
    Bug("sealed-close-is-replaced", OUTBOX, "std::max(begin_, fixed_)", "begin_",
        "a Close that TLS has encrypted already is replaced"),
    Bug("keys-are-used-twice", "src/protocol/mask_keys.hpp", "key = keys_[--left_];",
        "key = keys_[left_ - 1];\n    left_ -= left_ % 7 == 0 ? 2 : 1;\n    left_ += left_ == 250 ? 3 : 0;",
        "a masking key is used again"),
    Bug("short-cut-forgets-the-stage", "src/protocol/short_cuts.hpp",
        "if (incoming_ || stage_ != stage::open || in_end_ - in_ < 6) return false;",
        "if (incoming_ || in_end_ - in_ < 6) return false;", "small messages are parsed after the peer's Close"),

    # --- compressing ---
    Bug("context-is-forgotten", COMPRESSION, "    contexts_[whose].theirs = std::move(used);\n", "    used.reset();\n",
        "with context takeover the second compressed message cannot be read"),
    Bug("agreed-window-is-ignored", COMPRESSION,
        "wire::deflate_settings{options.level, agreed.our_window_bits, options.memory_level}",
        "wire::deflate_settings{options.level, 15, options.memory_level}",
        "compressed messages refer further back than was agreed on"),
    Bug("inflated-size-is-not-limited", "src/protocol/connection_deflate.cpp",
        "  const std::uint64_t most = terms_->most_message();\n  const std::size_t before",
        "  const std::uint64_t most = ~std::uint64_t{0};\n  const std::size_t before",
        "a compressed message may be longer than max_message"),
    Bug("compressed-counts-down-early", OUTBOX, " && !marks_[first_mark_].compressed) {", ") {",
        "buffered_amount takes compressed bytes for payload"),
    Bug("compressed-is-not-marked", SEND, "head.rsv    = is_compressed ? 4 : 0;", "head.rsv    = 0;",
        "a compressed message is sent as if it were not"),

    # --- one each for rules that nothing above breaks ---
    Bug("reason-is-not-told", RECORD, "  if (how.received) how.reason = how.received->reason;\n", "",
        "the event does not tell the reason received"),
    Bug("times-are-mixed-up", RECORD, "duration_cast<microseconds>(began - opened_at)",
        "duration_cast<microseconds>(now - opened_at)", "time_open counts the closing too"),
    Bug("closing-takes-no-time", RECORD, "duration_cast<microseconds>(now - began)",
        "duration_cast<microseconds>(now - now)", "time_closing is always 0"),
    Bug("unsent-messages-are-not-told", CONNECTION,
        "  record().how.unsent_messages = outgoing_->queue.messages();\n", "", "how many messages were lost is not told"),
    Bug("answer-echoes-the-reason", CONNECTION, "close_frame{record().how.received->code, {}}",
        "close_frame{record().how.received->code, record().how.received->reason}",
        "the answer carries the peer's reason"),
    Bug("any-text-is-sent", SEND, "if (outgoing.is_text() && !is_valid_text(payload)) return error::invalid_utf8;",
        "", "text that is not UTF-8 is sent"),
    Bug("any-reason-is-sent", CONNECTION,
        "  if (!wire::is_utf8(reinterpret_cast<const std::byte*>(reason.data()), reason.size()))\n"
        "    return error::invalid_utf8;\n", "", "a reason that is not UTF-8 is sent"),
    Bug("reasons-are-a-byte-longer", CONNECTION, "if (reason.size() > max_reason ||",
        "if (reason.size() > max_reason + 1 ||", "a reason of 124 bytes is taken"),
    Bug("deadlines-come-early", CONNECTION, "while (stage_ != stage::closed && now >= deadline()) {",
        "while (stage_ != stage::closed && deadline() != never &&\n"
        "         now >= deadline() - std::chrono::milliseconds(1500)) {",
        "a tick before the deadline counts as the deadline"),
    Bug("servers-mask", SEND, "head.masked = side() == role::client;", "head.masked = true;",
        "a server masks its frames"),
    Bug("late-messages-are-not-counted", RECEIVE, "    count_late_message();\n", "",
        "late messages are dropped and not counted"),
    Bug("received-loses-its-reason", RECEIVE,
        "    theirs.reason.assign(reinterpret_cast<const char*>(reason.data()), reason.size());\n", "",
        "`received` is told without its reason"),
    Bug("keys-without-randomness", "src/protocol/mask_keys.hpp", "      if (!refill()) return false;",
        "      if (!refill()) left_ = 1;", "without randomness a client sends on, with a key of the last batch"),
    Bug("too-big-is-told-as-1002", RECEIVE, "fail(cause::message_too_big, close_code::message_too_big,",
        "fail(cause::message_too_big, close_code::protocol_error,", "a message over the limit is answered by 1002"),
    Bug("too-big-is-another-cause", RECEIVE, "fail(cause::message_too_big, close_code::message_too_big,",
        "fail(cause::protocol_violation, close_code::message_too_big,", "the cause is not the limit"),
    Bug("pings-are-told-as-pongs", RECEIVE, "queue_pong(bytes);  // nothing follows our Close\n    return false;",
        "queue_pong(bytes);\n    to.what  = event::kind::pong;\n    to.bytes = bytes;\n    return true;",
        "the application is told of pongs that are none"),
    Bug("abandoning-has-no-cause", CONNECTION,
        "  if (stage_ == stage::connecting) rec.because(cause::abandoned);\n", "",
        "close() while connecting is told as a peer that vanished"),
    Bug("lengths-are-too-long", "src/wire/frame.hpp", "  if (head.length < 126) {", "  if (head.length < 100) {",
        "a length is not in its shortest form"),
    Bug("limit-of-the-window-is-not-told", "src/protocol/deflate_agreement.cpp",
        "  if (theirs < widest) answer.element += with_number(\"client_max_window_bits\", theirs);\n", "",
        "the client compresses with a window that the server does not keep"),
    Bug("pings-are-refused", SEND, "if (stage_ != stage::open) return error::not_open;\n  if (is_full(",
        "if (stage_ == stage::open && payload.size() == 125) return error::not_open;\n"
        "  if (is_full(", "a ping of 125 bytes is refused, and one after close() is sent"),
    row_bug("abandoned-openings-linger", "connecting", "close_called",
            ("closed", "nothing", *RELEASE), ("failing", "nothing", *KEEP),
            "close() while connecting does not end it"),
    Bug("openings-have-no-deadline", CONNECTION, "while (stage_ != stage::closed && now >= deadline()) {",
        "while (stage_ != stage::closed && stage_ != stage::connecting && now >= deadline()) {",
        "an opening that goes on for ever is not given up"),
    Bug("open-and-deaf", INPUT, "return reads_frames(stage_) || !record_ || record_->discarded < discard_limit;",
        "return (reads_frames(stage_) && stage_ != stage::open) || (record_ && record_->discarded < discard_limit);",
        "nothing is read while it is open"),
]
