// X.509 by way of libcrypto.
#include "certificate.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace adieu::tool {
namespace {

template <typename T>
T must(T result) {
  if (!result) throw std::runtime_error("OpenSSL cannot make a certificate");
  return result;
}

template <typename Write>
std::string text_of(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> to(must(BIO_new(BIO_s_mem())), BIO_free);
  must(write(to.get()));
  char* text      = nullptr;
  const long size = BIO_get_mem_data(to.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

void certificate::freed::operator()(X509* owned) const noexcept { X509_free(owned); }
void certificate::freed::operator()(EVP_PKEY* owned) const noexcept { EVP_PKEY_free(owned); }

certificate::certificate(const certificate_wishes& wishes, const certificate* issuer)
    : key_(must(EVP_EC_gen("P-256"))), x509_(must(X509_new())) {
  X509* const made         = x509_.get();
  const certificate& above = issuer ? *issuer : *this;
  std::uint64_t serial     = 0;
  must(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial >> 1);
  X509_set_version(made, X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(made), static_cast<long>(wishes.begins.count()));
  X509_gmtime_adj(X509_getm_notAfter(made), static_cast<long>(wishes.ends.count()));
  X509_set_pubkey(made, key_.get());
  const auto* const subject = reinterpret_cast<const unsigned char*>(wishes.subject.c_str());
  if (!wishes.subject.empty())
    must(X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8, subject, -1,
                                    -1, 0));
  X509_set_issuer_name(made, X509_get_subject_name(above.x509_.get()));

  add_extension(above, NID_basic_constraints,
                wishes.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(above, NID_subject_key_identifier, "hash");
  if (wishes.authority) add_extension(above, NID_key_usage, "critical,keyCertSign,cRLSign");
  std::string others;
  for (const auto& name : wishes.names) others += ",DNS:" + name;
  for (const auto& address : wishes.addresses) others += ",IP:" + address;
  if (!others.empty()) add_extension(above, NID_subject_alt_name, others.substr(1));
  must(X509_sign(made, above.key_.get(), EVP_sha256()));
}

void certificate::add_extension(const certificate& issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer.x509_.get(), x509_.get(), nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      must(X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str())), X509_EXTENSION_free);
  must(X509_add_ext(x509_.get(), extension.get(), -1));
}

std::string certificate::pem() const {
  return text_of([&](BIO* to) { return PEM_write_bio_X509(to, x509_.get()); });
}

std::string certificate::key_pem() const {
  return text_of([&](BIO* to) {
    return PEM_write_bio_PrivateKey(to, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

}  // namespace adieu::tool
