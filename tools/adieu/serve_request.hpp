// What a client asks of `adieu serve` by path and query: "/close/4001?reason=bye&after=1s", taken
// apart and percent-decoded. Knows no path.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace adieu::tool {

/// The request cannot be understood: what() says why, for the client to read (400).
struct not_understood : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class served_request {
 public:
  /// "/path?query" as it came.
  explicit served_request(std::string_view target);

  const std::string& path() const noexcept { return path_; }
  /// Behind "/close/" and the like: the part of the path that `pattern` calls CODE. Empty if the
  /// path does not match.
  std::optional<std::string_view> matched(std::string_view pattern) const noexcept;

  // Parameters of the query. Throw not_understood if they are there and not what they should be.
  std::optional<std::string> text(std::string_view name) const;
  std::optional<std::uint64_t> number(std::string_view name, std::uint64_t most) const;
  std::optional<std::chrono::milliseconds> duration(std::string_view name) const;

 private:
  std::string path_;
  std::vector<std::pair<std::string, std::string>> query_;
};

/// A whole decimal number from 0 to `most`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most) noexcept;

}  // namespace adieu::tool
