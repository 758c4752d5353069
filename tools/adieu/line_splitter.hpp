// Lines out of chunks of bytes, one at a time, without copying them. Knows no stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace adieu::tool {

class line_splitter {
 public:
  struct amount {
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;
  };

  void feed(std::string_view chunk);
  /// No more chunks: what is behind the last newline is a line too, unless it is empty.
  void end() noexcept { ended_ = true; }

  /// The next line without its newline (CR LF too); empty if there is none yet. Valid until the
  /// next feed().
  std::optional<std::string_view> front();
  void pop();

  /// Lines and their bytes that were not popped, an unfinished one included.
  amount rest() const;
  /// Bytes of the line that is not finished yet.
  std::size_t unfinished() const noexcept { return kept_.size() - begin_; }

 private:
  static constexpr auto none = std::string::npos;

  std::string kept_;
  std::size_t begin_    = 0;     // of the next line
  std::size_t searched_ = 0;     // up to here there is no newline
  std::size_t end_      = none;  // of the next line, where it is known
  bool ended_           = false;
};

}  // namespace adieu::tool
