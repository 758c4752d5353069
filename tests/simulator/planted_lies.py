"""What makes the checks fire that no planted bug reaches first: the simulator itself lies. Each lie
is a statement that is put behind a line of a copy of its sources, all of them into one program,
which tells one of them at a time. (A check that cannot fire is worth nothing.)"""

from typing import NamedTuple


class Lie(NamedTuple):
    check: str  # what has to be seen
    file: str
    behind: str  # found exactly once
    says: str
    profile: str = "all"


def lies(file, behind, *pairs, profile="all"):
    return [Lie(check, "tests/simulator/" + file, behind, says, profile) for check, says in pairs]


NOWHERE = "live_ = reinterpret_cast<herd_attempt*>(this);"
ENDS = "auto& h = const_cast<ending&>(how); const auto& was = end_->was(); "
OPEN = "if (!h.was_clean && h.phase == phase::open && !h.sent && !h.received && end_->machine().was_open()"


def cause(name, only="true"):
    return ENDS + OPEN + f" && {only}) h.cause = cause::{name}; (void)was;"


LIES = [
    # --- the driver's copy ---
    *lies("end_calls.cpp", "    machine_->keep_borrowed();\n  }\n  if (refused == error::none) watch_->accepted(what);\n",
          ("reply.send() does not answer as it has to", "return error::invalid_utf8;")),
    *lies("end_calls.cpp", "  const error refused   = machine_->close(code, reason, world_->now, began);\n",
          ("close() refuses what is right", "return error::reason_too_long;"),
          ("close() begins where it must not, or not where it must", "if (refused == error::none) began = !began;")),
    *lies("end_calls.cpp", "error end::close(code_to_send code, std::string_view reason, bool& began) {\n",
          ("close() leaves it open", 'if (machine_->state() == ready_state::open && reason == "done") '
           "{ began = true; return error::none; }")),
    *lies("end.cpp", "  opening_over_ = false;\n  if (open_untold_) {\n    open_untold_ = false;\n",
          ("on_open comes twice, or after the end", "told_->on_opened();"),
          ("a message before on_open", 'told_->on_message(message_view(std::string_view("x")));'),
          ("on_closing before on_open", "told_->on_closing();")),
    *lies("end.cpp", "  link_->close(who_);\n  told_->on_ended();\n",
          ("a message after the end", 'if (machine_->was_open()) told_->on_message(message_view(std::string_view("x")));'),
          ("on_closing after the end", "told_->on_closing();"),
          ("a pong after the end", "told_->on_pong({});"),
          ("the end comes twice", "told_->on_ended();")),
    *lies("end.cpp", "  link_->close(who_);\n",
          ("no close event", "const memory_of scale = this->scale(); machine_->let_go(); return;")),
    *lies("end_input.cpp", "bool end::tell(const event& e) {\n",
          ("an event after the end", "if (!ended_) machine_->terminate(world_->now);")),
    *lies("end.cpp", "  asks_poller = false;\n  if (ended_) return never;\n",
          ("nothing is to come, and not both have ended", "return never;")),
    *lies("end_output.cpp", "    for (std::size_t i = 0; i < count; ++i) total += pieces[i].size;\n",
          ("output of no bytes", "total = 0;")),
    *lies("end_output.cpp", "void end::is_as_sealed(std::span<const piece> pieces) {\n",
          ("bytes are taken back that are encrypted already", "pieces = {};")),
    *lies("link.cpp", "    return {io::failed, 0, first && !s.timed_out, first && s.timed_out};\n  }\n",
          ("bytes are written behind our own end of the stream", "s.shut = true;")),

    *lies("end_calls.cpp", "void end::hands_over_if_full() {\n",
          ("a message is refused that the transport would have made room for",
           "seen_.queue_then = watch_->accepted_bytes() - watch_->payload_put(); "
           "seen_.messages_then = watch_->messages().size() - watch_->messages_put(); return;")),
    *lies("end_input.cpp", "void end::came_to_nothing(const io_result& how) {\n",
          ("a peer that was given up is said to have ended",
           "if (link_->timed_out(who_)) { seen_.ended_input = true; machine_->end_of_stream(world_->now); return; }")),

    # --- who has to be given up, and who must not be ---
    *lies("trial.cpp", "  const patience& waits     = watched().waits();\n",
          ("a peer is not given up in time", "return time{};"), profile="liveness"),
    *lies("trial.cpp", "void trial::hold() {\n",
          ("a peer is given up that must not be",
           "if (is_on() && is_open()) { plan_.what = of::unasked; watched().terminate(); }"), profile="liveness"),
    *lies("trial.cpp", "void trial::judge() {\n",
          ("a peer is given up for another reason", "if (is_on()) plan_.what = of::frozen;"),
          ("who closes does not wait for a slow reader", "if (is_on()) plan_.what = of::closing, closing_ = true;"),
          ("what was on its way is destroyed, though the peer talks on", "if (is_on()) plan_.what = of::cut_off;"),
          ("a ping, and nobody asked for a keepalive", "if (is_on()) plan_.what = of::unasked;"), profile="liveness"),

    # --- the application ---
    *lies("application.cpp", "      const error e    = end_->send(message_view(std::string_view(cut, 4)), nothing);\n",
          ("a call that was refused changed something", "if (before != stage::closed) end_->terminate();")),

    # --- after every event ---
    *lies("invariants.cpp", "  const stage at = end_->machine().at();\n",
          ("the state goes backwards", "furthest_ = stage::closed;")),
    *lies("invariants.cpp", "  const bool on_wire = own_->close().has_value();\n",
          ("still flushing with the Close on the wire", "if (on_wire) furthest_ = stage::flushing;"),
          ("an answer to a Close that has not come", "if (!end_->how().received) furthest_ = stage::replying;"),
          ("awaiting an answer to a Close not sent", "if (!on_wire) furthest_ = stage::awaiting_close;")),

    # --- of an end ---
    *lies("invariants_of_endings.cpp", "void invariants::ending_is_right() {\n  const ending& how = end_->how();\n",
          ("clean, with messages unsent", ENDS + "if (h.was_clean && !was.threw) { "
           "const_cast<wire_watch*>(own_)->accepted({}); h.unsent_messages = 1; }"),
          ("`sent` is not the Close on the wire", ENDS + 'if (h.sent) h.sent->reason += "x"; (void)was;'),
          ("a code or reason out of nothing", ENDS + "if (!h.received) h.code = 1000; (void)was;"),
          ("remote began, without a Close", ENDS + "if (!h.received) h.initiator = initiator::remote; (void)was;"),
          ("both began: not certain", ENDS + "if (!h.received) h.initiator = initiator::both; (void)was;"),
          ("nobody began, but there was a Close", ENDS + "if (h.received) h.initiator = initiator::none; (void)was;"),
          ("phase open is wrong", ENDS + "if (h.received) h.phase = phase::open; (void)was;"),
          ("a phase of the opening once it was open",
           ENDS + "if (end_->machine().was_open()) h.phase = phase::tls; (void)was;"),
          ("the stream is given up before the peer has ended it",
           "auto& was = end_->was(); was.ended_input = was.lost = was.ticked_closing = was.terminated = false;"
           "if (!how.was_clean) was.ended_input = was.lost = was.ticked_closing = was.terminated = true;"),
          ("completed, but not clean", cause("completed")),
          ("TLS is said to be truncated", cause("tls_truncated", "!end_->encrypts")),
          ("the stream is said to be reset", cause("reset", "!was.lost")),
          ("timed out without a deadline", cause("closing_timed_out", "!was.ticked_closing")),
          ("no handler threw", cause("handler_failed", "!was.threw")),
          ("terminated by nobody", cause("terminated", "!was.terminated && !end_->keys().fails")),
          ("abandoned by nobody", cause("abandoned")),
          ("no overflow closes", cause("send_queue_overflow", "end_->options().on_overflow != overflow::close")),
          ("refused once it was open", cause("refused")),
          ("the peer is given up, and no keepalive was asked for",
           cause("keepalive_timed_out", "!end_->waits().keeps_alive()")),
          ("the peer is given up without having been silent",
           cause("keepalive_timed_out", "end_->waits().keeps_alive() && !end_->waits().gives_up()")),
          ("no message was too big", cause("message_too_big", "given_.honest && largest_theirs_ <= 50")),
          ("nobody flooded", cause("flooded", "given_.honest")),
          ("a cause that cannot be", cause("unreachable"))),
    *lies("invariants_of_endings.cpp", "void invariants::cause_happened(const ending& how) {\n",
          ("there is memory enough", "if (!how.was_clean) const_cast<ending&>(how).cause = cause::out_of_memory;")),
    *lies("invariants_of_endings.cpp", "  const ending& end = fails.how();\n",
          ("another cause than the violation's",
           "if (!end.was_clean) const_cast<ending&>(end).cause = how.cause() == cause::flooded ? cause::reset : cause::flooded;"),
          ("a Close counts that came after a violation", "const_cast<ending&>(end).received.emplace();"),
          ("the violation is not told to the peer", "const_cast<ending&>(end).sent.reset();"),
          ("who broke a rule does not get to know", "const_cast<ending&>(violates.how()).received.reset();")),
    *lies("invariants_of_endings.cpp",
          '      return w.breach(whose, "nothing went wrong, but it took a deadline to end");\n',
          ("nothing went wrong, but the stream was lost", "s.is.was().lost = true;")),
    *lies("invariants_of_endings.cpp",
          '      return w.breach(whose, "nothing went wrong, but the end is not clean");\n',
          ("nothing went wrong, but a message is missing", "const_cast<wire_watch&>(s.peer.watch()).accepted({});")),

    # --- on the wire ---
    *lies("wire_watch.cpp", "void wire_watch::put(std::span<const std::byte> bytes) {\n",
          ("bytes on the wire behind our end of the stream", "ended_ = true;")),
    *lies("wire_watch.cpp", "void wire_watch::put_end() {\n",
          ("our side of the stream is ended within a frame", "head_got_ = 1;")),
    *lies("wire_watch.cpp", "  opcode_             = head_[0] & 0x0Fu;\n",
          ("a reserved bit on the wire", "head_[0] |= 0x20u;"),
          ("a fragment on the wire", "head_[0] &= 0x7Fu;"),
          ("opcode %u on the wire", "opcode_ = 5;")),
    *lies("wire_watch.cpp", "  const bool control = (opcode_ & 8) != 0;\n",
          ("a control frame over 125 bytes", "if (control) length_ = 126;")),
    *lies("wire_watch.cpp", "    inflating_.message(accepted_[next_message_].size, deflate_.our_takeover);\n",
          ("a message on the wire that nobody sent", "if (!control) next_message_ = accepted_.size();")),
    *lies("wire_watch.cpp", "void wire_watch::close_whole() {\n", ("a Close payload of one byte", "length_ = 1;")),
    *lies("wire_watch.cpp", "                                              std::to_integer<unsigned>(control_[1]));\n",
          ("a Close with code %u on the wire", "close_->code = 1005;")),

    # --- the herd ---
    *lies("herd_client.cpp", "    of_.wake_at_ = of_.wakes_ = at;\n    if (at == never) return;\n",
          ("nothing is to come, and not all have ended", "of_.wakes_ = never; return;"), profile="herd"),
    *lies("herd_server.cpp", "  well_for_good_ = true;\n  slow_          = false;\n  is_            = being::well;\n",
          ("the server is well, and not everybody is back", "is_ = being::gone;"), profile="herd"),
    *lies("herd.cpp", "    case part::ending:\n",
          ("everybody has closed, and not all has ended", "part_began_ = world_.now - longest_end - 1s;"),
          profile="herd"),
    *lies("herd.cpp", "  std::int64_t left = 0;\n",
          ("memory is left over when all is destroyed: %lld bytes", "memory_of::held[0] += 8;"), profile="herd"),
    *lies("herd_application.cpp", "    receiving_ = false;\n",
          ("no more messages come, and it has not ended", "m.reset();"), profile="herd"),
    *lies("herd_application.cpp", "        std::swap(moved, ws_);\n",
          ("a moved-from client is not stopped", "std::swap(moved, ws_);"), profile="herd"),
    *lies("herd_application.cpp", "void herd_client::over() {\n",
          ("something of a client is left", "world_alive_ = true;"),
          ("a client has ended without on_close", "told_of_end_ = dropped_ = cut_off_ = false;"),
          ("a receive never completes", "if (!cut_off_) receiving_ = true;"), profile="herd"),
    *lies("herd_client.cpp", '  tell("calls endpoint %llu", at_);\n',
          ("an attempt is made whose reply is kept", "kept_.emplace(std::weak_ptr<api::reconnecting>(), 1);"),
          ("the attempt goes to another endpoint than decided", 'urls_[at_] += "x";'), profile="herd"),
    *lies("herd_client.cpp", "  auto meant = which.retry_after_meant;\n",
          ("Retry-After is not what the server meant", "meant = 77s;"), profile="herd"),
    *lies("herd_client.cpp", '  tell("attempt %llu", attempts_);\n',
          ("a client has two live attempts", NOWHERE),
          ("an attempt after the end", "closed_ = true;"),
          ("an attempt before its time", "due_ = now + 1s;"),
          ("an attempt while it is paused", "paused_ = true;"),
          ("more than a hundred attempts in ten minutes",
           "for (int i = 0; i < 100; ++i) rules_.attempt_begins(now);"), profile="herd"),
    *lies("herd_client.cpp", "      check(c);\n      attempt_begins();\n",
          ("an attempt has another number", "++attempts_;"), profile="herd"),
    *lies("herd_client.cpp", "  h.on_open = [this](reconnecting_websocket& c) {\n    check(c);\n",
          ("on_open, and it is not open", "const reconnecting_websocket moved(std::move(c));"), profile="herd"),
    *lies("herd_client.cpp", '  expect(!inside_, "a handler runs within a call");\n',
          ("a handler runs after the client was destroyed", "dropped_ = true;"),
          ("a handler runs after on_close", "told_of_end_ = true;"),
          ("a handler is given another client",
           "auto other = std::make_unique<reconnecting_websocket>(std::move(*ws_)); "
           "std::swap(other, ws_); other.release();"), profile="herd"),
    *lies("herd_client.cpp", '    expect(wake_at_ == never, "a timer is left after the end");\n',
          ("an attempt is left after the end", NOWHERE), profile="herd"),
    *lies("herd_client.cpp", "void herd_client::hold() {\n",
          ("it has ended, and is not stopped",
           "if (ws_ && ws_->state() == reconnect_state::open) { told_of_end_ = true; live_ = nullptr; }"),
          ("it is open without a connection",
           "if (ws_ && ws_->state() == reconnect_state::open) live_ = nullptr;"),
          ("a timer runs for nothing",
           "if (ws_ && ws_->state() == reconnect_state::open) wake_at_ = in_->world->now;"), profile="herd"),
    *lies("herd_client.cpp", '      expect(!paused_, "it waits for an attempt while it is paused");\n',
          ("it waits, and has an attempt", NOWHERE), profile="herd"),
    *lies("herd_client.cpp", "                          decision& made) {\n",
          ("the history of a decision is wrong", "opened_ = !opened_;"), profile="herd"),
    *lies("herd_client.cpp", '"a reply was dropped, and the attempt is not made");\n  must_connect_ = false;\n',
          ("on_down, and the attempt lives", NOWHERE),
          ("on_down after close()", "closed_ = true;"),
          ("on_down, and it does not come back", "const_cast<decision&>(made).come_back = false;"),
          ("reconnect_now() is not followed by an attempt",
           "overridden_ = false; gives_up_for_another_ = true; const_cast<decision&>(made).delay += 5h;"),
          profile="herd"),
    *lies("herd_client.cpp", "  told_of_end_ = true;\n  asking_      = false;\n",
          ("on_close, and an attempt lives", NOWHERE),
          ("on_close, and it comes back", "const_cast<decision&>(made).come_back = true;"),
          ("who closed it is not told", 'closed_ = true; const_cast<decision&>(made).why = "x";'),
          ("a delay, and it gives up", "const_cast<decision&>(made).delay = 1s;"), profile="herd"),
    *lies("herd_messages.cpp", '    return expect(false, "a message comes that nobody sent, or out of order");\n',
          ("a message comes twice", "found->has_arrived = true;"),
          ("a message comes that was handed back", "found->is_back = true;"), profile="herd"),
    *lies("herd_messages.cpp", '  tell("hears message %llu", number);\n',
          ("a client hears messages twice or out of order", "heard_said_ = number;"), profile="herd"),
    *lies("herd_messages.cpp", "  error_code ec = ws_->send(message_view(c.type, c.bytes()));\n",
          ("send() fails on an open connection",
           "if (ws_->state() == reconnect_state::open) ec = make_error_code(error::invalid_utf8);"),
          ("send() takes a message once it has stopped", "ec = {};"), profile="herd"),
    *lies("herd_messages.cpp", "  const std::vector<message> back = ws_->take_unsent();\n",
          ("a message is handed back that nobody sent", "if (!back.empty()) accepted_.clear();"), profile="herd"),
    *lies("herd_messages.cpp", '    expect(!found->has_arrived, "a message is handed back that has arrived");\n',
          ("a message is handed back twice", "found->is_back = true;"), profile="herd"),
]
