// The one table of settings. A name is section.name; `choices` of a number, size or duration is min..max.
// {storage.data_dir} in a default stands for that setting's value.
#include "kgrca/core/settings.h"

namespace kgrca::core {

const std::vector<SettingSpec>& setting_table() {
  using enum SettingKind;
  static const std::vector<SettingSpec> table{
      {"server.listen", text, "127.0.0.1:8080", "", "Address and port of the plain HTTP listener; empty for none."},
      {"server.tls_listen", text, "", "", "Address and port of the HTTPS listener; empty for none."},
      {"server.tls_certificate", path, "", "", "PEM file with the certificate chain of the HTTPS listener.", false, true},
      {"server.tls_key", path, "", "", "PEM file with the private key of the HTTPS listener.", false, true},
      {"server.io_threads", integer, "2", "1..64", "Threads that read and write sockets."},
      {"server.work_threads", integer, "0", "0..256", "Threads that decode requests, and as many for queries; 0: one per core."},
      {"server.max_connections", integer, "4096", "1..1000000", "Open connections; further ones are answered 503 and closed.", false, true},

      {"storage.data_dir", path, "/var/lib/kgrca", "", "Folder of the store; KGRCA_DATA_DIR sets it too."},
      {"storage.databases", integer, "0", "0..16",
       "Databases of a new store, fixed once it is made; 0 means one per core, at most 16."},
      {"storage.reserve_bytes", bytes, "2GiB", "1MiB..1TiB",
       "Free space below which nothing is stored any more; 5 % of the volume when that is more."},
      {"storage.backup_dir", path, "", "", "Folder of the backups, on another volume; empty: none are taken."},
      {"storage.backup_keep", integer, "7", "0..10000", "Newest backups that stay; 0: all."},
      {"storage.backup_bytes_per_second", bytes, "64MiB", "1MiB..16GiB", "What a backup may read and write in a second."},
      {"storage.wal_bytes", bytes, "256MiB", "8MiB..16GiB", "Write-ahead logs of all databases together; bounds the replay at start."},
      {"storage.accept_loss", boolean, "false", "",
       "Start although damage took acknowledged writes, without them; else serve refuses and changes nothing."},

      {"memory.limit", bytes, "768MiB", "192MiB..1TiB",
       "Memory of caches, write buffers, graphs of loaded tenants and queues together; give the process a third more."},

      {"ingest.native_body_bytes", bytes, "5MiB", "64KiB..64MiB", "Largest body of the native endpoints, after decompression.",
       false, true},
      {"ingest.otlp_body_bytes", bytes, "64MiB", "64KiB..64MiB", "Largest body of the OTLP endpoints, after decompression.",
       false, true},
      {"ingest.tenant_queue_bytes", bytes, "16MiB", "1MiB..1GiB", "Bytes of one tenant that may wait for its lane.", false, true},
      {"ingest.tenant_queue_records", integer, "50000", "1000..10000000", "Records of one tenant that may wait for its lane.", false, true},
      {"ingest.queue_bytes", bytes, "256MiB", "1MiB..64GiB", "Bytes of all tenants together that may wait.", false, true},

      {"engine.resources_max", integer, "200000", "1000..10000000",
       "Live resources of one tenant; beyond it the longest unused ones are dropped and counted.", false, true},
      {"engine.checkpoint_interval", duration, "60s", "1s..1h", "Stream time between checkpoints of a tenant's engine state.", false, true},
      {"engine.evict_after", duration, "15m", "1m..7d", "A tenant untouched for this long is checkpointed and leaves memory.", false, true},

      {"auth.pepper_file", path, "{storage.data_dir}/pepper", "",
       "File with the 32 secret bytes behind all API keys; made with mode 0600 when absent."},
      {"auth.bootstrap_key", text, "", "",
       "Platform key that works from the first start on; empty makes a random one when the store is created.", true},

      {"mask.patterns", list, "", "", "Up to 64 further RE2 patterns whose matches are masked in event and log text.", false, true},
      {"config.dir", path, "", "", "Folder whose taxonomy.yaml, rules.yaml and advice.yaml replace the built-in ones.", false,
       true},

      {"log.level", choice, "info", "debug|info|warning|error", "Least severe level that is logged.", false, true},
      {"log.format", choice, "json", "json|logfmt", "Form of a log line.", false, true},
  };
  return table;
}

}  // namespace kgrca::core
