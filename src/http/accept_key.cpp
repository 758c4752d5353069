// SHA-1 and base64 are libcrypto's. SHA-1 protects nothing here; it only shows that the server read
// the key.
#include "http/accept_key.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdlib>

#include "http/characters.hpp"

namespace adieu::inline v1::http {
namespace {

constexpr std::string_view opening_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string base64(const unsigned char* bytes, std::size_t size) {
  // EVP_EncodeBlock also writes a NUL, into the place the string keeps for one.
  std::string text(4 * ((size + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
  return text;
}

bool is_base64_char(char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '/'; }

}  // namespace

std::string encode_key(const std::array<std::byte, 16>& bytes) {
  return base64(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

bool is_opening_key(std::string_view key) {
  return key.size() == 24 && key.ends_with("==") &&
         std::all_of(key.begin(), key.begin() + 22, is_base64_char);
}

std::string accept_key(std::string_view key) {
  const std::string text = std::string(key).append(opening_guid);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  // It fails only without memory or in a libcrypto that was built without SHA-1. An answer that is
  // not the hash must never be compared with what a peer sent.
  if (SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data()) ==
      nullptr) {
    std::abort();
  }
  return base64(digest.data(), digest.size());
}

}  // namespace adieu::inline v1::http
