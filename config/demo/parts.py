"""Happenings that story and noise share: pods that start and stop, rolling updates, alerts."""
from shop import rfc3339


def start_pod(stream, t, workload, node, pull_seconds):
    """Events and state of one new pod of a deployment; gives the pod and the moment it is ready."""
    pod = stream.new_pod(workload, 0, node)
    where = ("Pod", workload.namespace, pod.name)
    stream.event(t, "ReplicaSet", workload.namespace, workload.replica_set, "SuccessfulCreate", f"Created pod: {pod.name}",
                 component="replicaset-controller")
    stream.event(t + 0.1, *where, "Scheduled", f"Successfully assigned {workload.namespace}/{pod.name} to {node}",
                 component="default-scheduler")
    stream.pod_state(t + 0.2, pod, ready=False, phase="Pending")
    stream.pod_edges(t + 0.3, pod)
    stream.event(t + 1, *where, "Pulling", f'Pulling image "{workload.image}"', host=node)
    stream.event(t + 1 + pull_seconds, *where, "Pulled", f'Successfully pulled image "{workload.image}" in {pull_seconds:.1f}s',
                 host=node)
    stream.event(t + 1.4 + pull_seconds, *where, "Created", f"Created container: {workload.name}", host=node)
    stream.event(t + 1.8 + pull_seconds, *where, "Started", f"Started container {workload.name}", host=node)
    ready = t + 5.5 + pull_seconds
    stream.pod_state(ready, pod)
    return pod, ready


def stop_pod(stream, t, pod):
    workload = pod.workload
    stream.event(t, "Pod", workload.namespace, pod.name, "Killing", f"Stopping container {workload.name}", host=pod.node)
    stream.event(t + 0.2, "ReplicaSet", workload.namespace, pod.replica_set, "SuccessfulDelete", f"Deleted pod: {pod.name}",
                 component="replicaset-controller")
    stream.pod_edges(t + 2.2, pod, op="DELETE")
    stream.pod_state(t + 2.4, pod, ready=False, op="DELETE")


def roll_out(stream, t, name, image, env, pull_seconds):
    """A rolling update, one pod more at a time; gives the moment it is complete."""
    workload = stream.workloads[name]
    old, before = list(workload.pods), workload.replica_set
    workload.image = image
    workload.env.update(env)
    workload.replica_set = f"{name}-{stream.letters(9)}"
    workload.pods = []
    where = ("Deployment", workload.namespace, name)
    stream.workload_state(t, workload)
    stream.edge(t + 0.2, f"deployment:shop:{name}", "CONTROLS", f"replicaset:shop:{workload.replica_set}")
    for i, node in enumerate(workload.nodes):
        stream.replica_set_state(t + 0.2, workload, i + 1)
        stream.event(t + 0.4, *where, "ScalingReplicaSet", f"Scaled up replica set {workload.replica_set} from {i} to {i + 1}",
                     component="deployment-controller")
        pod, t = start_pod(stream, t + 0.6, workload, node, pull_seconds if i < 3 else 0.4)
        workload.pods.append(pod)
        left = len(old) - i - 1
        stream.replica_set_state(t + 0.2, workload, left, before)
        stream.event(t + 0.3, *where, "ScalingReplicaSet", f"Scaled down replica set {before} from {left + 1} to {left}",
                     component="deployment-controller")
        stop_pod(stream, t + 0.5, old[i])
    return t


def alert(stream, name, severity, starts, labels, summary):
    return {"name": name, "starts": starts, "fingerprint": stream.hex(16), "summary": summary,
            "labels": {"alertname": name, "severity": severity, "prometheus": "monitoring/k8s", **labels}}


def webhook(stream, t, alerts, ended=()):
    """One message of Alertmanager with every alert of its group."""
    common = {"alertname": alerts[0]["name"]}
    rows = [{"status": "resolved" if a in ended else "firing", "labels": a["labels"], "annotations": {"summary": a["summary"]},
             "startsAt": rfc3339(a["starts"]), "endsAt": rfc3339(t - 10) if a in ended else "0001-01-01T00:00:00Z",
             "generatorURL": "http://prometheus.monitoring:9090/graph", "fingerprint": a["fingerprint"]} for a in alerts]
    key = '{}:{alertname="%s"}' % common["alertname"]
    payload = {"version": "4", "groupKey": key, "truncatedAlerts": 0, "receiver": "kgrca",
               "status": "resolved" if len(ended) == len(alerts) else "firing", "groupLabels": common, "commonLabels": common,
               "commonAnnotations": {}, "externalURL": "http://alertmanager.monitoring:9093", "alerts": rows}
    stream.add(t, "alertmanager", "raw.prom.alerts", key, payload)
