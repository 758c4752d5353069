// The sentences. What the peer sent is never repeated in one.
#include "http/head_fault.hpp"

namespace adieu::inline v1::http {

std::string_view request_fault_text(head_fault fault) {
  switch (fault) {
    case head_fault::none:
    case head_fault::status_line:
    case head_fault::not_http: break;
    case head_fault::tls: return "a client spoke TLS: this server does not, it has to use ws://";
    case head_fault::http2:
      return "a client spoke HTTP/2: this server speaks HTTP/1.1 only, it has to use that";
    case head_fault::ssh:
      return "a client spoke SSH: this is a WebSocket server, it has to use another port";
    case head_fault::proxy_protocol:
      return "a PROXY protocol header came instead of a request: this server was not told to "
             "expect the PROXY protocol, turn it off in the proxy";
    case head_fault::response:
      return "an HTTP response came instead of a request: a client has to send the request";
    case head_fault::empty_lines:
      return "more than one empty line came before the request: send none";
    case head_fault::request_line:
      return "the first line is not that of a request: write GET /path HTTP/1.1, with single "
             "blanks and those capitals";
    case head_fault::target:
      return "the request's target is neither a path nor an http or ws URL with a host: begin it "
             "with a slash, and percent-encode what is not ASCII, blanks, quotes, < > and #";
    case head_fault::no_version:
      return "the request names no HTTP version, as before HTTP/1.0: write GET /path HTTP/1.1";
    case head_fault::version:
      return "the request's HTTP version is neither 1.0 nor 1.1: send HTTP/1.1";
    case head_fault::bare_cr:
      return "a CR stands without an LF behind it: end each line of the head in CR LF, and take "
             "the CR out of values";
    case head_fault::bare_lf: return "a line of the head ends in LF alone: end each in CR LF";
    case head_fault::blank_line_start:
      return "a blank stands before the first header field: take it out";
    case head_fault::folded: return "a header field is folded over several lines: write it in one";
    case head_fault::no_colon: return "a line of the head has no colon: write Name: value";
    case head_fault::blank_in_name:
      return "a blank stands in a header field's name or before its colon: take it out";
    case head_fault::name:
      return "a header field's name is empty or has a character that no name may have: use "
             "letters, digits and hyphens";
    case head_fault::value:
      return "a header field's value has a control character: take it out or percent-encode it";
    case head_fault::no_host:
      return "there is no Host field: send one with the URL's host and port";
    case head_fault::many_hosts: return "there is more than one Host field: send one";
    case head_fault::bad_host:
      return "the Host field is not a host, with or without a port: send the URL's host and port";
    case head_fault::content_length:
      return "Content-Length is not one number: an opening has no body, leave it out";
    case head_fault::transfer_encoding:
      return "Transfer-Encoding does not end in a single chunked, or stands where it may not: an "
             "opening has no body, leave it out";
    case head_fault::connection:
      return "Connection is not a list of tokens: send Connection: Upgrade";
  }
  return "what came is not an HTTP request: begin with a line such as GET /path HTTP/1.1";
}

std::string_view response_fault_text(head_fault fault) {
  switch (fault) {
    case head_fault::tls: return "the server speaks TLS: use wss:// instead of ws://";
    case head_fault::version:
      return "the answer's HTTP version is neither 1.0 nor 1.1: the server has to speak HTTP/1.1";
    case head_fault::status_line:
      return "the answer's first line has no status from 100 to 599: the server has to be mended";
    case head_fault::bare_cr:
      return "a CR stands without an LF in the answer's head: the server has to be mended";
    case head_fault::blank_line_start:
      return "a blank stands before the answer's first field: the server has to be mended";
    case head_fault::no_colon:
      return "a line of the answer's head has no colon: the server has to be mended";
    case head_fault::blank_in_name:
      return "a blank stands in the name of a field of the answer, or before its colon: the server "
             "has to be mended";
    case head_fault::name:
      return "a field of the answer has no name, or one that cannot be: the server has to be "
             "mended";
    case head_fault::value:
      return "the answer's head has a control character: the server has to be mended";
    case head_fault::content_length:
      return "the answer's Content-Length is not one number: the server has to be mended";
    case head_fault::transfer_encoding:
      return "the answer's Transfer-Encoding cannot be: the server has to be mended";
    case head_fault::connection:
      return "the answer's Connection is not a list of tokens: the server has to be mended";
    default:
      return "the answer is not HTTP/1.1: look whether a WebSocket server listens at that host and "
             "port";
  }
}

}  // namespace adieu::inline v1::http
