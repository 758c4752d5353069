// Contexts for TLS from the files that the command line names. A file that cannot be used throws
// CLI::ValidationError with a line that says which and why. Knows no connection.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace adieu::tool {

/// A server's: its certificate (PEM, with the chain up to an authority) and its key; null if
/// neither is named. Without a key's file the key is in the certificate's.
std::shared_ptr<boost::asio::ssl::context> server_tls(const std::string& certificate,
                                                      const std::string& key);

/// A client's: whom to trust instead of the system's authorities, and what to show; null if nothing
/// is named.
std::shared_ptr<boost::asio::ssl::context> client_tls(const std::string& authorities,
                                                      const std::string& certificate,
                                                      const std::string& key);

}  // namespace adieu::tool
