#include "tests/unit/net/raw.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "kgrca/net/client.h"

namespace kgrca::net::testing {
namespace {

// A folder with a self-signed certificate; gone at the end.
class Certificate {
 public:
  explicit Certificate(const std::string& names = "DNS:localhost,IP:127.0.0.1") {
    std::string pattern = (std::filesystem::temp_directory_path() / "kgrca-net-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    renew(names);
  }
  ~Certificate() { std::filesystem::remove_all(folder_); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  void renew(const std::string& names) const {
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    const std::string common = "kgrca test";
    X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate, key, EVP_sha256());
    std::FILE* out = std::fopen(file().c_str(), "w");
    PEM_write_X509(out, certificate);
    std::fclose(out);
    out = std::fopen(key_file().c_str(), "w");
    PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }

  std::string file() const { return folder_ + "/cert.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }

 private:
  std::string folder_;
};

std::function<void(ServerOptions&)> with(const Certificate& certificate) {
  return [&certificate](ServerOptions& options) {
    options.tls_listen = "127.0.0.1:0";
    options.tls_certificate_file = certificate.file();
    options.tls_key_file = certificate.key_file();
  };
}

core::StatusOr<Response> get(const std::string& url, const std::string& ca_file, bool verify = true) {
  ClientOptions options;
  options.url = url;
  options.ca_file = ca_file;
  options.verify_tls = verify;
  options.timeout_ms = 5000;
  KGRCA_ASSIGN_OR_RETURN(Client client, Client::make(options));
  return client.send(Method::get, "/hello", {}, "");
}

}  // namespace

TEST_CASE("net: TLS carries requests, large bodies and keep-alive") {
  const Certificate certificate;
  TestServer server(with(certificate));
  ClientOptions options;
  options.url = core::cat("https://localhost:", server.server->tls_port());
  options.ca_file = certificate.file();
  auto client = Client::make(options);
  REQUIRE(client.ok());
  const std::string body(3 << 20, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto response = client->send(Method::post, "/echo", {}, body);
    INFO(core::message_of(response.status()));
    REQUIRE(response.ok());
    CHECK(response->status == 200);
    CHECK(response->body == body);
  }
  CHECK(has(server.metrics.expose(), "kgrca_http_connections 1"));
}

TEST_CASE("net: the client verifies chain and name unless told otherwise") {
  const Certificate certificate;
  const Certificate stranger("DNS:elsewhere.example");
  TestServer server(with(certificate));
  TestServer other(with(stranger));
  const std::string url = core::cat("https://127.0.0.1:", server.server->tls_port());
  CHECK(get(url, certificate.file()).ok());
  CHECK(get(url, stranger.file()).status().code() == absl::StatusCode::kUnavailable);
  const std::string wrong_name = core::cat("https://127.0.0.1:", other.server->tls_port());
  CHECK(get(wrong_name, stranger.file()).status().code() == absl::StatusCode::kUnavailable);
  CHECK(get(wrong_name, stranger.file(), false).ok());
  CHECK(get(url, "/does/not/exist").status().code() == absl::StatusCode::kInvalidArgument);
}

TEST_CASE("net: plain bytes on the TLS port end that connection only") {
  const Certificate certificate;
  TestServer server(with(certificate));
  RawSocket socket(server.server->tls_port());
  socket.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK_FALSE(has(socket.rest(), "hello"));
  CHECK(get(core::cat("https://127.0.0.1:", server.server->tls_port()), certificate.file()).ok());
  CHECK(get(core::cat("http://127.0.0.1:", server.server->tls_port()), "").status().code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("net: new certificates serve new connections and bad ones change nothing") {
  const Certificate certificate;
  TestServer server(with(certificate));
  const std::string url = core::cat("https://127.0.0.1:", server.server->tls_port());
  const std::string old_copy = certificate.file() + ".old";
  std::filesystem::copy_file(certificate.file(), old_copy);
  certificate.renew("IP:127.0.0.1");
  const auto reload = [&] {
    return server.server->reload({TestServer::standard_routes(), certificate.file(), certificate.key_file(), 100});
  };
  REQUIRE(reload().ok());
  CHECK(get(url, certificate.file()).ok());
  CHECK_FALSE(get(url, old_copy).ok());
  std::ofstream(certificate.key_file()) << "no key";
  const core::Status bad = reload();
  CHECK(bad.code() == absl::StatusCode::kInvalidArgument);
  CHECK(has(core::message_of(bad), certificate.key_file()));
  CHECK(get(url, certificate.file()).ok());
}

TEST_CASE("net: a server with unusable TLS files does not start") {
  core::Metrics metrics;
  ServerOptions options;
  options.listen.clear();
  options.tls_listen = "127.0.0.1:0";
  options.tls_certificate_file = "/does/not/exist";
  CHECK(Server::start(options, {}, TestServer::check_key, metrics).status().code() == absl::StatusCode::kInvalidArgument);
}

}  // namespace kgrca::net::testing
