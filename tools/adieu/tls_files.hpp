// Contexts for TLS from the files that the command line names. A file that cannot be used throws
// CLI::ValidationError with a line that says which and why. Knows no connection.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace adieu::tool {

/// What one shows, in files; "": not named. Without a file for the key it is in that of the
/// certificate. An encrypted key's pass phrase is the first line of `pass_phrase`; without that
/// file it is asked for on the terminal.
struct identity_files {
  std::string certificate = {};  // PEM, with the chain up to an authority
  std::string key         = {};
  std::string pass_phrase = {};
};

/// A server's; null if nothing is named.
std::shared_ptr<boost::asio::ssl::context> server_tls(const identity_files& shown);

/// A client's: whom to trust instead of the system's authorities, and what to show; null if nothing
/// is named.
std::shared_ptr<boost::asio::ssl::context> client_tls(const std::string& authorities,
                                                      const identity_files& shown);

}  // namespace adieu::tool
