// The command line, and what all kinds share.
#include "crowd.hpp"

#include <boost/asio/read_until.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <istream>
#include <malloc.h>
#include <unistd.h>

namespace soak {

std::string url_of(const options& o, std::size_t number) {
  return "ws://127.0.0." + std::to_string(1 + number % o.hosts) + ":" + std::to_string(o.port) +
         "/";
}

double now_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

std::size_t heap() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

commands::commands(asio::io_context& io, std::function<void(std::string)> told)
    : in_(io, ::dup(STDIN_FILENO)), told_(std::move(told)) {
  next();
}

void commands::stop() { in_.close(); }

void commands::next() {
  asio::async_read_until(in_, buffer_, '\n', [this](adieu::error_code ec, std::size_t) {
    if (ec == asio::error::operation_aborted) return;
    std::string line;
    std::istream text(&buffer_);
    std::getline(text, line);
    if (!ec) next();
    told_(line);
  });
}

void endings::add(const adieu::close_event& event) {
  if (all++ == 0) first_ms = now_ms();
  last_ms = now_ms();
  clean += event.was_clean ? 1u : 0u;
  ++causes[std::string(adieu::name(event.cause))];
  ++codes[std::to_string(event.code)];
}

namespace {

std::string object(const std::map<std::string, std::size_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts)
    text += (text.empty() ? "\"" : ", \"") + name + "\": " + std::to_string(count);
  return "{" + text + "}";
}

}  // namespace

std::string endings::text() const {
  return "\"ended\": " + std::to_string(all) + ", \"clean\": " + std::to_string(clean) +
         ", \"first_ms\": " + std::to_string(first_ms) +
         ", \"last_ms\": " + std::to_string(last_ms) + ", \"causes\": " + object(causes) +
         ", \"codes\": " + object(codes);
}

void tell(const std::string& members) { std::cout << "{" << members << "}" << std::endl; }

namespace {

options parse(int argc, char** argv) {
  options o;
  o.kind = argc > 1 ? argv[1] : "";
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string name     = argv[i];
    const std::uint64_t number = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--port") o.port = static_cast<std::uint16_t>(number);
    if (name == "--count") o.count = number;
    if (name == "--at-once") o.at_once = number;
    if (name == "--hosts") o.hosts = std::clamp<std::size_t>(number, 1, 250);
    if (name == "--every-ms") o.every = milliseconds(number);
  }
  return o;
}

}  // namespace
}  // namespace soak

int main(int argc, char** argv) {
  const soak::options o = soak::parse(argc, argv);
  if (o.kind == "hold") return soak::hold(o), 0;
  if (o.kind == "come-back") return soak::come_back(o), 0;
  if (o.kind == "talk") return soak::talk(o), 0;
  if (o.kind == "churn") return soak::churn(o), 0;
  std::fputs(
      "crowd hold|come-back|talk|churn --port P [--count N] [--at-once N] [--hosts N] "
      "[--every-ms N]\n",
      stderr);
  return 2;
}
