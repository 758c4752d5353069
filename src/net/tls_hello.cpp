// Records, the message in them, its extensions. [RFC 8446 4.1.2, 5.1]
#include "net/tls_hello.hpp"

#include <string_view>

namespace adieu::inline v1::net {
namespace {

constexpr std::size_t handshake    = 22;  // a type of record
constexpr std::size_t client_hello = 1;   // a type of message
constexpr std::size_t server_name  = 0;   // a type of extension

// What is not there reads as 0 and as nothing.
class reader {
 public:
  explicit reader(std::string_view bytes) noexcept : rest_(bytes) {}

  bool empty() const noexcept { return rest_.empty(); }
  std::string_view bytes(std::size_t n) noexcept {
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(taken.size());
    return taken.size() == n ? taken : std::string_view();
  }
  std::size_t number(std::size_t size) noexcept {
    std::size_t value = 0;
    for (const char c : bytes(size)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  /// What has its size before it, a number of so many bytes.
  std::string_view sized(std::size_t size_of_size) noexcept { return bytes(number(size_of_size)); }

 private:
  std::string_view rest_;
};

// A message may be in several records.
std::string messages_in(std::span<const std::byte> records) {
  std::string messages;
  reader from({reinterpret_cast<const char*>(records.data()), records.size()});
  while (!from.empty()) {
    const bool wanted = from.number(1) == handshake;
    from.number(2);  // a version that says nothing
    const std::string_view fragment = from.sized(2);
    if (wanted) messages += fragment;
  }
  return messages;
}

}  // namespace

std::string host_asked_for(std::span<const std::byte> records) {
  const std::string messages = messages_in(records);
  reader message(messages);
  if (message.number(1) != client_hello) return {};
  reader hello(message.sized(3));
  hello.bytes(2 + 32);  // version, random
  hello.sized(1);       // session id
  hello.sized(2);       // cipher suites
  hello.sized(1);       // compression
  for (reader extensions(hello.sized(2)); !extensions.empty();) {
    const std::size_t type      = extensions.number(2);
    const std::string_view body = extensions.sized(2);
    if (type != server_name) continue;
    reader names(reader(body).sized(2));
    names.number(1);  // its kind: there is only one
    return std::string(names.sized(2));
  }
  return {};
}

}  // namespace adieu::inline v1::net
