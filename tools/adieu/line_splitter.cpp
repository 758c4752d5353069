// Lines out of chunks of bytes.
#include "line_splitter.hpp"

namespace adieu::tool {

namespace {

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

void line_splitter::feed(std::string_view chunk) {
  kept_.erase(0, begin_);
  searched_ -= begin_;
  if (end_ != none) end_ -= begin_;
  begin_ = 0;
  kept_ += chunk;
}

std::optional<std::string_view> line_splitter::front() {
  if (end_ == none) {
    end_      = kept_.find('\n', searched_);
    searched_ = end_ == none ? kept_.size() : end_;
  }
  const auto from = std::string_view(kept_).substr(begin_);
  if (end_ != none) return without_cr(from.substr(0, end_ - begin_));
  if (ended_ && !from.empty()) return from;
  return {};
}

void line_splitter::pop() {
  begin_    = end_ == none ? kept_.size() : end_ + 1;
  searched_ = begin_;
  end_      = none;
}

line_splitter::amount line_splitter::rest() const {
  amount sum;
  auto text = std::string_view(kept_).substr(begin_);
  while (!text.empty()) {
    const auto end = text.find('\n');
    sum.lines += 1;
    sum.bytes += end == none ? text.size() : without_cr(text.substr(0, end)).size();
    text = end == none ? std::string_view() : text.substr(end + 1);
  }
  return sum;
}

}  // namespace adieu::tool
