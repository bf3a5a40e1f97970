// One connection's byte stream, plain or TLS. Asio stays behind it, so a session can be tested on any split of its input.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace kgrca::net {

// All calls come on the connection's io thread.
class TransportUser {
 public:
  virtual ~TransportUser() = default;
  virtual void on_ready(bool ok) = 0;           // after start()
  virtual void on_read(std::size_t size) = 0;   // 0: the peer closed or the connection failed
  virtual void on_written(bool ok) = 0;
};

// At most one read and one write at a time; the memory passed in must live until the answer. The answer keeps `user` alive
// and never comes from inside the call.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual void start(std::shared_ptr<TransportUser> user) = 0;  // TLS handshake
  virtual void read(std::shared_ptr<TransportUser> user, char* data, std::size_t size) = 0;
  virtual void write(std::shared_ptr<TransportUser> user, std::string_view data) = 0;  // all of it
  // No more writes will follow. True: on_read(0) follows once the peer knows.
  virtual bool finish_sending(std::shared_ptr<TransportUser> user, bool unread_input) = 0;
  virtual void close() = 0;  // pending answers come as failures
};

}  // namespace kgrca::net
