// Files read by OpenSSL, its complaints made into sentences.
#include "tls_files.hpp"

#include "arguments.hpp"
#include "secret.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <optional>
#include <system_error>

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

struct identity_options {
  const char* certificate;
  const char* key;
  const char* pass_phrase;
};
constexpr identity_options of_server{"--tls-cert", "--tls-key", "--tls-key-pass"};
constexpr identity_options of_client{"--cert", "--key", "--key-pass"};

// What opens an encrypted key. OpenSSL asks for it once it has seen that the key is encrypted; left
// to itself it would ask on the terminal, or read what stands in its place.
class pass_phrase {
 public:
  pass_phrase(named_file key, named_file from) : key_(key), from_(from) {
    if (from_.path.empty()) return;
    try {
      text_ = first_line_of(from_.path);
    } catch (const std::system_error& failed) {
      from_.refuse(failed.code().message());
    }
    if (text_->empty()) from_.refuse("its first line is empty, a pass phrase is not");
    if (text_->size() > longest_secret)
      from_.refuse(fmt::format("its first line is longer than {} bytes", longest_secret));
  }

  pass_phrase(const pass_phrase&)            = delete;
  pass_phrase& operator=(const pass_phrase&) = delete;
  // Asio's context takes what is left there for its own, and frees it.
  ~pass_phrase() {
    if (given_to_) SSL_CTX_set_default_passwd_cb_userdata(given_to_, nullptr);
  }

  void give_to(ssl::context& context) {
    given_to_ = context.native_handle();
    SSL_CTX_set_default_passwd_cb(given_to_, give);
    SSL_CTX_set_default_passwd_cb_userdata(given_to_, this);
  }
  bool was_needed() const noexcept { return needed_; }
  [[noreturn]] void refuse_key(const std::string& openssl_says) const {
    if (!text_)
      key_.refuse(
          fmt::format("it is encrypted: {} FILE gives the pass phrase, and there is no "
                      "terminal to ask for it",
                      from_.option));
    if (text_->empty()) key_.refuse("it is encrypted, and no pass phrase was typed");
    key_.refuse(fmt::format("it is encrypted, and {} does not open it ({})",
                            from_.path.empty() ? "the pass phrase that was typed"
                                               : "the pass phrase in " + quote(from_.path),
                            openssl_says));
  }

 private:
  static int give(char* to, int size, int, void* from) noexcept {
    auto& self = *static_cast<pass_phrase*>(from);
    try {  // nothing is thrown through OpenSSL
      if (!self.needed_ && self.from_.path.empty())
        self.text_ = ask_on_terminal(fmt::format("Pass phrase of {}: ", quote(self.key_.path)));
    } catch (const std::exception&) {
      return -1;
    }
    self.needed_ = true;
    if (!self.text_ || self.text_->empty() || self.text_->size() > static_cast<std::size_t>(size))
      return -1;
    std::copy(self.text_->begin(), self.text_->end(), to);
    return static_cast<int>(self.text_->size());
  }

  named_file key_;
  named_file from_;
  std::optional<std::string> text_;
  bool needed_       = false;
  SSL_CTX* given_to_ = nullptr;
};

// Certificates are not secret.
int give_nothing(char*, int, int, void*) noexcept { return -1; }

void check(const identity_files& shown, const identity_options& options) {
  if (!shown.certificate.empty()) return;
  if (!shown.key.empty())
    throw CLI::ValidationError(options.key,
                               fmt::format("a key without {} proves nothing", options.certificate));
  if (!shown.pass_phrase.empty())
    throw CLI::ValidationError(options.pass_phrase,
                               fmt::format("it is for a key, and no {} is given", options.key));
}

void show(ssl::context& context, const identity_files& shown, const identity_options& options) {
  SSL_CTX_set_default_passwd_cb(context.native_handle(), give_nothing);
  const named_file certificate{options.certificate, shown.certificate};
  const named_file key = shown.key.empty() ? certificate : named_file{options.key, shown.key};
  certificate.read("certificate", [&](auto& failed) {
    context.use_certificate_chain_file(certificate.path, failed);
  });
  pass_phrase opened_with(key, {options.pass_phrase, shown.pass_phrase});
  opened_with.give_to(context);
  key.read("private key", [&](auto& failed) {
    context.use_private_key_file(key.path, ssl::context::pem, failed);
    if (!failed) return;
    // What OpenSSL says to a key of another certificate.
    if (std::strstr(failed.message().c_str(), "mismatch"))
      key.refuse("it is not the key of the certificate in " + quote(certificate.path));
    if (opened_with.was_needed()) opened_with.refuse_key(failed.message());
  });
  SSL_CTX_set_default_passwd_cb(context.native_handle(), give_nothing);
}

}  // namespace

std::shared_ptr<ssl::context> server_tls(const identity_files& shown) {
  check(shown, of_server);
  if (shown.certificate.empty()) return nullptr;
  auto made = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(made->native_handle(), TLS1_2_VERSION);
  show(*made, shown, of_server);
  return made;
}

std::shared_ptr<ssl::context> client_tls(const std::string& authorities,
                                         const identity_files& shown) {
  check(shown, of_client);
  if (authorities.empty() && shown.certificate.empty()) return nullptr;
  auto made = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(made->native_handle(), TLS1_2_VERSION);
  if (authorities.empty()) {
    made->set_default_verify_paths();
  } else {
    const named_file file{"--cacert", authorities};
    file.read("certificate", [&](auto& failed) { made->load_verify_file(authorities, failed); });
  }
  if (!shown.certificate.empty()) show(*made, shown, of_client);
  return made;
}

}  // namespace adieu::tool
