// Messages: a view (handlers get and give them) and a value (coroutines do). Know no connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1 {

enum class message_type : std::uint8_t { text = 1, binary = 2 };

class message;

/// A text (UTF-8, checked) or binary message that somebody else owns. In a handler it is valid
/// until the handler returns; given to send() it must live until the call returns.
class message_view {
 public:
  constexpr message_view(message_type type, std::span<const std::byte> bytes) noexcept
      : data_(bytes.data()), size_(bytes.size()), type_(type) {}

  // text
  message_view(const char* text) noexcept : message_view(std::string_view(text)) {}
  message_view(std::nullptr_t) = delete;
  message_view(const std::string& text) noexcept : message_view(std::string_view(text)) {}
  message_view(std::string_view text) noexcept
      : message_view(message_type::text, std::as_bytes(std::span(text.data(), text.size()))) {}

  // binary
  message_view(std::span<const std::byte> bytes) noexcept
      : message_view(message_type::binary, bytes) {}
  message_view(std::span<const std::uint8_t> bytes) noexcept
      : message_view(message_type::binary, std::as_bytes(bytes)) {}
  message_view(const std::vector<std::byte>& bytes) noexcept
      : message_view(message_type::binary, std::span(bytes)) {}
  message_view(const std::vector<std::uint8_t>& bytes) noexcept
      : message_view(std::span<const std::uint8_t>(bytes)) {}
  template <std::size_t N>
  message_view(const std::byte (&bytes)[N]) noexcept
      : message_view(message_type::binary, std::span<const std::byte>(bytes)) {}

  message_view(const message& other) noexcept;

  message_type type() const noexcept { return type_; }
  bool is_text() const noexcept { return type_ == message_type::text; }
  bool is_binary() const noexcept { return type_ == message_type::binary; }

  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(data_), size_}; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  /// The same, to be sent as it is: for what is compressed already, and for a secret beside what
  /// others may choose.
  constexpr message_view uncompressed() const noexcept {
    message_view same  = *this;
    same.compressible_ = false;
    return same;
  }
  bool compressible() const noexcept { return compressible_; }

 private:
  const std::byte* data_;
  std::size_t size_;
  message_type type_;
  bool compressible_ = true;
};

/// A message that owns its bytes.
class message {
 public:
  message() = default;
  message(message_type type, std::string bytes) noexcept : bytes_(std::move(bytes)), type_(type) {}
  message(std::string text) noexcept : bytes_(std::move(text)) {}
  message(const char* text) : bytes_(text) {}
  message(std::nullptr_t) = delete;
  message(std::string_view text) : bytes_(text) {}
  message(message_view view)
      : bytes_(view.text()), type_(view.type()), compressible_(view.compressible()) {}
  message(std::span<const std::byte> bytes) : message(message_view(bytes)) {}
  message(const std::vector<std::byte>& bytes) : message(message_view(bytes)) {}
  message(const std::vector<std::uint8_t>& bytes) : message(message_view(bytes)) {}

  message_type type() const noexcept { return type_; }
  bool is_text() const noexcept { return type_ == message_type::text; }
  bool is_binary() const noexcept { return type_ == message_type::binary; }

  std::span<const std::byte> bytes() const noexcept {
    return std::as_bytes(std::span(bytes_.data(), bytes_.size()));
  }
  std::string_view text() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return bytes_.size(); }
  bool empty() const noexcept { return bytes_.empty(); }

  /// Gives the bytes away; the message is empty afterwards.
  std::string take() && noexcept { return std::move(bytes_); }

  /// The same, to be sent as it is.
  message uncompressed() && noexcept {
    compressible_ = false;
    return std::move(*this);
  }
  message uncompressed() const& { return message(*this).uncompressed(); }
  bool compressible() const noexcept { return compressible_; }

  /// Of type and bytes.
  bool operator==(const message& other) const noexcept {
    return type_ == other.type_ && bytes_ == other.bytes_;
  }

 private:
  std::string bytes_;
  message_type type_ = message_type::text;
  bool compressible_ = true;
};

inline message_view::message_view(const message& other) noexcept
    : message_view(other.type(), other.bytes()) {
  compressible_ = other.compressible();
}

}  // namespace adieu::inline v1
