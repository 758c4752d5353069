// A head as its first line and its fields, changed one by one until it is the one that a test
// wants. `Head`: the request or the answer that derives from it.
#pragma once

#include <adieu/options.hpp>

#include <string>
#include <vector>

namespace adieu::inline v1::protocol {

template <typename Head>
struct written_head {
  std::string line;
  header_list fields;

  Head& set(const std::string& name, const std::string& value) {
    return drop(name).add(name, value);
  }
  Head& add(const std::string& name, const std::string& value) {
    fields.emplace_back(name, value);
    return static_cast<Head&>(*this);
  }
  Head& drop(const std::string& name) {
    std::erase_if(fields, [&](const auto& f) { return f.first == name; });
    return static_cast<Head&>(*this);
  }
  std::string bytes() const {
    std::string all = line + "\r\n";
    for (const auto& [name, value] : fields) all += name + ": " + value + "\r\n";
    return all + "\r\n";
  }
};

}  // namespace adieu::inline v1::protocol
