// The last words: what the application may still say between the peer's Close and ours.
#pragma once

#include <adieu/error_code.hpp>
#include <adieu/message.hpp>
#include <adieu/session_ref.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace adieu::inline v1 {

/// Given to on_closing once the peer's Close has come and we had sent none. Move-only: keep it to
/// answer later. Our Close goes out, echoing the peer's code, when it is finished or dropped, or
/// `deadlines::last_words` is over. Only a peer that reads on after its close() gets what is sent
/// here; a browser does not. On the connection's executor only. [RFC 6455 5.5.1]
class ADIEU_API closing_reply {
 public:
  explicit closing_reply(session_ref kept) noexcept : session_(std::move(kept)) {}
  closing_reply(closing_reply&&) noexcept = default;
  closing_reply& operator=(closing_reply&& other) noexcept;
  ~closing_reply();

  /// The peer's code: 1005 if its Close was empty.
  std::uint16_t code() const noexcept;
  /// The peer's reason.
  std::string_view reason() const noexcept;

  /// Sends a message before our Close. Returns what websocket::send() returns; not_open once our
  /// Close is on its way.
  error_code send(message_view last_word);
  /// Lets our Close go out. Nothing can be sent afterwards.
  void finish() noexcept;

 private:
  session_ref session_;
};

}  // namespace adieu::inline v1
