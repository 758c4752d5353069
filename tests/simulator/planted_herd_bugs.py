"""The bugs that are planted in what comes back: src/protocol/reconnect*, src/api/reconnecting*. As
planted_bugs.py; hunted in lives of the profile herd."""

from planted_bugs import Bug

COMING = "src/protocol/reconnect.cpp"
COMING_TABLE = "src/protocol/reconnect_table.cpp"
COMES_BACK = "src/api/reconnecting.cpp"
MESSAGES = "src/api/reconnecting_messages.cpp"
BACKLOG = "src/protocol/backlog.cpp"


def herd_bug(name, file, old, new, breaks):
    return Bug(name, file, old, new, breaks, "herd")


BUGS = [
    herd_bug("forgets-on-open", COMING, "open_ && (confirmed_ || how.time_open >= rules_->stable_after)", "open_",
             "a server that accepts and closes is met in a hot loop"),
    herd_bug("confirm-means-nothing", "src/protocol/reconnect.hpp", "confirmed_ = open_;", "confirmed_ = false;",
             "a connection that the application calls good is not"),
    herd_bug("no-chance-in-it", COMING, "  if (to <= from || !chance.fill", "  if (to >= from || !chance.fill",
             "a crowd comes back as one"),
    herd_bug("cap-is-passed", COMING, "std::min(top, cap)", "top", "delays grow without end"),
    herd_bug("floor-is-passed", COMING, "drawn(std::max(how.floor, share), to, chance)", "drawn(share, to, chance)",
             "the next attempt may come at once"),
    herd_bug("retry-after-is-not-read", COMING, "if (!how.retry_after || how.retry_after->count() <= 0) return;", "return;",
             "a server that says when is asked before"),
    herd_bug("retry-after-without-limit", COMING, "std::min<milliseconds>(*how.retry_after, longest_retry_after)",
             "*how.retry_after", "a server's 10^12 seconds are waited for"),
    herd_bug("retry-after-as-one", COMING, "made.delay = wait + drawn({}, std::max(wait / retry_after_spread, b.window), *chance_);",
             "made.delay = wait - wait / 100;", "who was told the same comes as one, and too early"),
    herd_bug("1008-comes-back", COMING_TABLE, "{code, 1008, stop,", "{code, 1008, back_off,",
             "who is not wanted comes again and again"),
    herd_bug("404-comes-back", COMING_TABLE, "{status, 0, 499, stop,", "{status, 0, 499, back_off,",
             "what is not there is asked for again and again"),
    herd_bug("5xx-stops", COMING_TABLE, "{status, 500, 599, back_off,", "{status, 500, 599, stop,",
             "a server that has failed once is given up"),
    herd_bug("1012-is-at-once", COMING, "made.delay = drawn(b.restart_floor, b.restart_window, *chance_);", "made.delay = {};",
             "a server that restarts is met by all at once"),
    herd_bug("slow-is-quick", COMING, "longer.floor = b.slow_floor,", "longer.floor = b.floor,",
             "an overloaded server is not spared"),
    herd_bug("credentials-for-ever", COMING, '      if (history_.asked_for_credentials) return stop(made, "new ones did not help");\n', "",
             "a server that says 401 is asked for ever"),
    herd_bug("third-is-the-fourth", COMING, "action::stop_at_third ? 3", "action::stop_at_third ? 4",
             "it does not stop at the third"),
    herd_bug("rows-never-end", COMING, "    history_.in_a_row = 0;\n  }\n}", "  }\n}",
             "connections that are not in a row are counted as one"),
    herd_bug("no-ceiling", COMING, "    made.delay = std::chrono::ceil<milliseconds>(allowed - now);\n", "    made.delay += milliseconds(0);\n",
             "a policy that is too hot is not held"),
    herd_bug("now-knows-no-ceiling", COMES_BACK, "until_ = judge_.soonest(world_->now());", "until_ = world_->now();",
             "reconnect_now() passes the ceiling"),
    herd_bug("max-attempts-is-one-more", COMING, "history_.attempts >= rules_->max_attempts", "history_.attempts > rules_->max_attempts",
             "it tries once more than it may"),
    herd_bug("max-elapsed-is-not-kept", COMING, "history_.elapsed + made.delay > rules_->max_elapsed)", "history_.elapsed > rules_->max_elapsed * 2)",
             "it goes on after the time that it was given"),
    herd_bug("closed-comes-back", COMES_BACK, "  if (leaving_ == leaving::for_good)\n    return conclude", "  if (leaving_ == leaving::for_good && !event.was_clean)\n    return conclude",
             "what the application has closed is opened again"),
    herd_bug("two-at-a-time", COMES_BACK, "  link_->hurry(abandon_within);\n", "  stage_ = stage::waiting;\n  until_ = world_->now();\n  arm();\n",
             "the next attempt begins while the last connection lives"),
    herd_bug("timer-outlives-the-end", COMES_BACK, "  was_told_ = true;\n  stage_    = stage::stopped;\n  arm();\n", "  was_told_ = true;\n  stage_    = stage::stopped;\n",
             "a timer is left of a client that has stopped"),
    herd_bug("pause-is-not-seen", COMES_BACK, "paused_ ? stage::idle : stage::waiting;", "stage::waiting;",
             "attempts begin while it is paused"),
    herd_bug("resume-does-nothing", COMES_BACK, "  if (stage_ != stage::idle) return;\n  stage_ = stage::waiting;\n  arm();\n", "",
             "a paused client never comes back"),
    herd_bug("kept-reply-for-ever", COMES_BACK, "until_   = world_->now() + options_.answer_within;", "until_   = world_->now() + 100 * options_.answer_within;",
             "an application that does not answer holds the attempt"),
    herd_bug("dropped-reply-hangs", COMES_BACK, "    if (r.asks(number)) r.connect_as_it_is();\n", "    (void)r.asks(number);\n",
             "an attempt whose reply was dropped never begins"),
    herd_bug("endpoint-stays", COMES_BACK, "at_ = (at_ + 1) % urls_.size();", "at_ = (at_ + 0) % urls_.size();",
             "the other endpoints are never tried"),
    herd_bug("credentials-are-not-asked-for", COMES_BACK, "needs_credentials_ = made.new_credentials;", "needs_credentials_ = false;",
             "the application is not told that its token was refused"),
    herd_bug("decide-decides-nothing", COMES_BACK, "      made = std::move(changed);\n", "",
             "the application has not the last word"),
    herd_bug("ends-within-the-call", COMES_BACK,
             "  post([why](reconnecting& r) {\n    r.conclude(never_opened(why, initiator::local, \"between two connections\"),\n"
             "               {.come_back = false, .why = \"closed by the application\"});\n  });",
             "  conclude(never_opened(why, initiator::local, \"between two connections\"),\n"
             "           {.come_back = false, .why = \"closed by the application\"});",
             "on_close runs within close()"),
    herd_bug("now-is-later", COMES_BACK, "if (leaving_ == leaving::to_reconnect) made = {.why = \"reconnect_now()\"};", "",
             "reconnect_now() on an open connection waits for the back-off, or stops"),
    herd_bug("receive-never-completes", "src/api/reconnecting_messages.cpp", "  if (unread_.empty()) receive_.complete_all(executor(), error_code(), std::optional<message>());\n", "",
             "who waits for a message waits after the end"),
    herd_bug("unsent-is-not-handed-back", BACKLOG, "  std::move(with_connection_.begin(), with_connection_.end(), std::back_inserter(unsent_));\n", "",
             "what the lost connection never sent is gone"),
    herd_bug("sent-is-sent-again", MESSAGES, "event.unsent_messages > words ? event.unsent_messages - words : 0",
             "event.unsent_messages - words + 1", "a message that has left is sent once more"),
    herd_bug("queue-is-turned-round", BACKLOG, "queued_.insert(queued_.begin(), std::make_move_iterator(unsent_.begin()),",
             "queued_.insert(queued_.end(), std::make_move_iterator(unsent_.begin()),",
             "what was lost comes behind what was said later"),
    herd_bug("queue-is-not-flushed", MESSAGES, "  backlog_.resume();\n  flush();\n", "  backlog_.resume();\n",
             "what waits in the queue does not leave"),
    herd_bug("down-without-a-count", COMING, "  made.attempt = ++history_.attempts;\n", "  made.attempt = history_.attempts + 1;\n",
             "attempts are not counted: delays never grow"),
    herd_bug("an-attempt-is-not-asked-for", COMES_BACK, "  if (stage_ == stage::waiting) return begin_attempt();\n  fail_attempt",
             "  if (stage_ == stage::waiting) return begin_attempt();\n  if (attempt_ > 1) return connect_as_it_is();\n  fail_attempt",
             "an attempt whose reply is kept too long is made all the same"),
]
