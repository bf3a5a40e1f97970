#pragma once

#include <string>

#include "kgrca/net/server.h"
#include "kgrca/tenancy/tenancy.h"

namespace kgrca::app {

// Who asks, from the key alone. X-Scope-OrgID may only repeat the key's tenant. A 401 says where a key lies and how to
// send it.
net::Authenticate make_authenticate(const tenancy::Tenancy& tenancy, std::string data_dir, std::string url);

}  // namespace kgrca::app
