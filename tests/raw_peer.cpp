// Frames taken apart and put together by hand: what is tested here must not be what tests it.
#include "raw_peer.hpp"

#include "http/accept_key.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace adieu::tests {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr char key[4]    = {1, 2, 3, 4};

std::string big_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xFF);
  return out;
}

}  // namespace

std::string raw_frame(std::uint8_t first_byte, std::string_view payload, bool masked) {
  std::string out(1, static_cast<char>(first_byte));
  const char bit = masked ? static_cast<char>(0x80) : '\0';
  if (payload.size() < 126)
    out += static_cast<char>(bit | static_cast<char>(payload.size()));
  else if (payload.size() < 65536)
    out += static_cast<char>(bit | 126) + big_endian(payload.size(), 2);
  else
    out += static_cast<char>(bit | 127) + big_endian(payload.size(), 8);
  if (!masked) return out.append(payload);
  out.append(key, 4);
  const std::size_t at = out.size();
  out.append(payload);
  for (std::size_t i = 0; i < payload.size(); ++i)
    out[at + i] = static_cast<char>(out[at + i] ^ key[i % 4]);
  return out;
}

std::string raw_text(std::string_view payload, bool masked) {
  return raw_frame(0x81, payload, masked);
}

std::string raw_close(std::optional<std::uint16_t> code, std::string_view reason, bool masked) {
  return raw_frame(0x88, (code ? big_endian(*code, 2) : std::string()).append(reason), masked);
}

std::uint16_t seen_frame::code() const {
  if (payload.size() < 2) return 1005;
  return static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                    static_cast<unsigned char>(payload[1]));
}

std::size_t sighting::count(std::uint8_t opcode) const {
  return static_cast<std::size_t>(std::count_if(
      frames.begin(), frames.end(), [&](const seen_frame& f) { return f.opcode == opcode; }));
}

std::uint16_t sighting::last_close() const {
  return !frames.empty() && frames.back().opcode == 8 ? frames.back().code() : 0;
}

raw_peer::raw_peer(tcp::socket connected) : raw_peer(std::move(connected), nullptr) {}

raw_peer::raw_peer(tcp::socket connected, std::unique_ptr<tls_filter> with)
    : socket(std::move(connected)), tls(std::move(with)) {
  boost::system::error_code gone_already;
  socket.set_option(tcp::no_delay(true), gone_already);
}

asio::awaitable<raw_peer> raw_peer::accept(tcp::acceptor& at) {
  raw_peer made(co_await at.async_accept(asio::use_awaitable));
  if (over_tls()) {
    made.tls = std::make_unique<tls_filter>(test_server_context(), tls_filter::role::server);
    co_await made.handshake();
  }
  co_return made;
}

asio::awaitable<raw_peer> raw_peer::connect(std::uint16_t port, int receive_buffer) {
  tcp::socket made(co_await asio::this_coro::executor, tcp::v4());
  if (receive_buffer > 0) made.set_option(tcp::socket::receive_buffer_size(receive_buffer));
  const tcp::endpoint to(asio::ip::address_v4::loopback(), port);
  co_await made.async_connect(to, asio::use_awaitable);
  raw_peer peer(std::move(made));
  if (over_tls()) {
    static asio::ssl::context any(asio::ssl::context::tls_client);
    peer.tls = std::make_unique<tls_filter>(any, tls_filter::role::client);
    co_await peer.handshake();
  }
  co_return peer;
}

std::string raw_peer::request(std::string_view target, std::string_view more) {
  return "GET " + std::string(target) +
         " HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\nSec-WebSocket-Version: 13\r\n" +
         std::string(more) + "\r\n";
}

asio::awaitable<void> raw_peer::ask_to_open(std::string target) {
  co_await send(request(target));
  const std::string head = co_await read_head();
  EXPECT_EQ(head.substr(0, 12), "HTTP/1.1 101") << head;
}

asio::awaitable<std::string> raw_peer::read_head() {
  while (unread_.find("\r\n\r\n") == std::string::npos)
    if (!co_await fill()) co_return std::exchange(unread_, {});
  const std::size_t size = unread_.find("\r\n\r\n") + 4;
  std::string head       = unread_.substr(0, size);
  unread_.erase(0, size);
  co_return head;
}

std::string raw_peer::answer(std::string_view request) {
  const std::string_view name = "Sec-WebSocket-Key: ";
  const std::size_t at        = request.find(name);
  EXPECT_NE(at, std::string_view::npos);
  if (at == std::string_view::npos) return {};
  const std::string_view value = request.substr(at + name.size(), 24);
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         http::accept_key(value) + "\r\n\r\n";
}

asio::awaitable<void> raw_peer::let_open(std::string glued) {
  const std::string head = co_await read_head();
  co_await send(answer(head) + glued);
}

asio::awaitable<void> raw_peer::handshake() {
  for (;;) {
    const bool done = tls->handshake();
    co_await send_raw(tls->to_send());
    if (done || !tls->failed().empty() || !co_await fill()) break;
  }
}

asio::awaitable<void> raw_peer::send(std::string bytes) {
  if (tls) bytes = tls->seal(bytes);
  co_await send_raw(std::move(bytes));
}

void raw_peer::send_now(std::string bytes) {
  if (tls) bytes = tls->seal(bytes);
  asio::write(socket, asio::buffer(bytes));
}

asio::awaitable<void> raw_peer::send_raw(std::string bytes) {
  // A peer that has gone is the test's to see elsewhere.
  co_await asio::async_write(socket, asio::buffer(bytes), as_result);
}

asio::awaitable<void> raw_peer::send_in_pieces(std::string bytes, std::size_t size) {
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    std::string piece = bytes.substr(at, size);
    co_await send(std::move(piece));
  }
}

void raw_peer::end_sending() {
  if (tls) {
    const std::string last = tls->close_notify();
    boost::system::error_code full;
    asio::write(socket, asio::buffer(last), full);
  }
  cut();
}

void raw_peer::cut() {
  boost::system::error_code gone;
  socket.shutdown(tcp::socket::shutdown_send, gone);
}

void raw_peer::reset() {
  boost::system::error_code gone;
  socket.set_option(tcp::socket::linger(true, 0), gone);
  socket.close(gone);
}

void raw_peer::close() {
  boost::system::error_code gone;
  socket.close(gone);
}

asio::awaitable<bool> raw_peer::fill() {
  if (end_ != stream_end::none) co_return false;  // Asio might wait for ever behind an end
  char some[65536];
  const auto [ec, n] = co_await socket.async_read_some(asio::buffer(some), as_result);
  if (ec) {
    end_ = ec != asio::error::eof    ? stream_end::reset
           : tls && !tls->notified() ? stream_end::truncated
                                     : stream_end::fin;
    co_return false;
  }
  if (!tls) {
    unread_.append(some, n);
    co_return true;
  }
  tls->received({some, n});
  unread_ += tls->open();
  if (std::string answer = tls->to_send(); !answer.empty()) co_await send_raw(std::move(answer));
  co_return true;
}

asio::awaitable<std::string> raw_peer::read_some() {
  while (unread_.empty()) {  // what came may be a part of a TLS record
    const bool more = co_await fill();
    if (!more || (tls && tls->notified())) break;
  }
  co_return std::exchange(unread_, {});
}

bool raw_peer::take_frame(seen_frame& to) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(unread_[i]); };
  if (unread_.size() < 2) return false;
  to.fin                 = (at(0) & 0x80) != 0;
  to.opcode              = at(0) & 0x0F;
  to.masked              = (at(1) & 0x80) != 0;
  std::size_t size       = at(1) & 0x7F;
  std::size_t head       = 2;
  const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (unread_.size() < head + more + (to.masked ? 4 : 0)) return false;
  if (more != 0) size = 0;
  for (std::size_t i = 0; i < more; ++i) size = size << 8 | at(head + i);
  head += more;
  const std::size_t keys = head;
  if (to.masked) head += 4;
  if (unread_.size() < head + size) return false;
  to.payload = unread_.substr(head, size);
  for (std::size_t i = 0; to.masked && i < size; ++i)
    to.payload[i] = static_cast<char>(to.payload[i] ^ unread_[keys + i % 4]);
  unread_.erase(0, head + size);
  return true;
}

asio::awaitable<sighting> raw_peer::read_frames(std::size_t n) {
  sighting saw;
  for (seen_frame f; saw.frames.size() < n;) {
    if (take_frame(f))
      saw.frames.push_back(std::move(f));
    else if (!co_await fill())
      break;
  }
  saw.end = end_;
  co_return saw;
}

asio::awaitable<sighting> raw_peer::read_to_end() {
  sighting saw = co_await read_frames(static_cast<std::size_t>(-1));
  saw.rest     = unread_;
  co_return saw;
}

tcp::acceptor listen_here(asio::io_context& io) {
  return tcp::acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
}

std::string url_of(const tcp::acceptor& at) {
  return (over_tls() ? "wss://127.0.0.1:" : "ws://127.0.0.1:") +
         std::to_string(at.local_endpoint().port()) + "/";
}

}  // namespace adieu::tests
