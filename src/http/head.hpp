// What the head of an HTTP message says, as plain values: the start line's parts and the header
// fields in the order of arrival. It does not know how a head is read or written, nor what any
// field means.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1::http {

struct field {
  std::string name;
  std::string value;

  friend bool operator==(const field&, const field&) = default;
};

// Header fields in their order; names are compared without regard to case.
class fields {
 public:
  fields() = default;
  fields(std::initializer_list<field> list) : fields_(list) {}

  void add(std::string name, std::string value);
  // The value of the first field of this name; adds one if there is none.
  void set(std::string_view name, std::string value);

  // The value of the first field of this name, or null. Valid until the next add().
  const std::string* find(std::string_view name) const;
  std::size_t count(std::string_view name) const;

  // The values of all fields of this name as one list, "a, b" [RFC 9110 5.3]; empty if there is
  // none.
  std::string list(std::string_view name) const;

  bool empty() const { return fields_.empty(); }
  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

  friend bool operator==(const fields&, const fields&) = default;

 private:
  std::vector<field> fields_;
};

struct request_head {
  std::string method;
  std::string target;
  unsigned version = 11;  // 10 or 11: HTTP/1.0 or HTTP/1.1
  fields headers;

  friend bool operator==(const request_head&, const request_head&) = default;
};

struct response_head {
  unsigned status = 0;  // 100 to 599
  std::string reason;
  unsigned version = 11;
  fields headers;

  friend bool operator==(const response_head&, const response_head&) = default;
};

}  // namespace adieu::inline v1::http
