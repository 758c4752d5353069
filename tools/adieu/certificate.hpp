// Certificates made on the spot, for demonstrations and tests: nothing secret is stored anywhere,
// and nothing expires in the tree. Knows no connection.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

struct x509_st;
struct evp_pkey_st;

namespace adieu::tool {

struct certificate_wishes {
  std::string subject                = {};  // its common name
  std::vector<std::string> names     = {};  // dNSName
  std::vector<std::string> addresses = {};  // iPAddress
  bool authority                     = false;
  // From now.
  std::chrono::seconds begins = std::chrono::hours(-24);
  std::chrono::seconds ends   = std::chrono::hours(24);
};

/// A certificate and its key (P-256).
class certificate {
 public:
  /// Signed by its own key.
  explicit certificate(const certificate_wishes& wishes) : certificate(wishes, nullptr) {}
  certificate(const certificate_wishes& wishes, const certificate& issuer)
      : certificate(wishes, &issuer) {}

  std::string pem() const;
  std::string key_pem() const;

 private:
  struct freed {
    void operator()(x509_st* owned) const noexcept;
    void operator()(evp_pkey_st* owned) const noexcept;
  };
  certificate(const certificate_wishes& wishes, const certificate* issuer);
  void add_extension(const certificate& issuer, int what, const std::string& value);

  std::unique_ptr<evp_pkey_st, freed> key_;
  std::unique_ptr<x509_st, freed> x509_;
};

}  // namespace adieu::tool
