// Files read by OpenSSL, its complaints made into sentences.
#include "tls_files.hpp"

#include "arguments.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace adieu::tool {
namespace {

namespace ssl = boost::asio::ssl;

struct named_file {
  const char* option;
  const std::string& path;

  [[noreturn]] void refuse(const std::string& why) const {
    throw CLI::ValidationError(option, fmt::format("{}: {}", quote(path), why));
  }
  template <typename Load>
  void read(const char* what, Load load) const {
    if (!std::ifstream(path)) refuse(std::strerror(errno));
    boost::system::error_code failed;
    load(failed);
    if (failed) refuse(fmt::format("no {} in PEM form in it ({})", what, failed.message()));
  }
};

void show(ssl::context& context, const named_file& certificate, const named_file& key) {
  certificate.read("certificate", [&](auto& failed) {
    context.use_certificate_chain_file(certificate.path, failed);
  });
  key.read("private key", [&](auto& failed) {
    context.use_private_key_file(key.path, ssl::context::pem, failed);
    // What OpenSSL says to a key of another certificate.
    if (failed && SSL_CTX_get0_certificate(context.native_handle()) &&
        std::strstr(failed.message().c_str(), "mismatch"))
      key.refuse("it is not the key of the certificate in " + quote(certificate.path));
  });
}

}  // namespace

std::shared_ptr<ssl::context> server_tls(const std::string& certificate, const std::string& key) {
  if (certificate.empty() && key.empty()) return nullptr;
  if (certificate.empty())
    throw CLI::ValidationError("--tls-key", "a key without --tls-cert proves nothing");
  auto made = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(made->native_handle(), TLS1_2_VERSION);
  show(*made, {"--tls-cert", certificate},
       {key.empty() ? "--tls-cert" : "--tls-key", key.empty() ? certificate : key});
  return made;
}

std::shared_ptr<ssl::context> client_tls(const std::string& authorities,
                                         const std::string& certificate, const std::string& key) {
  if (authorities.empty() && certificate.empty() && key.empty()) return nullptr;
  if (certificate.empty() && !key.empty())
    throw CLI::ValidationError("--key", "a key without --cert proves nothing");
  auto made = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(made->native_handle(), TLS1_2_VERSION);
  if (authorities.empty()) {
    made->set_default_verify_paths();
  } else {
    const named_file file{"--cacert", authorities};
    file.read("certificate", [&](auto& failed) { made->load_verify_file(authorities, failed); });
  }
  if (!certificate.empty())
    show(*made, {"--cert", certificate},
         {key.empty() ? "--cert" : "--key", key.empty() ? certificate : key});
  return made;
}

}  // namespace adieu::tool
