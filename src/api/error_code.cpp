// Error codes: the caller's mistakes, and the causes of an ending, with their words.
#include <adieu/error_code.hpp>

namespace adieu::inline v1 {
namespace {

class caller_errors final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "adieu"; }
  std::string message(int value) const override {
    return std::string(explain(static_cast<error>(value)));
  }
};

class ending_causes final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "adieu.cause"; }
  std::string message(int value) const override {
    return std::string(adieu::name(static_cast<cause>(value)));
  }
};

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const caller_errors category;
  return category;
}

const boost::system::error_category& cause_category() noexcept {
  static const ending_causes category;
  return category;
}

}  // namespace adieu::inline v1
