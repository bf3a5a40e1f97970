#!/usr/bin/env python3
"""Writes stream.jsonl.gz, the sample incident of `kgrca demo`, beside this file. Same bytes at every run;
`--check` only compares.

The story: Deployment shop/orders rolls out v2.3.1, which carries DB_POOL_SIZE 5 instead of 50. The pool starves (+41 s),
callers of orders time out (+78 s), the gateway answers 5xx and fails its readiness probe (+119 s), then alerts fire after
their waiting time. Around it: chatter, cron jobs, an innocent rollout, autoscaling, and node-3 under memory pressure,
where none of the failing pods run.
"""
import gzip
import json
import pathlib
import sys

from noise import add_noise
from parts import alert, roll_out, webhook
from shop import Stream, rfc3339

START = -251.0
END = 1100.0


def fade(stream, first, step, growth, end=END):
    """Moments of a repeating complaint: `step` seconds apart at first, rarer and rarer up to once a minute and a half."""
    t = first
    while t < end:
        yield t
        t += step * stream.random.uniform(0.7, 1.3)
        step = min(step * growth, 90.0)


class ProbeFailures:
    """Readiness failures of one pod: one event whose count goes up, and the pod's state once three in a row failed."""

    def __init__(self, stream, pod, first, message):
        where = ("Pod", "shop", pod.name)
        uid = stream.event(first, *where, "Unhealthy", message, warning=True, host=pod.node)
        stream.pod_state(first + 20.4, pod, ready=False)
        count = 1
        for t in fade(stream, first + 20, 30, 1.6):
            count += 3 + int((t - first) / 100)
            stream.event(t, *where, "Unhealthy", message, warning=True, host=pod.node, uid=uid, first=first, count=count)


def starve_pool(stream):
    """+41 s: requests of orders wait for one of five connections."""
    pods = stream.workloads["orders"].pods
    for index, pod in enumerate(pods):
        for n, t in enumerate(fade(stream, 41.2 + index * 2.9, 14, 1.25)):
            waiting = min(18 + n * 9 + index * 3, 140)
            stream.log(t, pod, json.dumps({"time": rfc3339(t), "level": "ERROR", "msg": "connection pool exhausted: timed out after "
                                           f"2.0s waiting for a connection (in use 5 of 5, {waiting} waiting)", "pool": "orders-db"}))
        for t in fade(stream, 49.0 + index * 5, 45, 1.4):
            stream.log(t, pod, json.dumps({"time": rfc3339(t), "level": "WARN", "msg": f"slow request: POST /orders took "
                                           f"{stream.random.randrange(2100, 9800)} ms"}))
    for index, pod in enumerate(pods[:3]):
        ProbeFailures(stream, pod, 96.0 + index * 11, f'Readiness probe failed: Get "http://{pod.ip}:8080/ready": context deadline '
                      "exceeded (Client.Timeout exceeded while awaiting headers)")


def time_out_callers(stream):
    """+78 s: payments and checkout wait for orders in vain."""
    for index, pod in enumerate(stream.workloads["payments"].pods):
        for t in fade(stream, 78.3 + index * 3.3, 17, 1.3):
            stream.log(t, pod, f"{rfc3339(t)} ERROR payments.confirm - timed out after 3000 ms calling orders.shop.svc.cluster.local:8080, "
                       f"payment pay_{stream.hex(8)} stays pending")
    for index, pod in enumerate(stream.workloads["checkout"].pods):
        for t in fade(stream, 80.6 + index * 4.1, 16, 1.3):
            stream.log(t, pod, json.dumps({"time": rfc3339(t), "level": "ERROR", "msg": "order not placed: context deadline "
                                           "exceeded: POST http://orders.shop.svc.cluster.local:8080/orders"}))


def break_gateway(stream):
    """+119 s: shoppers see 5xx, the readiness probe of the gateway fails with its most used upstream."""
    for index, pod in enumerate(stream.workloads["gateway"].pods):
        for t in fade(stream, 119.1 + index * 2.6, 12, 1.25):
            status = stream.random.choice([502, 503, 504, 504])
            stream.log(t, pod, f"{rfc3339(t)} [error] POST /checkout status={status} upstream=checkout.shop.svc.cluster.local:8080 "
                       f"upstream_time={stream.random.uniform(5, 5.2):.3f} request={stream.hex(12)}")
        ProbeFailures(stream, pod, 127.0 + index * 5, "Readiness probe failed: HTTP probe failed with statuscode: 503")


def notify(stream, alerts):
    """Groups by name; the first message 10 s after the first alert, then one a minute while the group changes."""
    for name in dict.fromkeys(a["name"] for a in alerts):
        group = sorted((a for a in alerts if a["name"] == name), key=lambda a: a["starts"])
        sent, t = 0, group[0]["starts"] + 10
        while sent < len(group):
            now = [a for a in group if a["starts"] <= t]
            if len(now) > sent:
                webhook(stream, t, now)
                sent = len(now)
            t += 60


def fire_alerts(stream):
    """Each after the waiting time of its rule: a minute for services, fifteen for pods and deployments."""
    pods = stream.workloads
    of_service = {"namespace": "shop"}
    alerts = [alert(stream, "HighLatency", "warning", starts, {**of_service, "service": s}, f"p99 latency of {s} is above 2 s.")
              for s, starts in (("checkout", 144.0), ("payments", 159.0), ("gateway", 204.0))]
    alerts += [alert(stream, "HighErrorRate", "critical", starts, {**of_service, "service": s}, f"{s} answers {share} % of requests with 5xx.")
               for s, starts, share in (("gateway", 189.0, 37), ("checkout", 204.0, 63), ("payments", 234.0, 58), ("orders", 249.0, 41))]
    alerts.append(alert(stream, "IngressHighErrorRate", "critical", 204.0, {**of_service, "ingress": "shop"},
                        "shop.example.com answers 31 % of requests with 5xx."))
    for name, since in (("orders", 116.0), ("gateway", 147.0)):
        for index, pod in enumerate(pods[name].pods[:3]):
            alerts.append(alert(stream, "KubePodNotReady", "warning", since + index * 11 + 900, {**of_service, "pod": pod.name},
                                f"Pod shop/{pod.name} has been not ready for longer than 15 minutes."))
        alerts.append(alert(stream, "KubeDeploymentReplicasMismatch", "warning", since + 914, {**of_service, "deployment": name},
                            f"Deployment shop/{name} has not matched the expected number of replicas for longer than 15 minutes."))
    notify(stream, alerts)


def make_text():
    stream = Stream(seed=20260310)
    stream.snapshot(START)
    roll_out(stream, -170.0, "catalog", "registry.shop.example/catalog:v5.4.1", {}, 3.1)
    roll_out(stream, 0.0, "orders", "registry.shop.example/orders:v2.3.1", {"DB_POOL_SIZE": "5"}, 2.2)
    starve_pool(stream)
    time_out_callers(stream)
    break_gateway(stream)
    fire_alerts(stream)
    add_noise(stream, START, END)
    ordered = sorted(stream.records, key=lambda r: r[:2])
    return "".join(json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n" for _, _, record in ordered)


def main():
    target = pathlib.Path(__file__).with_name("stream.jsonl.gz")
    text = make_text()
    if sys.argv[1:] == ["--check"]:
        if gzip.decompress(target.read_bytes()).decode() != text:
            sys.exit(f"{target} is not what {__file__} makes; run it without --check")
        return
    with open(target, "wb") as file, gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=9, mtime=0) as packed:
        packed.write(text.encode())
    print(f"{target}: {text.count(chr(10))} records, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
