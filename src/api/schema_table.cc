// Every answer and body of the API. A test compares real answers with these rows, member by member.
#include "api/schemas.h"

namespace kgrca::api {
namespace {

constexpr SchemaRow rows[] = {
    {"Problem", "", "type: string, title: string, status: integer, detail: string, instance?: string, code: string, request_id: string"},

    {"ResourceRef", "", "id: string, kind: string, namespace: string, name: string, cluster: string, display: string, uid?: string"},
    {"Resource", "ResourceRef",
     "stated: boolean, deleted: boolean, first_seen: time?, last_seen: time?, state_at: time?, labels: {string}, fields: {string},"
     "selector: {string}, addresses: [string]"},
    {"ResourceDetail", "Resource", "recent_events: [EventBrief], relationships: [Edge], relationships_truncated: boolean"},
    {"ResourcePage", "", "items: [Resource], next_cursor: string?"},
    {"Edge", "",
     "type: string, from: ResourceRef?, to: ResourceRef?, inferred: boolean, since: time?, until: time?"},
    {"TopologyNode", "", "resource: ResourceRef?, distance: integer"},
    {"Topology", "",
     "resource: ResourceRef?, at: time?, depth: integer, nodes: [TopologyNode], edges: [Edge], truncated: boolean"},
    {"Path", "",
     "from: ResourceRef?, to: ResourceRef?, at: time?, found: boolean, hops: integer?, nodes: [ResourceRef?], edges: [Edge],"
     "truncated: boolean"},
    {"TopologyDiff", "",
     "from: time?, to: time?, resource: ResourceRef?, resources_added: [ResourceRef?], resources_removed: [ResourceRef?],"
     "edges_added: [Edge], edges_removed: [Edge], truncated: boolean, next_cursor: string?"},
    {"TracedEvent", "EventBrief", "confidence: number, links: integer, hops: integer, link: Link"},
    {"HitResource", "", "resource: ResourceRef?, events: integer, confidence: number, links: integer, first: time?"},
    {"Causes", "", "event: EventBrief, causes: [TracedEvent], truncated: boolean"},
    {"Effects", "", "event: EventBrief, effects: [TracedEvent], resources: [HitResource], truncated: boolean"},

    {"FieldChange", "", "path: string, before: string, after: string"},
    {"EventBrief", "",
     "id: string, source_id: string, source: k8s.event|prom.alert|k8s.log|state.change|derived, time: time?,"
     "type: string, title: string, reason: string, message: string,"
     "severity: DEBUG|INFO|WARNING|ERROR|FATAL, resource: ResourceRef?"},
    {"Event", "EventBrief",
     "group?: string, related: [ResourceRef?], first: time?, last: time?, onset: time?, count: integer, resolved: boolean,"
     "late: boolean, time_clamped: boolean, component: string, changes: [FieldChange], attributes: {string}, ingested: time?"},
    {"EventDetail", "Event", "causes: [Link], effects: [Effect], incident: string?"},
    {"EventItem", "Event", "cause_count: integer, causes?: [Link], effects?: [Effect], incident?: string?"},
    {"EventPage", "", "items: [EventItem], next_cursor: string?"},
    {"LinkTerms", "",
     "base: number, pair: number, topology: number, lag: number, rarity: number, severity: number, specificity: number,"
     "competition: number"},
    {"Link", "",
     "cause: string, effect: string, confidence: number, raw: number, terms: LinkTerms, hops: integer, lag_seconds: number,"
     "path: string, rule: integer, provisional: boolean, inferred_topology: boolean, cause_expired?: boolean"},
    {"Effect", "", "effect: string, confidence: number"},

    {"SuspectBrief", "",
     "event: string?, confidence: number, coverage: number, inferred: boolean, resource_name: string, title: string, sentence: string"},
    {"Suspect", "SuspectBrief",
     "resource: ResourceRef?, source_id?: string, time?: time?, type?: string, message?: string, fields?: [FieldChange], path: [string]"},
    {"IncidentFacts", "",
     "id: string, aliases: [string], title: string, status: open|resolved|dissolved, severity: DEBUG|INFO|WARNING|ERROR|FATAL,"
     "started: time?, opened: time?,"
     "first_symptom: time?, last_activity: time?, resolved_at: time?, abstained: boolean, degraded: boolean, confidence: number,"
     "alerts: integer, records: integer, rules_version: integer"},
    {"IncidentBrief", "IncidentFacts", "root: SuspectBrief?, members: integer"},
    {"IncidentPage", "", "items: [IncidentBrief], next_cursor: string?"},
    {"Incident", "IncidentFacts",
     "hurt: ResourceRef?, roots: [Suspect], changes: [Suspect], ruled_out: [Suspect], recommendation: Recommendation?, dag: Dag,"
     "timeline: [IncidentEvent], blast_radius: [HurtResource], evidence: [Evidence], history: [RootHistory], counts: IncidentCounts"},
    {"IncidentEvent", "",
     "event: string, source_id: string, source: k8s.event|prom.alert|k8s.log|state.change|derived, time: time?,"
     "resource: ResourceRef?, type: string, title: string,"
     "severity: DEBUG|INFO|WARNING|ERROR|FATAL, message: string, count: integer, role: string, member: boolean"},
    {"Dag", "", "nodes: [IncidentEvent], edges: [Link]"},
    {"HurtResource", "", "resource: ResourceRef?, symptoms: integer"},
    {"Evidence", "Link", "sentence: string"},
    {"RootHistory", "", "at: time?, root: string?, confidence: number"},
    {"IncidentCounts", "",
     "members: integer, symptoms: integer, alerts: integer, records: integer, resources: integer, window_records: integer,"
     "window_left_out: integer, window_truncated: boolean, named_after_first_symptom_seconds: number?,"
     "named_before_first_alert_seconds: number?"},
    {"Recommendation", "", "command: string, risk: none|low|medium|high, why: string"},

    {"RcaRequest", "",
     "event_id: string, time_window_minutes?: integer, max_hops?: integer, min_confidence?: number, include_blast_radius?: boolean,"
     "include_timeline?: boolean"},
    {"PotentialCause", "EventBrief",
     "event_id: string, event_time: time?, subject: ResourceRef?, confidence: number, hops: integer, links: integer, via: string,"
     "lag_seconds: number, path: string, terms: LinkTerms, fields: [FieldChange], explanation: string"},
    {"AffectedResource", "", "resource: ResourceRef?, events: integer, confidence: number"},
    {"TimelineEvent", "EventBrief", "role: event|cause|effect"},
    {"RcaAnswer", "",
     "event: Event, subject: ResourceRef?, potential_causes: [PotentialCause], related_incident: IncidentBrief?,"
     "blast_radius?: [AffectedResource], timeline?: [TimelineEvent], recommendation: Recommendation?"},

    {"LinkCounts", "", "total: integer, by_confidence: {integer}, without_confidence: integer"},
    {"GraphCounts", "",
     "resources: integer, by_kind: {integer}, unstated_resources: integer, evicted_resources: integer, edges: integer,"
     "by_relation: {integer}, events: integer, by_severity: {integer}, event_types: {integer}, late_events: integer, links: LinkCounts"},
    {"StatusCounts", "", "total: integer, open: integer, by_status: {integer}, by_severity: {integer}"},
    {"Performance", "",
     "event_to_link_p50_ms: number, event_to_link_p99_ms: number, p99_ms: number, durable_p50_ms: number, durable_p99_ms: number"},
    {"SourceCounts", "", "protocol: string, records: integer, rejected: integer, last: time?"},
    {"Check", "", "name: string, ok: boolean, detail: string"},
    {"HealthReport", "", "status: string, detail: string, checks: [Check]"},
    {"Stats", "",
     "graph: GraphCounts, incidents: StatusCounts, performance: Performance, sources: [SourceCounts], usage: Usage,"
     "health: HealthReport,"
     "tenant: string, time: time, version: string"},

    {"Alive", "", "status: string, version: string, time: time"},
    {"Ready", "", "status: string, detail?: string"},
    {"Reloaded", "", "status: string, changed: [string], restart_needed: [string]"},

    {"WhoAmI", "", "tenant: string, key_id: string, scopes: [string], cluster: string, time: time"},
    {"NewTenant", "", "name: string, plan?: string"},
    {"Tenant", "", "name: string, number: integer, plan: string, created: time?, deleted: boolean"},
    {"Retention", "", "normal: string, warning: string, incidents: string, history: string"},
    {"NewRetention", "", "normal?: string, warning?: string, incidents?: string, history?: string"},
    {"Deletion", "", "name: string, number: integer, status: string, asked: time?"},
    {"AuditEntry", "", "time: time?, action: string, target: string, detail: string"},
    {"AuditPage", "", "items: [AuditEntry], next_cursor: string?"},
    {"LogicalBytes", "", "events: integer, resources: integer, edges: integer, total: integer"},
    {"Usage", "",
     "resources: integer, edges: integer, events: integer, links: integer, logical_bytes: LogicalBytes, disk_bytes_estimate: integer,"
     "retention: Retention"},
    {"TenantUsage", "Usage", "name: string, number: integer, plan: string"},
    {"UsageFailure", "", "name: string, number: integer, error: string"},
    {"TenantUsageList", "", "items: [TenantUsage], failed: [UsageFailure]"},
    {"TenantList", "", "items: [Tenant]"},
    {"NewKey", "", "scopes?: [string], label?: string, cluster?: string, expires?: time"},
    {"Key", "",
     "id: string, label: string, scopes: [string], cluster: string, created: time?, expires: time?, revoked: boolean"},
    {"KeyWithSecret", "Key", "key: string"},
    {"KeyList", "", "items: [Key]"},
    {"BackupState", "", "running: boolean, begun: time?, copied_bytes: integer, error: string, items: [Backup]"},
    {"Backup", "", "id: integer, at: time?, bytes: integer, databases: integer, format: integer"},

    {"Rejection", "", "index: integer, reason: string"},
    {"IngestAnswer", "",
     "accepted: integer, rejected: [Rejection], rejected_total: integer, duplicates: integer, unused?: integer, "
     "ended?: integer, left_to_end?: integer"},
    {"OtlpPartialSuccess", "", "rejectedLogRecords: string, errorMessage: string"},
    {"OtlpAnswer", "", "partialSuccess?: OtlpPartialSuccess"},
    {"RpcStatus", "", "code: integer, message: string, details?: [any]"},
};

}  // namespace

std::span<const SchemaRow> schema_table() { return rows; }

}  // namespace kgrca::api
