// What the settings mean for the rooms of a server.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "app/memory_shares.h"
#include "kgrca/api/advice.h"
#include "kgrca/core/settings.h"
#include "kgrca/model/taxonomy.h"
#include "kgrca/net/server.h"
#include "kgrca/pipeline/pipeline.h"
#include "kgrca/rca/rules.h"
#include "kgrca/store/backup.h"

namespace kgrca::app {

// The data files, from config.dir or embedded.
struct DataFiles {
  std::shared_ptr<const model::Taxonomy> taxonomy;
  std::shared_ptr<const rca::Rules> rules;
  std::shared_ptr<const api::Advice> advice;
  std::map<std::string, std::uint64_t> digests;  // by file name; of the text, 0 for the embedded one
};
// A file that is not there is the embedded one; a folder that is not there is an error. Errors name the file and the line.
core::StatusOr<DataFiles> load_data_files(const std::string& config_dir);

pipeline::PipelineOptions pipeline_options(const core::Settings& settings, const DataFiles& data, const MemoryShares& memory);
net::ServerOptions server_options(const core::Settings& settings);
store::BackupOptions backup_options(const core::Settings& settings);
void apply_log_settings(const core::Settings& settings);

}  // namespace kgrca::app
