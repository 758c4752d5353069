// Executors of every kind: strands, which cannot outlive their io_context, those that count as
// work, thread pools; and handlers that have an executor of their own.
#include "ledger.hpp"

#include <adieu/reconnecting_websocket.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <future>

namespace adieu::tests {
namespace {

// One whose copies can be counted.
struct counted {
  asio::io_context::executor_type inner;
  std::shared_ptr<int> alive;

  asio::execution_context& query(asio::execution::context_t) const noexcept {
    return inner.context();
  }
  counted require(asio::execution::blocking_t::never_t how) const {
    return {asio::require(inner, how), alive};
  }
  template <typename Call>
  void execute(Call call) const {
    inner.execute(std::move(call));
  }
  friend bool operator==(const counted& a, const counted& b) noexcept {
    return a.inner == b.inner && a.alive == b.alive;
  }
  friend bool operator!=(const counted& a, const counted& b) noexcept { return !(a == b); }
};

struct kind {
  const char* name;
  std::function<asio::any_io_executor(asio::io_context&)> make;
};

class executors : public connection_test, public ::testing::WithParamInterface<kind> {
 protected:
  asio::any_io_executor made() { return GetParam().make(*io); }
};

std::string plain_url(const server& s) { return "ws://127.0.0.1:" + std::to_string(s.port()); }

TEST_P(executors, all_that_was_made_with_it_may_be_destroyed_after_the_io_context) {
  websocket served;
  std::optional<opening_reply> undecided;
  auto s = std::make_unique<server>(
      made(), server_options{},
      server_handlers{.on_opening =
                          [&](const opening_request& request, opening_reply reply) {
                            if (request.target == "/later")
                              undecided.emplace(std::move(reply));
                            else
                              reply.accept();
                          },
                      .on_open = [&](websocket& ws) { served = std::move(ws); }});
  auto ws      = std::make_unique<websocket>(made(), plain_url(*s));
  auto opening = std::make_unique<websocket>(made(), plain_url(*s) + "/later");
  run_until([&] { return served.state() == ready_state::open && undecided; });
  auto again = std::make_unique<reconnecting_websocket>(made(), plain_url(*s) + "/later");
  run_until([&] { return again->state() == reconnect_state::connecting; });
  const websocket_ref ref = ws->ref();
  bool called             = false;
  auto on_its_own         = asio::bind_executor(
              made(), [&called](error_code, const std::optional<message>&) { called = true; });
  ws->async_receive(on_its_own);
  again->async_receive(on_its_own);
  ws->async_closed([&](error_code, const close_event&) { called = true; });
  s->async_shutdown({}, [&](error_code, shutdown_report) { called = true; });
  websocket moved_from(std::move(*opening));

  io.reset();
  EXPECT_EQ(ws->state(), ready_state::closed);
  EXPECT_FALSE(ws->get_executor());
  EXPECT_FALSE(opening->get_executor());
  EXPECT_FALSE(s->get_executor());
  EXPECT_FALSE(again->get_executor());
  // What is asked for now is never done.
  ws->async_receive([&](error_code, const std::optional<message>&) { called = true; });
  again->async_receive([&](error_code, const std::optional<message>&) { called = true; });
  s->async_shutdown({}, [&](error_code, shutdown_report) { called = true; });
  s.reset();
  ws.reset();
  opening.reset();
  again.reset();
  undecided.reset();
  EXPECT_FALSE(called);
}

TEST_P(executors, a_connection_opens_talks_and_ends_on_it) {
  server s(made(), {}, {.on_message = [](websocket& ws, message_view m) { ws.send(m); }});
  std::string heard;
  websocket ws(made(), plain_url(s),
               {.on_open = [](websocket& w) { w.send("hello"); },
                .on_message =
                    [&](websocket& w, message_view m) {
                      heard = m.text();
                      w.close();
                    }});
  run_until([&] { return ws.closed() != nullptr; });
  EXPECT_EQ(heard, "hello");
  EXPECT_TRUE(ws.closed()->was_clean);
}

INSTANTIATE_TEST_SUITE_P(
    of, executors,
    ::testing::Values(kind{"io_context", [](asio::io_context& io) { return io.get_executor(); }},
                      kind{"strand", [](asio::io_context& io) { return asio::make_strand(io); }},
                      kind{"strand_of_any",
                           [](asio::io_context& io) {
                             return asio::make_strand(asio::any_io_executor(io.get_executor()));
                           }},
                      kind{"tracked",
                           [](asio::io_context& io) {
                             return asio::prefer(io.get_executor(),
                                                 asio::execution::outstanding_work.tracked);
                           }}),
    [](const auto& info) { return info.param.name; });

class executors_held : public connection_test {};

TEST_F(executors_held, none_is_held_once_the_io_context_is_gone) {
  const auto alive = std::make_shared<int>();
  auto s           = std::make_unique<server>(counted{io->get_executor(), alive});
  auto ws          = std::make_unique<websocket>(counted{io->get_executor(), alive}, plain_url(*s));
  auto again =
      std::make_unique<reconnecting_websocket>(counted{io->get_executor(), alive}, plain_url(*s));
  run_until([&] { return ws->state() == ready_state::open && again->openings() == 1; });
  ws->async_receive(asio::bind_executor(counted{io->get_executor(), alive},
                                        [](error_code, const std::optional<message>&) {}));
  EXPECT_GT(alive.use_count(), 3);
  io.reset();
  EXPECT_EQ(alive.use_count(), 1);
}

TEST_F(executors_held, those_of_websockets_that_are_gone_are_not_kept) {
  serve();
  const auto alive = std::make_shared<int>();
  std::vector<std::unique_ptr<websocket>> all;
  for (int n = 0; n < 100; ++n) {
    // Every one is another, as strands would be.
    auto its = std::make_shared<int>();
    all.push_back(std::make_unique<websocket>(
        counted{io->get_executor(), std::shared_ptr<int>(alive, its.get())}, "ws://127.0.0.1:1"));
    if (n % 10 == 9) {
      all.clear();
      io->restart();
      io->poll();
    }
  }
  all.clear();
  run_until([&] { return alive.use_count() < 64; });
  stop_server();
}

// --- work ---

class work : public connection_test {
 protected:
  std::unique_ptr<websocket> opened() {
    serve({}, {.on_message = [](websocket& ws, message_view m) { ws.send(m); }});
    auto ws = client("client", {.on_open = [](websocket&) {}});
    run_until([&] { return ws->state() == ready_state::open; });
    return ws;
  }
  void end(std::unique_ptr<websocket> ws) {
    ws->close();
    run_until([&] { return ws->closed() != nullptr; });
    stop_server();
    run();
  }
  // Nothing to do now is not nothing to do.
  static bool has_work(asio::io_context& other) {
    other.restart();
    other.poll();
    return !other.stopped();
  }
};

TEST_F(work, a_wait_keeps_its_handlers_executor_working_from_its_beginning) {
  websocket ws;
  server& s = serve({}, {.on_message = [](websocket& w, message_view m) { w.send(m); }});
  ws        = websocket(*io, url());
  asio::io_context other;
  int done          = 0;
  const auto on     = [&](auto handler) { return asio::bind_executor(other, std::move(handler)); };
  const auto waited = [&](const char* what) {
    EXPECT_TRUE(has_work(other)) << what;
    const int before = done;
    for (int n = 0; n < 10'000 && done == before; ++n) {
      io->restart();
      io->run_one_for(1ms);
      other.restart();
      other.poll();
    }
    EXPECT_EQ(done, before + 1) << what;
    EXPECT_FALSE(has_work(other)) << what;
  };
  ws.async_opened(on([&](error_code ec) { done += ec ? 0 : 1; }));
  waited("async_opened");
  ws.async_receive(on([&](error_code, const std::optional<message>& m) { done += m ? 1 : 0; }));
  EXPECT_TRUE(has_work(other));
  ws.send("echo");
  waited("async_receive");
  ws.async_ping(on([&](error_code ec, auto) { done += ec ? 0 : 1; }));
  waited("async_ping");
  ws.async_closed(on([&](error_code, const close_event&) { ++done; }));
  EXPECT_TRUE(has_work(other));
  ws.close();
  waited("async_closed");
  ws = {};
  s.async_shutdown({}, on([&](error_code, shutdown_report) { ++done; }));
  waited("async_shutdown");
  drop_server();
  run();
}

TEST_F(work, a_wait_that_is_cancelled_or_dropped_is_work_no_longer) {
  auto ws = opened();
  asio::io_context other;
  asio::cancellation_signal stop;
  int aborted        = 0;
  const auto handler = [&](error_code ec, const std::optional<message>&) {
    aborted += ec == asio::error::operation_aborted ? 1 : 0;
  };
  ws->async_receive(asio::bind_executor(other, asio::bind_cancellation_slot(stop.slot(), handler)));
  EXPECT_TRUE(has_work(other));
  stop.emit(asio::cancellation_type::all);
  io->restart();
  io->poll();
  EXPECT_FALSE(has_work(other));
  EXPECT_EQ(aborted, 1);
  ws->async_receive(asio::bind_executor(other, handler));
  EXPECT_TRUE(has_work(other));
  lives("client").silenced = true;
  ws.reset();
  io->restart();
  io->poll();
  EXPECT_FALSE(has_work(other));
  EXPECT_EQ(aborted, 2);
  stop_server();
  run();
}

TEST_F(work, a_wait_of_an_idle_reconnecting_client_keeps_the_io_context_running) {
  reconnecting_websocket ws(*io, "ws://127.0.0.1:1");
  ws.pause();
  ws.async_receive([](error_code, const std::optional<message>&) {});
  run_until([&] { return ws.state() == reconnect_state::idle; });
  EXPECT_TRUE(has_work(*io));
  ws.terminate();
  run();
}

TEST_F(work, an_executor_that_counts_as_work_does_not_keep_it_running) {
  const auto tracked = [&] {  // a new one each time: one that is kept would be the test's work
    return asio::prefer(io->get_executor(), asio::execution::outstanding_work.tracked);
  };
  server_ = std::make_unique<server>(tracked());
  websocket ws(tracked(), plain_url(*server_));
  reconnecting_websocket idle(tracked(), "ws://127.0.0.1:1");
  idle.pause();
  run_until([&] { return ws.state() == ready_state::open; });
  ws.close();
  run_until([&] { return ws.closed() != nullptr; });
  stop_server();
  run();  // returns although all of them are there
}

// --- a thread pool ---

TEST(executors_of_thread_pools, a_connection_lives_on_one_and_may_outlive_it) {
  auto pool = std::make_unique<asio::thread_pool>(1);
  std::unique_ptr<server> s;
  std::unique_ptr<websocket> ws;
  std::promise<std::string> heard;
  asio::post(*pool, [&] {
    s = std::make_unique<server>(
        *pool, server_options{},
        server_handlers{.on_message = [](websocket& w, message_view m) { w.send(m); }});
    ws = std::make_unique<websocket>(
        *pool, plain_url(*s),
        websocket_handlers{
            .on_open    = [](websocket& w) { w.send("hello"); },
            .on_message = [&](websocket&,
                              message_view m) { heard.set_value(std::string(m.text())); }});
  });
  EXPECT_EQ(heard.get_future().get(), "hello");
  pool->stop();
  pool.reset();
  EXPECT_EQ(ws->state(), ready_state::closed);
  EXPECT_FALSE(ws->get_executor());
}

}  // namespace
}  // namespace adieu::tests
