// Writing heads into one string. It does not know which fields a WebSocket opening needs.
#include "http/write_head.hpp"

#include <algorithm>

#include "http/characters.hpp"

namespace adieu::inline v1::http {
namespace {

bool may_be_written(const fields& headers) {
  return std::all_of(headers.begin(), headers.end(),
                     [](const field& f) { return is_token(f.name) && is_field_value(f.value); });
}

void append_field(std::string& to, std::string_view name, std::string_view value) {
  to.append(name).append(": ").append(value).append("\r\n");
}

bool has_content(unsigned status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

bool is_token(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), is_token_char);
}

bool is_field_value(std::string_view s) {
  if (s.empty()) return true;
  return !is_blank(s.front()) && !is_blank(s.back()) &&
         std::all_of(s.begin(), s.end(), is_value_char);
}

bool is_request_target(std::string_view s) {
  return !s.empty() && s.front() == '/' && std::all_of(s.begin(), s.end(), is_target_char);
}

std::string write_request(std::string_view target, const fields& headers) {
  if (!is_request_target(target) || !may_be_written(headers)) return {};
  std::string head;
  head.append("GET ").append(target).append(" HTTP/1.1\r\n");
  for (const field& f : headers) append_field(head, f.name, f.value);
  head.append("\r\n");
  return head;
}

std::string write_response(unsigned status, const fields& headers, std::string_view body,
                           content how) {
  if (status < 100 || status > 599 || !may_be_written(headers)) return {};
  if (headers.count("Content-Length") != 0 || headers.count("Transfer-Encoding") != 0) return {};
  // A 205 may not bring content, although its length is told [RFC 9110 15.3.6].
  if (!body.empty() && (!has_content(status) || status == 205)) return {};

  std::string message;
  message.append("HTTP/1.1 ").append(std::to_string(status)).append(" ");
  message.append(status_text(status)).append("\r\n");
  for (const field& f : headers) append_field(message, f.name, f.value);
  if (has_content(status) && how != content::left_out)
    append_field(message, "Content-Length", std::to_string(body.size()));
  message.append("\r\n");
  return how == content::sent ? message.append(body) : message;
}

const char* status_text(unsigned status) {
  // clang-format off
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 102: return "Processing";
    case 103: return "Early Hints";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 203: return "Non-Authoritative Information";
    case 204: return "No Content";
    case 205: return "Reset Content";
    case 206: return "Partial Content";
    case 207: return "Multi-Status";
    case 208: return "Already Reported";
    case 226: return "IM Used";
    case 300: return "Multiple Choices";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 305: return "Use Proxy";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 424: return "Failed Dependency";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 506: return "Variant Also Negotiates";
    case 507: return "Insufficient Storage";
    case 508: return "Loop Detected";
    case 511: return "Network Authentication Required";
    default:  return "";
  }
  // clang-format on
}

}  // namespace adieu::inline v1::http
