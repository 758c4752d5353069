// What to do after an ending: the close event tells who ended it and why, so that a program need not
// guess. Prints its decision; a program of yours would carry it out.
//
//     close_event ws://127.0.0.1:9001/close/1008
#include <adieu/adieu.hpp>
#include <boost/asio/io_context.hpp>

#include <iostream>
#include <string>

std::string decide(const adieu::close_event& event) {
  if (event.unsent_messages > 0) return "send again what the peer has not got, on a new connection";
  switch (event.cause) {
    case adieu::cause::completed: break;  // both said goodbye: the code tells
    case adieu::cause::refused:
      return event.http_status == 503 ? "come back later" : "ask a person: the server refuses us";
    case adieu::cause::peer_vanished:
    case adieu::cause::reset:
    case adieu::cause::keepalive_timed_out:
    case adieu::cause::unreachable: return "come back, after a random pause";
    case adieu::cause::terminated:
    case adieu::cause::abandoned: return "nothing: we wanted it so";
    default: return "look into it: " + explain(event);
  }
  if (event.initiator == adieu::initiator::local) return "nothing: we are done";
  switch (adieu::close_code(event.code)) {
    case adieu::close_code::normal: return "nothing: the peer is done";
    case adieu::close_code::going_away:
    case adieu::close_code::service_restart:
    case adieu::close_code::try_again_later: return "come back, after a random pause";
    case adieu::close_code::policy_violation:
    case adieu::close_code::unauthorized: return "get a new token first";
    default: return "stop: the peer says " + std::to_string(event.code) + " " + event.reason;
  }
}

int main(int argc, char* argv[]) {
  if (argc != 2) {
    std::cerr << "usage: close_event URL\n";
    return 2;
  }
  boost::asio::io_context io;
  adieu::websocket ws(io, argv[1], {
      .on_close = [](adieu::websocket&, const adieu::close_event& event) {
        std::cout << explain(event) << "\n-> " << decide(event) << '\n';
      },
  });
  io.run();
}
