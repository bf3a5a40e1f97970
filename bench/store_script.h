// The writes of a lane, made beforehand: what one thread gives to one database, batch by batch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kgrca/store/keys.h"

namespace kgrca::bench {

struct Write {
  store::Key key;
  std::string value;
  std::int64_t amount = 0;  // of a counter; 0: a put
};
using Script = std::vector<std::vector<Write>>;

// For each event an ordered record of 300 bytes, for each resource of a batch an index key (about 0.4 of the events), for 16 %
// severity and reason keys, and two keys per batch. Equal seeds give equal scripts.
Script make_script(std::uint64_t events, std::uint64_t per_batch, std::uint64_t seed);

std::uint64_t keys_in(const Script& script);

}  // namespace kgrca::bench
