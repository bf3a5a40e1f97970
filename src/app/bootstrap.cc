#include "app/bootstrap.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "kgrca/core/strings.h"

namespace kgrca::app {
namespace {

using core::Scope;

constexpr std::uint8_t scopes(std::initializer_list<Scope> list) {
  std::uint8_t bits = 0;
  for (const Scope scope : list) bits = static_cast<std::uint8_t>(bits | static_cast<std::uint8_t>(scope));
  return bits;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

core::Status system_error(std::string_view what, const std::string& path) {
  return core::failed_precondition(core::cat(what, " ", path, ": ", std::strerror(errno)));
}

core::Status make_key(tenancy::Tenancy& tenancy, core::TenantNumber tenant, std::uint8_t key_scopes, std::string_view label,
                      const std::string& path) {
  KGRCA_ASSIGN_OR_RETURN(const tenancy::NewApiKey key, tenancy.create_key(tenant, key_scopes, label));
  return write_secret_file(path, core::cat(key.secret_text, "\n"));
}

core::Status make_tenant(tenancy::Tenancy& tenancy, std::string_view name, const std::string& key_file) {
  std::optional<tenancy::Tenant> tenant = tenancy.find(name);
  if (tenant && exists(key_file)) return core::ok_status();
  if (!tenant) {
    KGRCA_ASSIGN_OR_RETURN(tenant, tenancy.create_tenant(name));  // a file that lies there holds the key of a deleted one
  }
  return make_key(tenancy, tenant->number, scopes({Scope::ingest, Scope::read}), "made at the first start", key_file);
}

}  // namespace

core::Status write_secret_file(const std::string& path, std::string_view text) {
  const std::string fresh = core::cat(path, ".new");
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) return system_error("cannot write", fresh);
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  ::close(file);
  if (!written || ::rename(fresh.c_str(), path.c_str()) != 0) return system_error("cannot write", path);
  return core::ok_status();
}

core::Status bootstrap(tenancy::Tenancy& tenancy, const std::string& data_dir, const std::string& given_key, bool demo) {
  const std::uint8_t everything = scopes({Scope::ingest, Scope::read, Scope::admin, Scope::platform});
  if (!given_key.empty()) {
    const core::Status taken = tenancy.import_key(core::trim(given_key), core::operator_tenant, everything, "given by auth.bootstrap_key");
    if (!taken.ok()) return core::with_context(taken, "auth.bootstrap_key");
  }
  const std::string admin_key = core::cat(data_dir, "/admin.key");
  if (!exists(admin_key)) {
    KGRCA_RETURN_IF_ERROR(make_key(tenancy, core::operator_tenant, everything, "operator, made at the first start", admin_key));
  }
  const std::string default_key = core::cat(data_dir, "/default.key");
  const bool deleted = exists(default_key) && !tenancy.find("default");  // it does not come back by itself
  if (!deleted) KGRCA_RETURN_IF_ERROR(make_tenant(tenancy, "default", default_key));
  return demo ? make_tenant(tenancy, "demo", core::cat(data_dir, "/demo.key")) : core::ok_status();
}

core::Status write_client_file(const std::string& data_dir, const std::string& url, const std::string& key_file) {
  std::ifstream in(key_file);
  const std::string key((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in && key.empty()) return core::not_found(core::cat("cannot read ", key_file));
  return write_secret_file(core::cat(data_dir, "/client.yaml"), core::cat("url: ", url, "\nkey: ", core::trim(key), "\n"));
}

}  // namespace kgrca::app
