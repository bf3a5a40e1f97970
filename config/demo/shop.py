"""The cluster of the demo: an online shop on four nodes, and the records that describe it.

Everything is derived from one seeded generator, so that every run writes the same bytes. Times are seconds from the
rollout that starts the incident; negative ones lie before it.
"""
import random
from datetime import datetime, timedelta, timezone

TENANT = "demo"
CLUSTER = "shop-eu1"
ROLLOUT_AT = datetime(2026, 3, 10, 10, 2, 11, tzinfo=timezone.utc)
NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
NODES = ["node-1", "node-2", "node-3", "node-4"]


def rfc3339(t, digits=3):
    """Seconds from the rollout as RFC 3339 text with 0 to 9 fractional digits."""
    moment = ROLLOUT_AT + timedelta(seconds=t)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return text + ("." + f"{moment.microsecond:06d}000"[:digits] if digits else "") + "Z"


class Workload:
    """A controller and its pods. `kind` Deployment has a replica set between the two."""

    def __init__(self, namespace, name, image, nodes, **options):
        self.namespace, self.name, self.image, self.nodes = namespace, name, image, nodes
        self.kind = options.get("kind", "Deployment")
        self.port = options.get("port")
        self.env = options.get("env", {})
        self.config_maps = options.get("config_maps", [])
        self.secrets = options.get("secrets", [])
        self.memory = options.get("memory", "512Mi")
        self.claim = options.get("claim")
        self.replica_set = None
        self.pods = []


class Pod:
    def __init__(self, workload, name, node, uid, ip):
        self.workload, self.name, self.node, self.uid, self.ip = workload, name, node, uid, ip
        self.replica_set = workload.replica_set


def workloads():
    """Shop, system and monitoring. The node lists place one pod per entry; node-3 holds none of the checkout path."""
    url = "http://{}.shop.svc.cluster.local:8080".format
    return [
        Workload("shop", "gateway", "registry.shop.example/gateway:v3.8.0", ["node-1", "node-2", "node-4"], port=8080,
                 env={"CHECKOUT_URL": url("checkout"), "CATALOG_URL": url("catalog"), "CART_URL": url("cart")},
                 config_maps=["gateway-routes"]),
        Workload("shop", "checkout", "registry.shop.example/checkout:v1.14.2", ["node-1", "node-2", "node-4"], port=8080,
                 env={"ORDERS_URL": url("orders"), "PAYMENTS_URL": url("payments"), "CART_URL": url("cart")},
                 config_maps=["checkout-config"], secrets=["checkout-keys"]),
        Workload("shop", "orders", "registry.shop.example/orders:v2.3.0", ["node-1", "node-2", "node-4", "node-4"], port=8080,
                 env={"DB_HOST": "orders-db.shop.svc.cluster.local:5432", "DB_POOL_SIZE": "50", "LOG_LEVEL": "info"},
                 config_maps=["orders-config"], secrets=["orders-db-credentials"], memory="768Mi"),
        Workload("shop", "payments", "registry.shop.example/payments:v4.0.6", ["node-1", "node-1", "node-2", "node-4"], port=8080,
                 env={"ORDERS_HOST": "orders.shop.svc.cluster.local:8080", "WORKERS": "16"},
                 config_maps=["payments-config"], secrets=["payments-provider"]),
        Workload("shop", "cart", "registry.shop.example/cart:v2.9.1", ["node-3", "node-2"], port=8080,
                 env={"REDIS_ADDR": "redis.shop.svc.cluster.local:6379"}),
        Workload("shop", "catalog", "registry.shop.example/catalog:v5.4.0", ["node-3", "node-1"], port=8080,
                 env={"CACHE_MB": "256"}, config_maps=["catalog-config"]),
        Workload("shop", "orders-db", "postgres:16.4", ["node-2"], kind="StatefulSet", port=5432, config_maps=["orders-db-config"],
                 secrets=["orders-db-credentials"], memory="4Gi", claim="data-orders-db-0"),
        Workload("shop", "redis", "redis:7.2.5", ["node-3"], kind="StatefulSet", port=6379, memory="1Gi", claim="data-redis-0"),
        Workload("kube-system", "coredns", "registry.k8s.io/coredns/coredns:v1.11.3", ["node-1", "node-2"], port=53,
                 config_maps=["coredns"], memory="170Mi"),
        Workload("kube-system", "metrics-server", "registry.k8s.io/metrics-server/metrics-server:v0.7.2", ["node-4"], port=443),
        Workload("kube-system", "kube-proxy", "registry.k8s.io/kube-proxy:v1.30.4", NODES, kind="DaemonSet"),
        Workload("monitoring", "prometheus", "quay.io/prometheus/prometheus:v2.54.1", ["node-3"], kind="StatefulSet", port=9090,
                 memory="6Gi", claim="db-prometheus-0"),
        Workload("monitoring", "alertmanager", "quay.io/prometheus/alertmanager:v0.27.0", ["node-2"], kind="StatefulSet", port=9093),
        Workload("monitoring", "grafana", "grafana/grafana:11.2.0", ["node-3"], port=3000, secrets=["grafana-admin"]),
        Workload("monitoring", "node-exporter", "quay.io/prometheus/node-exporter:v1.8.2", NODES, kind="DaemonSet", port=9100),
    ]


class Stream:
    """Collects records and keeps what the cluster knows about its objects."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.records = []
        self.uids = {}
        self.event_number = 0
        self.next_ip = 10
        self.workloads = {w.name: w for w in workloads()}

    # ---- names ---------------------------------------------------------------------------------------------------
    def letters(self, count):
        return "".join(self.random.choice(NAME_LETTERS) for _ in range(count))

    def hex(self, count):
        return "".join(self.random.choice("0123456789abcdef") for _ in range(count))

    def uid(self, kind, namespace, name):
        key = (kind, namespace, name)
        if key not in self.uids:
            self.uids[key] = "-".join(self.hex(n) for n in (8, 4, 4, 4, 12))
        return self.uids[key]

    def new_pod(self, workload, index, node):
        if workload.kind == "Deployment":
            name = f"{workload.replica_set}-{self.letters(5)}"
        elif workload.kind == "StatefulSet":
            name = f"{workload.name}-{index}"
        else:
            name = f"{workload.name}-{self.letters(5)}"
        self.next_ip += 1
        ip = f"10.42.{NODES.index(node) + 1}.{self.next_ip}"
        return Pod(workload, name, node, self.uid("Pod", workload.namespace, name), ip)

    # ---- records -------------------------------------------------------------------------------------------------
    def add(self, arrive, source, topic, key, payload):
        record = {"arrive_at": rfc3339(arrive), "source": source, "topic": topic, "key": f"{TENANT}::{key}", "payload": payload}
        self.records.append((round(arrive, 3), len(self.records), record))

    def state(self, t, kind, namespace, name, op="UPSERT", **fields):
        uid = fields.pop("uid", None) or self.uid(kind, namespace, name)
        payload = {"op": op, "at": rfc3339(t), "client_id": TENANT, "cluster": CLUSTER, "kind": kind, "uid": uid, "name": name}
        if namespace:
            payload["namespace"] = namespace
        payload.update(fields)
        self.add(t + self.random.uniform(0.05, 0.3), "state.k8s.resource", "state.k8s.resource", f"{kind.lower()}:{uid}", payload)

    def edge(self, t, source, relation, target, op="UPSERT"):
        edge_id = f"edge:{source}->{target}"
        payload = {"op": op, "at": rfc3339(t), "client_id": TENANT, "cluster": CLUSTER, "id": edge_id, "from": source,
                   "to": target, "type": relation}
        self.add(t + self.random.uniform(0.05, 0.3), "state.k8s.topology", "state.k8s.topology", edge_id, payload)

    def event(self, t, kind, namespace, name, reason, message, **more):
        """A core/v1 Event. `uid` and `first` continue one that was sent before, with a higher `count`."""
        warning, component = more.get("warning", False), more.get("component", "kubelet")
        uid = more.get("uid") or "-".join(self.hex(n) for n in (8, 4, 4, 4, 12))
        first, host = more.get("first", t), more.get("host", "")
        self.event_number += 1
        involved = {"kind": kind, "name": name, "uid": name if kind == "Node" else self.uid(kind, namespace, name)}
        if namespace:
            involved["namespace"] = namespace
        source = {"component": component, "host": host} if host else {"component": component}
        payload = {"kind": "Event", "apiVersion": "v1",
                   "metadata": {"name": f"{name}.{uid[:8]}{uid[9:13]}", "namespace": namespace or "default", "uid": uid,
                                "resourceVersion": str(48211000 + self.event_number * 7), "creationTimestamp": rfc3339(first, 0)},
                   "involvedObject": involved, "reason": reason, "message": message, "source": source,
                   "firstTimestamp": rfc3339(first, 0), "lastTimestamp": rfc3339(t, 0), "count": more.get("count", 1),
                   "type": "Warning" if warning else "Normal", "eventTime": None, "reportingComponent": component,
                   "reportingInstance": host}
        self.add(t + self.random.uniform(0.25, 0.8), "k8s.event", "raw.k8s.events", involved["uid"], payload)
        return uid

    def log(self, t, pod, message):
        workload = pod.workload
        owner = f"ReplicaSet/{pod.replica_set}" if pod.replica_set else f"{workload.kind}/{workload.name}"
        payload = {"event_id": "log-" + self.hex(20), "timestamp": rfc3339(t, 9), "stream": "stdout", "message": message,
                   "source_type": "kubernetes_logs",
                   "kubernetes": {"pod_name": pod.name, "pod_namespace": workload.namespace, "pod_uid": pod.uid, "pod_ip": pod.ip,
                                  "pod_node_name": pod.node, "pod_owner": owner, "container_name": workload.name,
                                  "container_image": workload.image, "pod_labels": {"app": workload.name}}}
        self.add(t + self.random.uniform(0.3, 0.9), "log", "raw.k8s.logs", pod.uid, payload)

    # ---- objects -------------------------------------------------------------------------------------------------
    def workload_state(self, t, w, replicas=None):
        spec = {"selector": {"app": w.name}, "image": w.image, "env": dict(w.env),
                "resources": {"requests": {"cpu": "100m"}, "limits": {"memory": w.memory}}}
        if w.config_maps:
            spec["configMapRefs"] = w.config_maps
        if w.secrets:
            spec["secretRefs"] = w.secrets
        self.state(t, w.kind, w.namespace, w.name, labels={"app": w.name}, replicas=replicas or len(w.nodes), image=w.image,
                   spec=spec)

    def replica_set_state(self, t, w, replicas, name=None):
        self.state(t, "ReplicaSet", w.namespace, name or w.replica_set, labels={"app": w.name},
                   ownerRefs=[{"kind": "Deployment", "name": w.name}], replicas=replicas)

    def pod_state(self, t, pod, ready=True, phase="Running", op="UPSERT"):
        w = pod.workload
        owner = {"kind": "ReplicaSet", "name": pod.replica_set} if pod.replica_set else {"kind": w.kind, "name": w.name}
        self.state(t, "Pod", w.namespace, pod.name, op=op, uid=pod.uid, labels={"app": w.name}, ownerRefs=[owner], node=pod.node,
                   podIP=pod.ip, status={"phase": phase, "restartCount": 0, "containerReady": ready})

    def pod_edges(self, t, pod, op="UPSERT"):
        w, at = pod.workload, f"pod:{pod.workload.namespace}:{pod.name}"
        owner = f"replicaset:{w.namespace}:{pod.replica_set}" if pod.replica_set else f"{w.kind.lower()}:{w.namespace}:{w.name}"
        self.edge(t, owner, "CONTROLS", at, op)
        self.edge(t, at, "RUNS_ON", f"node:{pod.node}", op)
        if w.port:
            self.edge(t, f"service:{w.namespace}:{w.name}", "SELECTS", at, op)
        for name in w.config_maps:
            self.edge(t, at, "MOUNTS", f"configmap:{w.namespace}:{name}", op)
        for name in w.secrets:
            self.edge(t, at, "MOUNTS", f"secret:{w.namespace}:{name}", op)

    # ---- the snapshot at the start -------------------------------------------------------------------------------
    def snapshot(self, t):
        for i, node in enumerate(NODES):
            self.state(t, "Node", "", node, labels={"kubernetes.io/hostname": node, "topology.kubernetes.io/zone": "eu1-" + "abca"[i]},
                       status={"ready": True, "memoryPressure": False})
        for namespace in ("shop", "kube-system", "monitoring"):
            self.state(t + 0.2, "Namespace", "", namespace, status={"phase": "Active"})
        for w in self.workloads.values():
            self.workload_snapshot(t + 0.5, w)
        self.autoscaler_state(t + 1.5, "cart", 2)
        self.autoscaler_state(t + 1.5, "gateway", 3)
        self.state(t + 1.6, "Ingress", "shop", "shop", spec={"host": "shop.example.com", "tlsSecret": "shop-tls"})
        self.state(t + 1.6, "Secret", "shop", "shop-tls", spec={"dataHash": self.hex(12)})
        self.edge(t + 1.7, "ingress:shop:shop", "ROUTES_TO", "service:shop:gateway")
        # payments -> orders, orders -> orders-db and cart -> redis show only in the env of their workloads.
        for caller, callee in [("gateway", "checkout"), ("gateway", "catalog"), ("gateway", "cart"), ("checkout", "orders"),
                               ("checkout", "payments"), ("checkout", "cart")]:
            self.edge(t + 1.8, f"service:shop:{caller}", "CALLS", f"service:shop:{callee}")

    def autoscaler_state(self, t, name, least):
        self.state(t, "HorizontalPodAutoscaler", "shop", name, spec={"minReplicas": least, "maxReplicas": 8, "target": {"cpu": 70}})
        self.edge(t + 0.1, f"horizontalpodautoscaler:shop:{name}", "SCALES", f"deployment:shop:{name}")

    def workload_snapshot(self, t, w):
        if w.kind == "Deployment":
            w.replica_set = f"{w.name}-{self.letters(9)}"
            self.replica_set_state(t, w, len(w.nodes))
            self.edge(t, f"deployment:{w.namespace}:{w.name}", "CONTROLS", f"replicaset:{w.namespace}:{w.replica_set}")
        self.workload_state(t, w)
        for kind, names in (("ConfigMap", w.config_maps), ("Secret", w.secrets)):
            for name in names:
                self.state(t, kind, w.namespace, name, spec={"dataHash": self.hex(12)})
        if w.port:
            self.state(t, "Service", w.namespace, w.name, labels={"app": w.name}, serviceSelector={"app": w.name},
                       serviceIPs=[f"10.43.{self.random.randrange(256)}.{self.random.randrange(1, 255)}"],
                       spec={"type": "ClusterIP", "ports": [w.port]})
        if w.claim:
            volume = "pvc-" + self.uid("PersistentVolumeClaim", w.namespace, w.claim)
            self.state(t, "PersistentVolumeClaim", w.namespace, w.claim, status={"phase": "Bound"},
                       spec={"storageClass": "ssd", "volumeName": volume})
            self.state(t, "PersistentVolume", "", volume, status={"phase": "Bound"}, spec={"storageClass": "ssd"})
            self.edge(t + 0.2, f"persistentvolumeclaim:{w.namespace}:{w.claim}", "BINDS_TO", f"persistentvolume:{volume}")
        for index, node in enumerate(w.nodes):
            pod = self.new_pod(w, index, node)
            w.pods.append(pod)
            self.pod_state(t + 0.1, pod)
            self.pod_edges(t + 0.2, pod)
            if w.claim:
                self.edge(t + 0.3, f"pod:{w.namespace}:{pod.name}", "MOUNTS", f"persistentvolumeclaim:{w.namespace}:{w.claim}")
